import type { Row } from './dashboards.ts';
import { graph } from './graph.ts';
import { PODS, rate, share, sumBy } from './queries.ts';

const CONTAINERS = `${PODS},container=~"$container"`;
const LEGEND = '{{container}}';

/** CPU of the containers. */
export const podCpu: Row = {
  title: 'CPU',
  panels: [
    graph({
      title: 'CPU by container',
      description: 'CPU usage of each container, against the sum of the requests and of the limits.',
      unit: 'cores',
      queries: [
        { legend: LEGEND, expr: sumBy('container', rate(`container_cpu_usage_seconds_total{${CONTAINERS}}`)) },
        { legend: 'requests', expr: `sum(container_resource_requests{${CONTAINERS},resource="cpu"})` },
        { legend: 'limits', expr: `sum(container_cpu_limit_cores{${CONTAINERS}})` },
      ],
      stacked: true,
      noValue: 'No running container, or exporter down',
    }),
    graph({
      title: 'Throttled periods',
      description:
        'Share of the CFS periods in which the container was throttled. It is absent without a CPU limit and while the container is idle.',
      unit: 'percentunit',
      queries: [
        {
          legend: LEGEND,
          expr: share(
            sumBy('container', rate(`container_cpu_cfs_throttled_periods_total{${CONTAINERS}}`)),
            sumBy('container', rate(`container_cpu_cfs_periods_total{${CONTAINERS}}`)),
          ),
        },
      ],
      softMax: 1,
      thresholds: [0.1, 0.25],
      noValue: 'No CPU limit, or idle',
    }),
  ],
};
