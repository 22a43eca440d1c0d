import type { Page, Row } from './dashboards.ts';
import { exportersOfPods } from './exporters.ts';
import { graph } from './graph.ts';
import { ROW, SERIES } from './links.ts';
import { podsTable } from './pods-table.ts';
import {
  EXPORTER,
  maxBy,
  memoryOfLimit,
  oomKills,
  rangeEvents,
  rate,
  requested,
  sumBy,
  withWorkload,
} from './queries.ts';
import { killsAndRestarts } from './kills-and-restarts.ts';
import { shares } from './shares.ts';
import { QUARTER, stat } from './stat.ts';
import { table } from './table.ts';
import { podsInTrouble, throttledPeriods } from './trouble.ts';

const CHOSEN = `${EXPORTER},namespace=~"$namespace"`;
const WORKLOAD = 'namespace, workload_kind, workload';
const LEGEND = '{{workload_kind}} {{workload}}';
const PODS_OF = 'namespace, pod';

function byWorkload(ofPods: string): string {
  return sumBy(WORKLOAD, withWorkload(ofPods, CHOSEN));
}

const usedCpu = sumBy(PODS_OF, rate(`pod_cpu_usage_seconds_total{${CHOSEN}}`));
const usedMemory = sumBy(PODS_OF, `pod_memory_working_set_bytes{${CHOSEN}}`);
const received = sumBy(PODS_OF, rate(`pod_network_receive_bytes_total{${CHOSEN}}`));
const sent = sumBy(PODS_OF, rate(`pod_network_transmit_bytes_total{${CHOSEN}}`));
const restarts = sumBy(PODS_OF, rangeEvents(`container_restarts_total{${CHOSEN}}`));

const percent = { unit: 'percentunit', decimals: 0 } as const;

const now: Row = {
  title: 'Now',
  panels: [
    exportersOfPods(CHOSEN, QUARTER),
    stat({
      title: 'Pods',
      description: 'Pods with a cgroup.',
      unit: 'short',
      expr: `count(pod_info{${CHOSEN}})`,
      noValue: 'No pod, or exporter down',
      ...QUARTER,
    }),
    ...killsAndRestarts(oomKills(CHOSEN, '$__range'), restarts, QUARTER),
    ...shares({
      cpuOfRequests: `sum(${usedCpu}) / ${requested('requests', 'cpu', CHOSEN, '')}`,
      memoryOfRequests: `sum(${usedMemory}) / ${requested('requests', 'memory', CHOSEN, '')}`,
      memoryOfLimit: `max(${memoryOfLimit(CHOSEN)})`,
      throttled: `max(${throttledPeriods(CHOSEN)})`,
    }),
  ],
};

const workloads: Row = {
  title: 'Workloads',
  panels: [
    table({
      title: 'Workloads',
      description:
        'Usage of the pods of each workload. Memory of limit is the highest in the time range of any container.',
      keys: [
        { label: 'workload', name: 'Workload', link: ROW.workload, width: 180 },
        { label: 'workload_kind', name: 'Kind' },
        { label: 'namespace', name: 'Namespace', link: ROW.namespace, isLast: true },
      ],
      sort: ['OOM kills', 'Mem. of limit', 'Memory'],
      noValue: 'No pod, or exporter down',
      columns: [
        { name: 'Pods', unit: 'short', width: 64, expr: byWorkload(`count by (${PODS_OF}) (pod_info{${CHOSEN}})`) },
        { name: 'CPU', unit: 'cores', decimals: 3, expr: byWorkload(usedCpu) },
        {
          name: 'CPU of req.',
          ...percent,
          bar: true,
          thresholds: [1, 2],
          expr: `${byWorkload(usedCpu)} / ${byWorkload(requested('requests', 'cpu', CHOSEN, PODS_OF))}`,
        },
        { name: 'Memory', unit: 'bytes', decimals: 1, expr: byWorkload(usedMemory) },
        {
          name: 'Mem. of req.',
          ...percent,
          bar: true,
          thresholds: [1, 1.5],
          expr: `${byWorkload(usedMemory)} / ${byWorkload(requested('requests', 'memory', CHOSEN, PODS_OF))}`,
        },
        {
          name: 'Mem. of limit',
          ...percent,
          bar: true,
          thresholds: [0.8, 0.95],
          expr: maxBy(WORKLOAD, withWorkload(maxBy(PODS_OF, memoryOfLimit(CHOSEN)), CHOSEN)),
        },
        {
          name: 'OOM kills',
          unit: 'none',
          decimals: 0,
          thresholds: [1, 10],
          expr: byWorkload(sumBy(PODS_OF, oomKills(CHOSEN, '$__range'))),
        },
        { name: 'Restarts', unit: 'none', decimals: 0, thresholds: [1, 10], expr: byWorkload(restarts) },
      ],
    }),
    graph({
      title: 'CPU by workload',
      description: 'CPU usage of the pods of each workload.',
      unit: 'cores',
      queries: [{ legend: LEGEND, expr: byWorkload(usedCpu) }],
      stacked: true,
      links: [SERIES.workload],
    }),
    graph({
      title: 'Memory by workload',
      description: 'Working set of the pods of each workload.',
      unit: 'bytes',
      queries: [{ legend: LEGEND, expr: byWorkload(usedMemory) }],
      stacked: true,
      links: [SERIES.workload],
    }),
    graph({
      title: 'Received by workload',
      description: 'Bytes received by pods with their own network namespace.',
      unit: 'binBps',
      queries: [{ legend: LEGEND, expr: byWorkload(received) }],
      stacked: true,
      links: [SERIES.workload],
      noValue: 'Pods with hostNetwork have no network series',
    }),
    graph({
      title: 'Sent by workload',
      description: 'Bytes sent by pods with their own network namespace.',
      unit: 'binBps',
      queries: [{ legend: LEGEND, expr: byWorkload(sent) }],
      stacked: true,
      links: [SERIES.workload],
      noValue: 'Pods with hostNetwork have no network series',
    }),
  ],
};

/** A namespace, by workload and by pod. */
export const namespace: Page = {
  name: 'namespace',
  title: 'Namespace',
  description: 'Pods in trouble and usage of a namespace, by workload and by pod.',
  variables: ['namespace'],
  events: ['OOM kills', 'Restarts', 'Started pods'],
  rows: [
    now,
    { title: 'Pods in trouble', panels: [podsInTrouble(CHOSEN)] },
    workloads,
    { title: 'Pods', panels: [podsTable(CHOSEN)] },
  ],
};
