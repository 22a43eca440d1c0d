import { ApiClient } from '../../cluster/api-client.ts';
import { podSelector, type PodSelectorOptions } from './pod-selector.ts';
import { type Clock, systemClock } from '../../base/clock.ts';
import { checkClusterAccess, loadApiServerConfig, type ClusterAccess } from '../../cluster/api-server.ts';
import { PodApi } from './pod-api.ts';
import { PodIndex } from '../pod-index.ts';
import type { PodRecordOptions } from '../records/pod-record.ts';
import { PodWatcher } from './pod-watcher.ts';
import type { Log } from '../../base/log.ts';

export interface ApiSourceOptions extends PodRecordOptions, ClusterAccess, PodSelectorOptions {
  readonly log: Log;
  readonly clock?: Clock;
  readonly random?: () => number;
}

/**
 * Pods of one node, or the pod that we run in, from the API server.
 *
 * @throws {Error} one line, if a name is missing or there is no way to the API server.
 */
export function openApiSource(options: ApiSourceOptions): PodWatcher {
  const { podLabels, podAnnotations, nodeName = '', ownPod, clock = systemClock, random = Math.random } = options;
  const scope = podSelector(options);
  if ('remedy' in scope) throw new Error(`--pods=api needs ${scope.setting}: ${scope.remedy}`);
  checkClusterAccess(options);
  return new PodWatcher({
    api: new PodApi(new ApiClient(() => loadApiServerConfig(options), clock), scope, random),
    index: new PodIndex({ podLabels, podAnnotations, ...(ownPod === undefined ? { nodeName } : {}) }),
    log: options.log,
    clock,
    random,
  });
}
