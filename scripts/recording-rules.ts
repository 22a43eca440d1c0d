import { selectJob } from './select-job.ts';

/** A recording rule in the format of Prometheus. */
export interface RecordingRule {
  readonly record: string;
  readonly expr: string;
}

/** An aggregation level and the labels of its series. */
interface Level {
  readonly name: string;
  readonly labels: readonly string[];
  /** The level whose series this level sums. */
  readonly below?: string;
}

const WORKLOAD = ['workload_kind', 'workload'];
const POD = ['cluster', 'node', 'namespace', ...WORKLOAD, 'pod'];

const LEVELS: readonly Level[] = [
  { name: 'container', labels: [...POD, 'container'] },
  { name: 'pod', labels: POD, below: 'container' },
  { name: 'workload', labels: ['cluster', 'namespace', ...WORKLOAD], below: 'pod' },
  { name: 'namespace', labels: ['cluster', 'namespace'], below: 'workload' },
  { name: 'node', labels: ['cluster', 'node'], below: 'pod' },
  { name: 'cluster', labels: ['cluster'], below: 'namespace' },
];

/** A quantity that can be summed, from the level where it is measured upwards. */
interface Amount {
  /** Metric and operation, the part of the rule name after the level. */
  readonly name: string;
  readonly from: 'container' | 'pod';
  readonly expr: string;
  /** The amount of a pod, if it is not the sum of its containers. */
  readonly ofPod?: string;
}

/** Requests or limits of containers and pods. A pod may have more than its containers: its own amount, or overhead. */
function resources(name: string, kind: 'requests' | 'limits', resource: string): Amount {
  return {
    name,
    from: 'container',
    expr: requested(kind, resource),
    ofPod: `pod_resource_${kind}{resource="${resource}"}`,
  };
}

function requested(kind: 'requests' | 'limits', resource: string): string {
  // Requests and limits count only while the container runs.
  const labels = 'on (cluster, namespace, pod, container)';
  return `container_resource_${kind}{resource="${resource}"} and ${labels} container_memory_working_set_bytes`;
}

/** Containers outside of pods have series without namespace and pod; they belong to no level. */
const AMOUNTS: readonly Amount[] = [
  { name: 'cpu_usage_seconds:rate5m', from: 'container', expr: 'rate(container_cpu_usage_seconds_total{pod!=""}[5m])' },
  resources('cpu_requests_cores:sum', 'requests', 'cpu'),
  resources('cpu_limits_cores:sum', 'limits', 'cpu'),
  { name: 'memory_working_set_bytes:sum', from: 'container', expr: 'container_memory_working_set_bytes{pod!=""}' },
  { name: 'memory_rss_bytes:sum', from: 'container', expr: 'container_memory_rss{pod!=""}' },
  resources('memory_requests_bytes:sum', 'requests', 'memory'),
  resources('memory_limits_bytes:sum', 'limits', 'memory'),
  { name: 'fs_reads_bytes:rate5m', from: 'container', expr: 'rate(container_fs_reads_bytes_total{pod!=""}[5m])' },
  { name: 'fs_writes_bytes:rate5m', from: 'container', expr: 'rate(container_fs_writes_bytes_total{pod!=""}[5m])' },
  { name: 'network_receive_bytes:rate5m', from: 'pod', expr: 'rate(pod_network_receive_bytes_total[5m])' },
  { name: 'network_transmit_bytes:rate5m', from: 'pod', expr: 'rate(pod_network_transmit_bytes_total[5m])' },
];

/**
 * Usage as a share of requests or limits. Containers without a request, or a limit, are excluded. From the pod upwards,
 * the usage of the whole pod counts if it has a request; for limits, if a limit applies to the whole pod, which then its
 * cgroup has, otherwise the usage of its containers with a limit.
 */
const RATIOS = [
  { name: 'cpu_usage_per_request:ratio', used: 'cpu_usage_seconds:rate5m', of: 'cpu_requests_cores:sum' },
  {
    name: 'cpu_usage_per_limit:ratio',
    used: 'cpu_usage_seconds:rate5m',
    of: 'cpu_limits_cores:sum',
    limit: 'pod_cpu_limit_cores',
  },
  { name: 'memory_usage_per_request:ratio', used: 'memory_working_set_bytes:sum', of: 'memory_requests_bytes:sum' },
  {
    name: 'memory_usage_per_limit:ratio',
    used: 'memory_working_set_bytes:sum',
    of: 'memory_limits_bytes:sum',
    limit: 'pod_memory_limit_bytes',
  },
] as const satisfies readonly Ratio[];

interface Ratio {
  readonly name: string;
  readonly used: string;
  readonly of: string;
  /** The limit of the cgroup of a pod. */
  readonly limit?: string;
}

const NODE_RATIOS: readonly RecordingRule[] = [
  {
    record: 'node:cpu_usage_per_core:ratio',
    expr: 'node:cpu_usage_seconds:rate5m / on (cluster, node) max by (cluster, node) (machine_cpu_cores)',
  },
  {
    record: 'node:memory_usage_per_capacity:ratio',
    expr: 'node:memory_working_set_bytes:sum / on (cluster, node) max by (cluster, node) (machine_memory_bytes)',
  },
];

/** A pod that was recreated under its name has two `pod_info` series for a while; the rules use one of them. */
const WORKLOAD_OF_POD = `topk by (cluster, namespace, pod) (1, max by (cluster, namespace, pod, ${WORKLOAD.join(', ')}) (pod_info))`;

/** Adds the workload labels. Series of pods without a known workload are kept without these labels. */
function base({ expr, from }: Pick<Amount, 'expr' | 'from'>): string {
  const own = ['cluster', 'node', 'namespace', 'pod', ...(from === 'container' ? ['container'] : [])];
  const sum = `sum by (${own.join(', ')}) (${expr})`;
  return [
    sum,
    `* on (cluster, namespace, pod) group_left (${WORKLOAD.join(', ')}) ${WORKLOAD_OF_POD}`,
    `or on (${own.join(', ')})`,
    sum,
  ].join('\n');
}

function sumBy({ labels }: Level, expr: string): string {
  return `sum by (${labels.join(', ')}) (${expr})`;
}

function amountRules(amount: Amount): RecordingRule[] {
  const levels = LEVELS.slice(LEVELS.findIndex(({ name }) => name === amount.from));
  return levels.map((level) => ({ record: `${level.name}:${amount.name}`, expr: amountAt(level, amount) }));
}

function amountAt(level: Level, amount: Amount): string {
  if (level.name === amount.from) return base(amount);
  if (level.name === 'pod' && amount.ofPod !== undefined) return base({ expr: amount.ofPod, from: 'pod' });
  return sumBy(level, `${level.below}:${amount.name}`);
}

function ratioRules({ name, used, of, limit }: Ratio): RecordingRule[] {
  return LEVELS.map((level) => {
    const below = level.name === 'container' ? 'container' : 'pod';
    const counted =
      below === 'pod' && limit !== undefined ? limited(used, of, limit) : `${below}:${used} and ${below}:${of}`;
    return { record: `${level.name}:${name}`, expr: `${sumBy(level, counted)} / ${sumBy(level, `${below}:${of}`)}` };
  });
}

function limited(used: string, of: string, limit: string): string {
  const whole = `pod:${used} and on (cluster, node, namespace, pod) ${limit}`;
  return `${whole} and pod:${of} or sum by (${POD.join(', ')}) (container:${used} and container:${of})`;
}

/** I/O by claim, joined by device. It cannot be split between claims that share a disk. */
const CLAIMS: readonly RecordingRule[] = ['reads_bytes', 'writes_bytes', 'reads', 'writes'].map((what) => ({
  record: `claim:fs_${what}:rate5m`,
  expr: [
    'sum by (cluster, namespace, persistentvolumeclaim) (',
    `  sum by (cluster, namespace, pod, device) (rate(pod_fs_${what}_total[5m]))`,
    '  * on (cluster, namespace, pod, device) group_left (persistentvolumeclaim)',
    '  topk by (cluster, namespace, pod, device) (1, max by (cluster, namespace, pod, device, persistentvolumeclaim) (',
    '    pod_volume_info{storage="block", persistentvolumeclaim!=""}',
    '  ))',
    ')',
  ].join('\n'),
}));

/** A group of rules. Prometheus evaluates them in order, at the same timestamp. */
export interface RecordingGroup {
  readonly name: string;
  readonly rules: readonly RecordingRule[];
}

const GROUPS: readonly RecordingGroup[] = [
  {
    name: 'pod-exporter-levels',
    rules: [...AMOUNTS.flatMap(amountRules), ...RATIOS.flatMap(ratioRules), ...NODE_RATIOS],
  },
  { name: 'pod-exporter-claims', rules: CLAIMS },
];

/** The recording rules for the exporter's series of this job. */
export function recordingGroups(job: string): readonly RecordingGroup[] {
  return GROUPS.map(({ name, rules }) => ({
    name,
    rules: rules.map(({ record, expr }) => ({ record, expr: selectJob(expr, job) })),
  }));
}
