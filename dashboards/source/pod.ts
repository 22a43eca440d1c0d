import type { Page } from './dashboards.ts';
import { graph, stat } from './panels.ts';
import { podNetwork } from './pod-network.ts';
import { PODS, events, rate, sumBy } from './queries.ts';

const CONTAINERS = `${PODS},container=~"$container"`;
const ID = 'pod, container';
const LEGEND = '{{container}}';

function pressure(resource: string, kind: 'waiting' | 'stalled'): string {
  return sumBy('pod', rate(`pod_pressure_${resource}_${kind}_seconds_total{${PODS}}`));
}

function pressureGraph(name: string, resource: 'cpu' | 'memory' | 'io'): ReturnType<typeof graph> {
  return graph({
    title: `${name} pressure`,
    description:
      'Share of time in which at least one task (some), or all non-idle tasks (full), waited. Absent if the kernel has no PSI.',
    unit: 'percentunit',
    queries: [
      { legend: 'some', expr: pressure(resource, 'waiting') },
      { legend: 'full', expr: pressure(resource, 'stalled') },
    ],
    span: 8,
  });
}

/** One pod and its containers: where an investigation ends. */
export const pod: Page = {
  name: 'pod',
  title: 'Pod',
  description: 'CPU, memory, pressure, network and disk of one pod and its containers, against their limits.',
  variables: ['namespace', 'pod', 'container'],
  single: ['namespace', 'pod'],
  rows: [
    {
      title: 'Now',
      panels: [
        stat({
          title: 'Started',
          description: 'When the kubelet acknowledged the pod.',
          unit: 'dateTimeFromNow',
          expr: `min(pod_start_time_seconds{${PODS}}) * 1000`,
        }),
        stat({
          title: 'CPU',
          description: 'CPU usage of the pod.',
          unit: 'cores',
          expr: `sum(${rate(`pod_cpu_usage_seconds_total{${PODS}}`)})`,
        }),
        stat({
          title: 'Memory',
          description: 'Working set of the pod.',
          unit: 'bytes',
          expr: `sum(pod_memory_working_set_bytes{${PODS}})`,
        }),
        stat({
          title: 'Memory / limit',
          description:
            'Anonymous memory as a share of the limit, of the container closest to its limit. Page cache is excluded: it is reclaimable.',
          unit: 'percentunit',
          expr: `max(container_memory_rss{${PODS}} / container_memory_limit_bytes{${PODS}})`,
          thresholds: [0.8, 0.95],
        }),
        stat({
          title: 'Restarts',
          description: 'Restarts of all containers of the pod.',
          unit: 'short',
          expr: `sum(container_restarts_total{${PODS}})`,
          thresholds: [1, 5],
        }),
        stat({
          title: 'OOM kills (1d)',
          description: 'Containers of the pod that the kubelet reported as OOMKilled.',
          unit: 'short',
          expr: events(`container_terminated_oom_total{${PODS}}`, '1d'),
          thresholds: [1, 3],
        }),
      ],
    },
    {
      title: 'CPU',
      panels: [
        graph({
          title: 'CPU by container',
          description: 'CPU usage of each container, against the sum of the requests and of the limits.',
          unit: 'cores',
          queries: [
            { legend: LEGEND, expr: sumBy(ID, rate(`container_cpu_usage_seconds_total{${CONTAINERS}}`)) },
            { legend: 'requests', expr: `sum(container_resource_requests{${CONTAINERS},resource="cpu"})` },
            { legend: 'limits', expr: `sum(container_cpu_limit_cores{${CONTAINERS}})` },
          ],
          stacked: { except: '^(requests|limits)$' },
        }),
        graph({
          title: 'Throttling',
          description:
            'Share of CFS periods in which the container was throttled, and throttled time per second, summed over all CPUs.',
          unit: 'percentunit',
          queries: [
            {
              legend: '{{container}} periods',
              expr: `${sumBy(ID, rate(`container_cpu_cfs_throttled_periods_total{${CONTAINERS}}`))} / ${sumBy(ID, rate(`container_cpu_cfs_periods_total{${CONTAINERS}}`))}`,
            },
            {
              legend: '{{container}} seconds per second',
              expr: sumBy(ID, rate(`container_cpu_cfs_throttled_seconds_total{${CONTAINERS}}`)),
            },
          ],
        }),
      ],
    },
    {
      title: 'Memory',
      panels: [
        graph({
          title: 'Memory by kind',
          description:
            'Memory of the selected containers by kind, against their limit. The kernel reclaims page cache before it kills.',
          unit: 'bytes',
          queries: [
            { legend: 'anonymous', expr: `sum(container_memory_rss{${CONTAINERS}})` },
            { legend: 'page cache', expr: `sum(container_memory_cache{${CONTAINERS}})` },
            { legend: 'kernel', expr: `sum(container_memory_kernel_bytes{${CONTAINERS}})` },
            { legend: 'limit', expr: `sum(container_memory_limit_bytes{${CONTAINERS}})` },
            { legend: 'requests', expr: `sum(container_resource_requests{${CONTAINERS},resource="memory"})` },
          ],
          stacked: { except: '^(limit|requests)$' },
        }),
        graph({
          title: 'Working set by container',
          description: 'Memory that the kubelet compares with its eviction thresholds.',
          unit: 'bytes',
          queries: [{ legend: LEGEND, expr: sumBy(ID, `container_memory_working_set_bytes{${CONTAINERS}}`) }],
        }),
        graph({
          title: 'Major page faults',
          description:
            'Page faults that waited for disk. Many of them together with memory pressure mean that the working set does not fit.',
          unit: 'ops',
          queries: [
            { legend: LEGEND, expr: sumBy(ID, rate(`container_memory_major_page_faults_total{${CONTAINERS}}`)) },
          ],
        }),
        graph({
          title: 'OOM kills and restarts',
          description: 'OOM kills and restarts within five minutes, by container.',
          unit: 'short',
          queries: [
            {
              legend: '{{container}} OOM kills',
              expr: sumBy(ID, `increase(container_terminated_oom_total{${CONTAINERS}}[5m])`),
            },
            {
              legend: '{{container}} restarts',
              expr: sumBy(ID, `increase(container_restarts_total{${CONTAINERS}}[5m])`),
            },
          ],
        }),
      ],
    },
    {
      title: 'Pressure',
      panels: [pressureGraph('CPU', 'cpu'), pressureGraph('Memory', 'memory'), pressureGraph('I/O', 'io')],
    },
    podNetwork,
    {
      title: 'Disk and processes',
      panels: [
        graph({
          title: 'Disk by device',
          description: 'Bytes read and written by the selected containers.',
          unit: 'binBps',
          queries: [
            { legend: '{{device}} read', expr: sumBy('device', rate(`container_fs_reads_bytes_total{${CONTAINERS}}`)) },
            {
              legend: '{{device}} written',
              expr: sumBy('device', rate(`container_fs_writes_bytes_total{${CONTAINERS}}`)),
            },
          ],
        }),
        graph({
          title: 'Threads',
          description: 'Threads of each container, and its limit.',
          unit: 'short',
          queries: [
            { legend: LEGEND, expr: sumBy(ID, `container_threads{${CONTAINERS}}`) },
            { legend: '{{container}} limit', expr: sumBy(ID, `container_threads_max{${CONTAINERS}}`) },
          ],
        }),
      ],
    },
  ],
};
