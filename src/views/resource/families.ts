import type { FamilyMetadata } from '../../exposition/writer.ts';
import type { CollectorName, RowName } from '../../metrics/index.ts';

type ResourceLevel = 'container' | 'pod' | 'node';

/** A family of `/metrics/resource`, and what it is made of. */
export interface ResourceFamily extends FamilyMetadata {
  readonly level: ResourceLevel;
  /**
   * When the container was started, its memory as `memoryOf` in resource.ts chooses it, or rows without their level, of
   * which the first that has a number counts.
   */
  readonly from:
    | 'start'
    | 'memory'
    | { readonly collector: CollectorName; readonly rows: readonly RowName<ResourceLevel>[] };
}

const CPU = ['cpu_usage_seconds_total'] as const;
const WORKING_SET = ['memory_working_set_bytes'] as const;
const ON_LINUX = 'Reported only on non-windows systems';

/**
 * The kubelet's families in its order. Names, types and texts are an interface: where the kubelet is scraped as well,
 * Prometheus must not see two texts for one name. The word in brackets is part of the text.
 * https://kubernetes.io/docs/reference/instrumentation/metrics/
 */
export const RESOURCE_FAMILIES: readonly ResourceFamily[] = [
  {
    name: 'container_cpu_usage_seconds_total',
    type: 'counter',
    help: '[STABLE] Cumulative cpu time consumed by the container in core-seconds',
    level: 'container',
    from: { collector: 'cpu', rows: CPU },
  },
  {
    name: 'container_memory_working_set_bytes',
    type: 'gauge',
    help: '[STABLE] Current working set of the container in bytes',
    level: 'container',
    from: 'memory',
  },
  {
    name: 'container_start_time_seconds',
    type: 'gauge',
    help: '[STABLE] Start time of the container since unix epoch in seconds',
    level: 'container',
    from: 'start',
  },
  {
    name: 'container_swap_limit_bytes',
    type: 'gauge',
    help: `[ALPHA] Current amount of the container swap limit in bytes. ${ON_LINUX}`,
    level: 'container',
    from: { collector: 'memory', rows: ['memory_swap_limit_bytes'] },
  },
  {
    name: 'container_swap_usage_bytes',
    type: 'gauge',
    help: `[ALPHA] Current amount of the container swap usage in bytes. ${ON_LINUX}`,
    level: 'container',
    from: { collector: 'memory', rows: ['memory_swap'] },
  },
  {
    name: 'node_cpu_usage_seconds_total',
    type: 'counter',
    help: '[STABLE] Cumulative cpu time consumed by the node in core-seconds',
    level: 'node',
    from: { collector: 'node-cpu', rows: CPU },
  },
  {
    name: 'node_memory_working_set_bytes',
    type: 'gauge',
    help: '[STABLE] Current working set of the node in bytes',
    level: 'node',
    from: { collector: 'node-memory', rows: [...WORKING_SET, 'memory_anon_and_active_file_bytes'] },
  },
  {
    name: 'node_swap_usage_bytes',
    type: 'gauge',
    help: `[ALPHA] Current swap usage of the node in bytes. ${ON_LINUX}`,
    level: 'node',
    from: { collector: 'node-memory', rows: ['swap_usage_bytes'] },
  },
  {
    name: 'pod_cpu_usage_seconds_total',
    type: 'counter',
    help: '[STABLE] Cumulative cpu time consumed by the pod in core-seconds',
    level: 'pod',
    from: { collector: 'cpu', rows: CPU },
  },
  {
    name: 'pod_memory_working_set_bytes',
    type: 'gauge',
    help: '[STABLE] Current working set of the pod in bytes',
    level: 'pod',
    from: { collector: 'memory', rows: WORKING_SET },
  },
  {
    name: 'pod_swap_usage_bytes',
    type: 'gauge',
    help: `[ALPHA] Current amount of the pod swap usage in bytes. ${ON_LINUX}`,
    level: 'pod',
    from: { collector: 'memory', rows: ['memory_swap'] },
  },
];

/** Names of the collectors that have the numbers. */
export const RESOURCE_COLLECTORS: readonly CollectorName[] = [
  ...new Set(RESOURCE_FAMILIES.flatMap(({ from }) => (typeof from === 'string' ? [] : [from.collector]))),
];

/** Whether anything of a response is missing; 0 or 1. */
export const SCRAPE_ERROR: FamilyMetadata = {
  name: 'resource_scrape_error',
  type: 'gauge',
  help: '[STABLE] 1 if there was an error while getting container metrics, 0 otherwise',
};
