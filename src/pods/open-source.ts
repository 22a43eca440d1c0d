import { existsSync } from 'node:fs';
import { apiScope, type WantedPods } from './api-scope.ts';
import type { Clock } from './clock.ts';
import { FilePods } from './file.ts';
import { openNoPods } from './none.ts';
import type { PodRecordOptions } from './pod-record.ts';
import type { PodLog, PodSource } from './source.ts';

export interface PodSourceOptions extends PodRecordOptions, WantedPods {
  /** The value of `--pods`: `api`, `file:PATH`, `none` or `auto`. */
  readonly pods: string;
  /** Path of a kubeconfig file; none is looked for elsewhere. */
  readonly kubeconfig?: string;
  readonly log: PodLog;
  /** Environment variables. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Where a pod finds its service account's token. */
  readonly tokenFile?: string;
  readonly clock?: Clock;
}

const TOKEN_FILE = '/var/run/secrets/kubernetes.io/serviceaccount/token';

/**
 * Opens the source of pods that `--pods` names. What the API server needs is loaded only for it.
 *
 * @throws {Error} one line, if the value is none of the known ones or the source lacks what it needs.
 */
export async function openPodSource(options: PodSourceOptions): Promise<PodSource> {
  const { pods } = options;
  if (pods === 'none') return openNoPods();
  if (pods === 'api') return openApi(options);
  if (pods === 'auto') return openWhatThereIs(options);
  const path = /^file:(.+)$/s.exec(pods)?.[1];
  if (path === undefined) throw new Error(`--pods=${pods} is none of auto, api, file:PATH and none`);
  return new FilePods({ ...options, path });
}

async function openApi(options: PodSourceOptions): Promise<PodSource> {
  const { openApiPods } = await import('./api.ts');
  return openApiPods(options);
}

function openWhatThereIs(options: PodSourceOptions): PodSource | Promise<PodSource> {
  const { environment, kubeconfig, log, tokenFile = TOKEN_FILE } = options;
  const isInCluster = Boolean(environment['KUBERNETES_SERVICE_HOST']) && existsSync(tokenFile);
  if (kubeconfig === undefined && !isInCluster) return openNoPods('no in-cluster credentials');
  const scope = apiScope(options);
  if (!('remedy' in scope)) return openApi(options);
  const reason = `${scope.of} is not known: ${scope.remedy}`;
  log.warn('the API server is not asked for pods', { cause: reason });
  return openNoPods(reason);
}
