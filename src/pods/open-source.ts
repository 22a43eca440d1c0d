import { existsSync } from 'node:fs';
import { podSelector, type PodSelectorOptions } from './sources/pod-selector.ts';
import type { Clock } from '../base/clock.ts';
import { FileSource } from './sources/file.ts';
import { openEmptySource } from './sources/empty.ts';
import type { PodRecordOptions } from './records/pod-record.ts';
import { TOKEN_FILE } from '../cluster/service-account.ts';
import type { Log } from '../base/log.ts';
import type { PodSource } from './pod-source.ts';

export interface PodSourceOptions extends PodRecordOptions, PodSelectorOptions {
  /** The value of `--pods`: `api`, `kubelet`, `file:PATH`, `none` or `auto`. */
  readonly pods: string;
  /** Path of a kubeconfig file; none is looked for elsewhere. */
  readonly kubeconfig?: string;
  /** Where the kubelet of this node is, if not on NODE_IP. */
  readonly kubeletUrl?: string;
  /** Whether the kubelet's certificate is not verified. */
  readonly kubeletInsecureTls?: boolean;
  readonly log: Log;
  /** Environment variables. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Where a pod finds its service account's token. */
  readonly tokenFile?: string;
  readonly clock?: Clock;
}

/**
 * Opens the source of pods that `--pods` names. What a source needs is loaded only for it.
 *
 * @throws {Error} one line, if the value is none of the known ones or the source lacks what it needs.
 */
export async function openPodSource(options: PodSourceOptions): Promise<PodSource> {
  const { pods } = options;
  if (pods === 'none') return openEmptySource();
  if (pods === 'api') return openApi(options);
  if (pods === 'kubelet') return openKubelet(options);
  if (pods === 'auto') return openWhatThereIs(options);
  const path = /^file:(.+)$/s.exec(pods)?.[1];
  if (path === undefined) throw new Error(`--pods=${pods} is none of auto, api, kubelet, file:PATH and none`);
  return new FileSource({ ...options, path });
}

async function openApi(options: PodSourceOptions): Promise<PodSource> {
  const { openApiSource } = await import('./sources/api.ts');
  return openApiSource(options);
}

async function openKubelet(options: PodSourceOptions): Promise<PodSource> {
  const { openKubeletSource } = await import('./sources/kubelet.ts');
  return openKubeletSource({ ...options, nodeIp: options.environment['NODE_IP'] });
}

function openWhatThereIs(options: PodSourceOptions): PodSource | Promise<PodSource> {
  const { environment, kubeconfig, log, tokenFile = TOKEN_FILE } = options;
  const isInCluster = Boolean(environment['KUBERNETES_SERVICE_HOST']) && existsSync(tokenFile);
  if (kubeconfig === undefined && !isInCluster) return openEmptySource('no in-cluster credentials');
  const scope = podSelector(options);
  if (!('remedy' in scope)) return openApi(options);
  const reason = `${scope.setting} is not known: ${scope.remedy}`;
  log.warn('the API server is not asked for pods', { cause: reason });
  return openEmptySource(reason);
}
