import { ApiClient } from '../../cluster/api-client.ts';
import { type Clock, systemClock } from '../../base/clock.ts';
import { checkKubeletAccess, resolveKubeletUrl, loadKubeletConfig } from '../../cluster/kubelet.ts';
import { KubeletApi } from './kubelet-api.ts';
import { PodIndex } from '../pod-index.ts';
import { PodPoller } from './pod-poller.ts';
import type { PodRecordOptions } from '../records/pod-record.ts';
import type { Log } from '../../base/log.ts';

/** How to reach the kubelet. */
export interface KubeletApiOptions {
  /** URL of the kubelet without a trailing slash; derived from `nodeIp` by default. */
  readonly kubeletUrl?: string;
  readonly nodeIp: string | undefined;
  readonly kubeletInsecureTls?: boolean;
  /** Path of a kubeconfig file. Defaults to the service account of the exporter's pod. */
  readonly kubeconfig?: string;
  /** Directory that is the root of the service account paths; `/` by default. */
  readonly root?: string;
  readonly log: Log;
  readonly clock?: Clock;
}

export interface KubeletSourceOptions extends PodRecordOptions, KubeletApiOptions {
  readonly random?: () => number;
}

/**
 * Opens the client of the kubelet of this node.
 *
 * @throws {Error} one line, if the kubelet's address or the credentials are missing.
 */
export async function openKubeletApi(options: KubeletApiOptions): Promise<KubeletApi> {
  const { log, clock = systemClock } = options;
  const url = resolveKubeletUrl(options.kubeletUrl, options.nodeIp);
  const access = { ...options, url, insecureTls: options.kubeletInsecureTls === true };
  await checkKubeletAccess(access);
  return new KubeletApi(new ApiClient(() => loadKubeletConfig(access), clock, log));
}

/**
 * Opens the source of pods from the kubelet of this node. The index needs no node name: a kubelet returns only its own
 * pods.
 *
 * @throws {Error} as {@link openKubeletApi}.
 */
export async function openKubeletSource(options: KubeletSourceOptions): Promise<PodPoller> {
  const { podLabels, podAnnotations, metadataLimits, log, clock = systemClock, random = Math.random } = options;
  const api = await openKubeletApi(options);
  return new PodPoller({ api, index: new PodIndex({ podLabels, podAnnotations, metadataLimits }), log, clock, random });
}
