import type { Row } from './dashboards.ts';
import { bytes, cores } from './columns.ts';
import { exportersOfPods } from './exporters.ts';
import { ROW } from './links.ts';
import {
  maxBy,
  memoryOfLimit,
  namedWorkload,
  oomKills,
  POD,
  PODS,
  rangeEvents,
  rangeRate,
  rate,
  requested,
  sumBy,
} from './queries.ts';
import { killsAndRestarts } from './kills-and-restarts.ts';
import { sharesOfLimits } from './shares.ts';
import { QUARTER, stat } from './stat.ts';
import { table } from './table.ts';
import type { Column } from './table.ts';
import { throttledPeriods } from './trouble.ts';

const ID = 'container';
const FACTS = 'node, namespace, workload_kind, workload, qos_class, priority_class, host_network, pod_ip';

/** Gives a number of the pod the labels of the table. */
function withFacts(ofPod: string): string {
  return maxBy(FACTS, `${namedWorkload(`pod_info{${PODS}}`)} * on (${POD}) group_left () (${ofPod})`);
}

const facts = table({
  title: 'Pod',
  description: 'Where the pod runs and what it belongs to. A pod that was recreated in the last minutes has two rows.',
  keys: [
    { label: 'node', name: 'Node', link: ROW.node, width: 180 },
    { label: 'namespace', name: 'Namespace', link: ROW.namespace },
    { label: 'workload_kind', name: 'Controlled by' },
    { label: 'workload', name: 'Workload', link: ROW.workload, width: 180 },
    { label: 'qos_class', name: 'QoS class' },
    { label: 'priority_class', name: 'Priority class' },
    { label: 'pod_ip', name: 'IP' },
    { label: 'host_network', name: 'Host network' },
  ],
  columns: [
    cores('CPU req.', withFacts(requested('requests', 'cpu', PODS, POD))),
    cores('CPU limit', withFacts(requested('limits', 'cpu', PODS, POD))),
    bytes('Mem. req.', withFacts(requested('requests', 'memory', PODS, POD))),
    bytes('Mem. limit', withFacts(requested('limits', 'memory', PODS, POD))),
    {
      name: 'Started',
      unit: 'dateTimeFromNow',
      width: 120,
      expr: `${withFacts(maxBy(POD, `pod_start_time_seconds{${PODS}}`))} * 1000`,
    },
  ],
  sort: ['Started'],
  noValue: 'No such pod, or its exporter is down',
  height: 4,
});

const percent = { unit: 'percentunit', decimals: 0 } as const;
const count = { unit: 'none', decimals: 0 } as const;
const usedCpu = sumBy(ID, rate(`container_cpu_usage_seconds_total{${PODS}}`));
const workingSet = sumBy(ID, `container_memory_working_set_bytes{${PODS}}`);
const ofContainer = (kind: string, resource: string): string =>
  sumBy(ID, `container_resource_${kind}{${PODS},resource="${resource}"}`);
const tagged = (name: string, source: string): string =>
  `label_replace(${rangeEvents(`${name}{${PODS}}`)}, "source", "${source}", "", "")`;

const columns: readonly Column[] = [
  { name: 'CPU', unit: 'cores', decimals: 3, expr: usedCpu },
  { name: 'CPU req.', unit: 'cores', decimals: 3, expr: ofContainer('requests', 'cpu') },
  {
    name: 'CPU of limit',
    ...percent,
    bar: true,
    thresholds: [0.8, 0.95],
    expr: `${usedCpu} / ${sumBy(ID, `container_cpu_limit_cores{${PODS}}`)}`,
  },
  { name: 'Throttled', ...percent, thresholds: [0.1, 0.25], expr: maxBy(ID, throttledPeriods(PODS)) },
  { name: 'Memory', unit: 'bytes', decimals: 1, expr: workingSet },
  { name: 'Mem. req.', unit: 'bytes', decimals: 1, expr: ofContainer('requests', 'memory') },
  { name: 'Mem. limit', unit: 'bytes', decimals: 1, expr: sumBy(ID, `container_memory_limit_bytes{${PODS}}`) },
  { name: 'Mem. of limit', ...percent, bar: true, thresholds: [0.8, 0.95], expr: maxBy(ID, memoryOfLimit(PODS)) },
  { name: 'Limit hits', ...count, expr: sumBy(ID, rangeEvents(`container_memory_limit_hits_total{${PODS}}`)) },
  {
    name: 'OOM kills',
    ...count,
    thresholds: [1, 10],
    expr: sumBy(
      ID,
      `${tagged('container_oom_kills_total', 'kernel')} or ${tagged('container_terminated_oom_total', 'kubelet')}`,
    ),
  },
  {
    name: 'Restarts',
    ...count,
    thresholds: [1, 10],
    expr: sumBy(ID, rangeEvents(`container_restarts_total{${PODS}}`)),
  },
  {
    name: 'Threads',
    ...percent,
    thresholds: [0.8, 0.9],
    expr: maxBy(ID, `container_threads{${PODS}} / (container_threads_max{${PODS}} > 0)`),
  },
];

/** Facts, the containers, and what happened to them in the time range. */
export const podHeader: Row = {
  title: 'Now',
  panels: [
    facts,
    table({
      title: 'Containers',
      description:
        'Usage against requests and limits. Throttled, memory of limit (highest), limit hits, OOM kills and restarts are those of the time range; OOM kills include processes of a container that lives on.',
      keys: [{ label: 'container', name: 'Container', width: 140 }],
      columns,
      sort: ['OOM kills', 'Mem. of limit', 'CPU'],
      noValue: 'No running container, or exporter down',
      height: 7,
    }),
    exportersOfPods(PODS, QUARTER),
    stat({
      title: 'CPU',
      description: 'CPU usage of the pod, including the pause container.',
      unit: 'cores',
      decimals: 3,
      expr: `sum(${rate(`pod_cpu_usage_seconds_total{${PODS}}`)})`,
      ...QUARTER,
    }),
    stat({
      title: 'Memory',
      description: 'Working set of the pod.',
      unit: 'bytes',
      decimals: 1,
      expr: `sum(pod_memory_working_set_bytes{${PODS}})`,
      ...QUARTER,
    }),
    stat({
      title: 'Memory wait',
      description: 'Share of the time range in which some task of the pod waited for memory (PSI).',
      ...percent,
      expr: `max(${rangeRate(`pod_pressure_memory_waiting_seconds_total{${PODS}}`)})`,
      thresholds: [0.01, 0.1],
      noValue: 'The kernel reports no PSI',
      ...QUARTER,
    }),
    ...killsAndRestarts(oomKills(PODS, '$__range'), rangeEvents(`container_restarts_total{${PODS}}`), QUARTER),
    ...sharesOfLimits({ memoryOfLimit: `max(${memoryOfLimit(PODS)})`, throttled: `max(${throttledPeriods(PODS)})` }),
  ],
};
