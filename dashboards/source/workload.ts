import type { Page, Row } from './dashboards.ts';
import { exportersOfPods } from './exporters.ts';
import { graph } from './graph.ts';
import { memoryOfLimit, oomKills, rangeEvents, rate, share, sumBy } from './queries.ts';
import { podsTable } from './pods-table.ts';
import { killsAndRestarts } from './kills-and-restarts.ts';
import { shares } from './shares.ts';
import { QUARTER, stat } from './stat.ts';
import { throttledPeriods } from './trouble.ts';
import { CHOSEN, LEGEND, LINKS, members, MEMBERS, POD, ratesByPod, requestedInAll } from './workload-members.ts';
import { networkAndDisk } from './workload-network.ts';

const workingSet = members(sumBy(POD, `pod_memory_working_set_bytes{${CHOSEN}}`));

const now: Row = {
  title: 'Now',
  panels: [
    exportersOfPods(CHOSEN, QUARTER),
    stat({
      title: 'Pods',
      description: 'Pods of the workload with a cgroup.',
      unit: 'short',
      expr: `count(${MEMBERS})`,
      noValue: 'No pod, or exporter down',
      ...QUARTER,
    }),
    ...killsAndRestarts(
      members(oomKills(CHOSEN, '$__range')),
      members(rangeEvents(`container_restarts_total{${CHOSEN}}`)),
      QUARTER,
    ),
    ...shares({
      cpuOfRequests: `sum(${ratesByPod('pod_cpu_usage_seconds_total')}) / ${requestedInAll('requests', 'cpu')}`,
      memoryOfRequests: `sum(${workingSet}) / ${requestedInAll('requests', 'memory')}`,
      memoryOfLimit: `max(${members(memoryOfLimit(CHOSEN))})`,
      throttled: `max(${members(throttledPeriods(CHOSEN))})`,
    }),
  ],
};

const cpuAndMemory: Row = {
  title: 'CPU and memory',
  panels: [
    graph({
      title: 'CPU by pod',
      description: 'CPU usage of each pod, against the sum of the requests and of the limits.',
      unit: 'cores',
      queries: [
        { legend: LEGEND, expr: ratesByPod('pod_cpu_usage_seconds_total') },
        { legend: 'requests', expr: requestedInAll('requests', 'cpu') },
        { legend: 'limits', expr: requestedInAll('limits', 'cpu') },
      ],
      stacked: true,
      links: LINKS,
    }),
    graph({
      title: 'Memory by pod',
      description: 'Working set of each pod, against the sum of the requests and of the limits.',
      unit: 'bytes',
      queries: [
        { legend: LEGEND, expr: workingSet },
        { legend: 'requests', expr: requestedInAll('requests', 'memory') },
        { legend: 'limits', expr: requestedInAll('limits', 'memory') },
      ],
      stacked: true,
      links: LINKS,
    }),
    graph({
      title: 'Throttled periods',
      description: 'Share of the CFS periods in which a container of the pod was throttled.',
      unit: 'percentunit',
      queries: [
        {
          legend: LEGEND,
          expr: share(
            ratesByPod('container_cpu_cfs_throttled_periods_total'),
            sumBy(POD, rate(`container_cpu_cfs_periods_total{${CHOSEN}}`)),
          ),
        },
      ],
      links: LINKS,
      softMax: 1,
      thresholds: [0.1, 0.25],
      noValue: 'No CPU limit, or idle',
    }),
    graph({
      title: 'Restarts by pod',
      description: 'Container restarts between two points of the graph, by pod.',
      unit: 'short',
      queries: [
        {
          legend: LEGEND,
          expr: members(sumBy(POD, `round(increase(container_restarts_total{${CHOSEN}}[$__rate_interval]))`)),
        },
      ],
      links: LINKS,
    }),
  ],
};

/** One workload: its pods compared with each other and with their limits. */
export const workload: Page = {
  name: 'workload',
  title: 'Workload',
  description: 'Pods of a Deployment, StatefulSet, DaemonSet, Job or CronJob, side by side.',
  variables: ['namespace', 'workload'],
  single: ['namespace', 'workload'],
  events: ['OOM kills', 'Restarts', 'Started pods'],
  rows: [now, { title: 'Pods', panels: [podsTable(CHOSEN, members)] }, cpuAndMemory, networkAndDisk],
};
