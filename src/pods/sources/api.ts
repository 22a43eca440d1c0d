import { ApiClient } from '../../cluster/api-client.ts';
import { apiScope, type WantedPods } from './api-scope.ts';
import { type Clock, systemClock } from '../../base/clock.ts';
import { checkClusterAccess, loadApiServerConfig, type ClusterAccess } from '../../cluster/api-server.ts';
import { PodApi } from './pod-api.ts';
import { PodIndex } from '../pod-index.ts';
import type { PodRecordOptions } from '../records/pod-record.ts';
import { PodWatch } from './pod-watch.ts';
import type { Log } from '../../base/log.ts';

export interface ApiPodsOptions extends PodRecordOptions, ClusterAccess, WantedPods {
  readonly log: Log;
  readonly clock?: Clock;
  readonly random?: () => number;
}

/**
 * Pods of one node, or the pod that we run in, from the API server.
 *
 * @throws {Error} one line, if a name is missing or there is no way to the API server.
 */
export function openApiPods(options: ApiPodsOptions): PodWatch {
  const { podLabels, podAnnotations, nodeName = '', own, clock = systemClock, random = Math.random } = options;
  const scope = apiScope(options);
  if ('remedy' in scope) throw new Error(`--pods=api needs ${scope.of}: ${scope.remedy}`);
  checkClusterAccess(options);
  return new PodWatch({
    api: new PodApi(new ApiClient(() => loadApiServerConfig(options), clock), scope, random),
    index: new PodIndex({ podLabels, podAnnotations, ...(own === undefined ? { nodeName } : {}) }),
    log: options.log,
    clock,
    random,
  });
}
