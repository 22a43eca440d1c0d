import { ApiClient } from '../../cluster/api-client.ts';
import { type Clock, systemClock } from '../../base/clock.ts';
import { checkKubeletAccess, resolveKubeletUrl, loadKubeletConfig } from '../../cluster/kubelet.ts';
import { KubeletApi } from './kubelet-api.ts';
import { PodIndex } from '../pod-index.ts';
import { PodPoller } from './pod-poller.ts';
import type { PodRecordOptions } from '../records/pod-record.ts';
import type { Log } from '../../base/log.ts';

export interface KubeletSourceOptions extends PodRecordOptions {
  /** Where the kubelet is, without a slash at its end; on `nodeIp` if left out. */
  readonly kubeletUrl?: string;
  readonly nodeIp: string | undefined;
  readonly kubeletInsecureTls?: boolean;
  /** Path of a kubeconfig file; without it the service account of the pod that we run in is used. */
  readonly kubeconfig?: string;
  /** What stands before the paths of the service account's files. */
  readonly root?: string;
  readonly log: Log;
  readonly clock?: Clock;
  readonly random?: () => number;
}

/**
 * Pods from the kubelet of this node. All that it has are taken: it knows no others than its own.
 *
 * @throws {Error} one line, if the kubelet's address or what is to be shown to it is missing.
 */
export async function openKubeletSource(options: KubeletSourceOptions): Promise<PodPoller> {
  const { podLabels, podAnnotations, log, clock = systemClock, random = Math.random } = options;
  const url = resolveKubeletUrl(options.kubeletUrl, options.nodeIp);
  const access = { ...options, url, insecureTls: options.kubeletInsecureTls === true };
  await checkKubeletAccess(access);
  const api = new KubeletApi(new ApiClient(() => loadKubeletConfig(access), clock));
  return new PodPoller({ api, index: new PodIndex({ podLabels, podAnnotations }), log, clock, random });
}
