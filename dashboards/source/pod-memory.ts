import type { Row } from './dashboards.ts';
import { graph } from './graph.ts';
import { PODS, rate, sumBy } from './queries.ts';

const CONTAINERS = `${PODS},container=~"$container"`;
const LEGEND = '{{container}}';

function increase(name: string): string {
  return sumBy('container', `round(increase(${name}{${CONTAINERS}}[$__rate_interval]))`);
}

/** Memory of the containers. */
export const podMemory: Row = {
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
        { legend: 'limits', expr: `sum(container_memory_limit_bytes{${CONTAINERS}})` },
        { legend: 'requests', expr: `sum(container_resource_requests{${CONTAINERS},resource="memory"})` },
      ],
      stacked: true,
      noValue: 'No running container, or exporter down',
    }),
    graph({
      title: 'Working set and peak by container',
      description:
        'Working set, which the kubelet compares with its eviction thresholds, and peak of all memory since the container started.',
      unit: 'bytes',
      queries: [
        { legend: LEGEND, expr: sumBy('container', `container_memory_working_set_bytes{${CONTAINERS}}`) },
        { legend: '{{container}} peak', expr: sumBy('container', `container_memory_max_usage_bytes{${CONTAINERS}}`) },
      ],
      noValue: 'No running container, or exporter down',
    }),
    graph({
      title: 'OOM kills, restarts and limit hits',
      description:
        'Events within each interval of the graph. A limit hit is an allocation for which the kernel had to reclaim first.',
      unit: 'short',
      queries: [
        { legend: '{{container}} OOM kills (kernel)', expr: increase('container_oom_kills_total') },
        { legend: '{{container}} OOM kills (terminated)', expr: increase('container_terminated_oom_total') },
        { legend: '{{container}} restarts', expr: increase('container_restarts_total') },
        { legend: '{{container}} limit hits', expr: increase('container_memory_limit_hits_total') },
      ],
    }),
    graph({
      title: 'Major page faults',
      description:
        'Page faults that waited for disk. Many of them together with memory pressure mean that the working set does not fit.',
      unit: 'cps',
      queries: [
        { legend: LEGEND, expr: sumBy('container', rate(`container_memory_major_page_faults_total{${CONTAINERS}}`)) },
      ],
    }),
    graph({
      title: 'Swap',
      description: 'Swap usage of each container, and its limit.',
      unit: 'bytes',
      queries: [
        { legend: LEGEND, expr: sumBy('container', `container_memory_swap{${CONTAINERS}}`) },
        {
          legend: '{{container}} limit',
          expr: sumBy('container', `container_memory_swap_limit_bytes{${CONTAINERS}} > 0`),
        },
      ],
      noValue: 'The kernel accounts no swap',
    }),
    graph({
      title: 'Refaults and reclaim',
      description: 'Pages read again soon after they were reclaimed, and pages scanned by reclaim (cgroup v2 only).',
      unit: 'cps',
      queries: [
        { legend: '{{type}} refaults', expr: sumBy('type', rate(`container_memory_refaults_total{${CONTAINERS}}`)) },
        { legend: 'scanned', expr: `sum(${rate(`container_memory_pgscan_total{${CONTAINERS}}`)})` },
      ],
      noValue: 'Only with cgroup v2',
    }),
  ],
};
