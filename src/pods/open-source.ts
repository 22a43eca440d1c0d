import { existsSync } from 'node:fs';
import { podSelector, type PodSelectorOptions } from './sources/pod-selector.ts';
import { type Clock, systemClock } from '../base/clock.ts';
import type { KubeletFallback } from './sources/kubelet-fallback.ts';
import { FileSource } from './sources/file.ts';
import { openEmptySource } from './sources/empty.ts';
import type { PodRecordOptions } from './records/pod-record.ts';
import { TOKEN_FILE } from '../cluster/service-account.ts';
import type { Log } from '../base/log.ts';
import type { PodSource } from './pod-source.ts';

export interface PodSourceOptions extends PodRecordOptions, PodSelectorOptions {
  /** The value of `--pods`: `api`, `kubelet`, `file:PATH`, `none` or `auto`. */
  readonly pods: string;
  /** Path of a kubeconfig file. The variable `KUBECONFIG` is ignored. */
  readonly kubeconfig?: string;
  /** URL of the kubelet of this node; derived from `NODE_IP` by default. */
  readonly kubeletUrl?: string;
  /** Skips verification of the kubelet's serving certificate. */
  readonly kubeletInsecureTls?: boolean;
  /** Lists the pods of the kubelet while the API server is unavailable. */
  readonly kubeletFallback?: boolean;
  readonly log: Log;
  /** Environment variables. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Path of the service account token. */
  readonly tokenFile?: string;
  readonly clock?: Clock;
}

/**
 * Opens the pod metadata source that `--pods` selects. Dependencies of other sources are not loaded.
 *
 * @throws {Error} one line, if the value is invalid or a required setting is missing.
 */
export async function openPodSource(options: PodSourceOptions): Promise<PodSource> {
  const { pods } = options;
  if (pods === 'none') return openEmptySource();
  if (pods === 'api') return openApi(options);
  if (pods === 'kubelet') return openKubelet(options);
  if (pods === 'auto') return openAvailableSource(options);
  const path = /^file:(.+)$/s.exec(pods)?.[1];
  if (path === undefined) throw new Error(`--pods=${pods}: must be auto, api, kubelet, file:PATH or none`);
  return new FileSource({ ...options, path });
}

async function openApi(options: PodSourceOptions): Promise<PodSource> {
  const { openApiSource } = await import('./sources/api.ts');
  const fallback = options.kubeletFallback === true ? await openFallback(options) : undefined;
  return openApiSource({ ...options, ...(fallback === undefined ? {} : { fallback }) });
}

async function openFallback(options: PodSourceOptions): Promise<KubeletFallback> {
  const { ownPod, environment, log, clock = systemClock } = options;
  if (ownPod !== undefined) throw new Error('--kubelet-fallback: not available with --scope=pod');
  const { openKubeletApi } = await import('./sources/kubelet.ts');
  const { KubeletFallback: Fallback } = await import('./sources/kubelet-fallback.ts');
  return new Fallback({ api: await openKubeletApi({ ...options, nodeIp: environment['NODE_IP'] }), log, clock });
}

async function openKubelet(options: PodSourceOptions): Promise<PodSource> {
  const { openKubeletSource } = await import('./sources/kubelet.ts');
  return openKubeletSource({ ...options, nodeIp: options.environment['NODE_IP'] });
}

function openAvailableSource(options: PodSourceOptions): PodSource | Promise<PodSource> {
  const { environment, kubeconfig, log, tokenFile = TOKEN_FILE } = options;
  const isInCluster = Boolean(environment['KUBERNETES_SERVICE_HOST']) && existsSync(tokenFile);
  if (kubeconfig === undefined && !isInCluster) return openEmptySource('no in-cluster credentials');
  const selector = podSelector(options);
  if (!('remedy' in selector)) return openApi(options);
  const reason = `missing ${selector.setting}: ${selector.remedy}`;
  log.warn('cannot use the API server as pod metadata source', { cause: reason });
  return openEmptySource(reason);
}
