import { ApiClient } from '../../cluster/api-client.ts';
import { podSelector, type PodSelectorOptions } from './pod-selector.ts';
import { type Clock, systemClock } from '../../base/clock.ts';
import { checkClusterAccess, loadApiServerConfig, type ClusterAccess } from '../../cluster/api-server.ts';
import type { KubeletFallback } from './kubelet-fallback.ts';
import { PodApi } from './pod-api.ts';
import { PodIndex } from '../pod-index.ts';
import type { PodRecordOptions } from '../records/pod-record.ts';
import { PodWatcher } from './pod-watcher.ts';
import type { Log } from '../../base/log.ts';

export interface ApiSourceOptions extends PodRecordOptions, ClusterAccess, PodSelectorOptions {
  readonly log: Log;
  readonly clock?: Clock;
  readonly random?: () => number;
  /** Fills the index while the API server is unavailable. */
  readonly fallback?: KubeletFallback;
}

/**
 * Opens the source of pods from the API server: those of one node, or the exporter's own pod.
 *
 * @throws {Error} one line, if the node or pod name is missing or {@link checkClusterAccess} fails.
 */
export function openApiSource(options: ApiSourceOptions): PodWatcher {
  const {
    podLabels,
    podAnnotations,
    metadataLimits,
    nodeName = '',
    ownPod,
    clock = systemClock,
    random = Math.random,
    fallback,
  } = options;
  const selector = podSelector(options);
  if ('remedy' in selector) throw new Error(`--pods=api requires a ${selector.setting}: ${selector.remedy}`);
  checkClusterAccess(options);
  const client = new ApiClient(() => loadApiServerConfig(options), clock, options.log);
  return new PodWatcher({
    api: new PodApi(client, selector, random),
    clockOffset: () => client.clockOffsetSeconds,
    index: new PodIndex({ podLabels, podAnnotations, metadataLimits, ...(ownPod === undefined ? { nodeName } : {}) }),
    log: options.log,
    clock,
    random,
    ...(fallback === undefined ? {} : { fallback }),
  });
}
