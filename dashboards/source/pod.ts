import type { Page } from './dashboards.ts';
import { graph, stat } from './panels.ts';
import { podNetwork } from './pod-network.ts';
import { PODS, rate, sumBy } from './queries.ts';

const CONTAINERS = `${PODS},container=~"$container"`;
const ID = 'pod, container';
const LEGEND = '{{container}}';

function pressure(resource: string, kind: 'waiting' | 'stalled'): string {
  return sumBy('pod', rate(`pod_pressure_${resource}_${kind}_seconds_total{${PODS}}`));
}

function pressureGraph(resource: string, meaning: string): ReturnType<typeof graph> {
  return graph({
    title: `Waiting for ${resource === 'io' ? 'I/O' : resource}`,
    description: `Share of time in which some task, or every task, ${meaning}. Absent where the kernel has no PSI.`,
    unit: 'percentunit',
    queries: [
      { legend: 'some', expr: pressure(resource, 'waiting') },
      { legend: 'all', expr: pressure(resource, 'stalled') },
    ],
    span: 8,
  });
}

/** One pod, down to its containers: where the cause of a complaint is looked for. */
export const pod: Page = {
  name: 'pod',
  title: 'Pod',
  description: 'One pod and its containers: CPU, memory, pressure, network and disk against their limits.',
  variables: ['namespace', 'pod', 'container'],
  single: ['namespace', 'pod'],
  rows: [
    {
      title: 'Now',
      panels: [
        stat({
          title: 'Started',
          description: 'When the kubelet began with the pod.',
          unit: 'dateTimeFromNow',
          expr: `min(pod_start_time_seconds{${PODS}}) * 1000`,
        }),
        stat({
          title: 'CPU',
          description: 'CPU used by the pod.',
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
          title: 'Nearest to a memory limit',
          description:
            'Anonymous memory of the container that is nearest to its limit. The page cache is left out: it gives way.',
          unit: 'percentunit',
          expr: `max(container_memory_rss{${PODS}} / container_memory_limit_bytes{${PODS}})`,
          thresholds: [0.8, 0.95],
        }),
        stat({
          title: 'Restarts',
          description: 'Restarts of all containers since the pod began.',
          unit: 'short',
          expr: `sum(container_restarts_total{${PODS}})`,
          thresholds: [1, 5],
        }),
        stat({
          title: 'OOM kills in a day',
          description: 'Containers of the pod that Kubernetes reports as killed for want of memory.',
          unit: 'short',
          expr: `sum(increase(container_terminated_oom_total{${PODS}}[1d]))`,
          thresholds: [1, 3],
        }),
      ],
    },
    {
      title: 'CPU',
      panels: [
        graph({
          title: 'CPU by container',
          description: 'CPU used by each container, with what they requested and may use together.',
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
            'Share of enforcement periods in which the CPU limit was reached, and the time for which run queues were held back.',
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
            'What the memory of the chosen containers consists of, against their limit. Cache gives way before a kill.',
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
          description: 'What the kubelet looks at when it evicts.',
          unit: 'bytes',
          queries: [{ legend: LEGEND, expr: sumBy(ID, `container_memory_working_set_bytes{${CONTAINERS}}`) }],
        }),
        graph({
          title: 'Major page faults',
          description:
            'Faults that had to wait for a disk. Many of them together with pressure mean that the working set does not fit.',
          unit: 'ops',
          queries: [
            { legend: LEGEND, expr: sumBy(ID, rate(`container_memory_major_page_faults_total{${CONTAINERS}}`)) },
          ],
        }),
        graph({
          title: 'OOM kills and restarts',
          description: 'How many in five minutes, by container.',
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
      panels: [
        pressureGraph('cpu', 'waits for CPU'),
        pressureGraph('memory', 'waits for memory to be reclaimed'),
        pressureGraph('io', 'waits for a disk'),
      ],
    },
    podNetwork,
    {
      title: 'Disk and processes',
      panels: [
        graph({
          title: 'Disk by device',
          description: 'Bytes read and written by the chosen containers.',
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
          description: 'Threads of each container, and how many it may have.',
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
