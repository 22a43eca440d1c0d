import type { Page, Row } from './dashboards.ts';
import { graph } from './graph.ts';
import { ROW, SERIES } from './links.ts';
import { maxBy, namedWorkload } from './queries.ts';
import { stat } from './stat.ts';
import { table } from './table.ts';
import type { Column } from './table.ts';

/** Series of the recording rules have no job: the rules select it. */
const CHOSEN = 'cluster="$cluster",namespace=~"$namespace"';
const NO_RULES = 'No data: install deploy/rules/recording.yaml';
const WORKLOAD = 'namespace, workload_kind, workload';

function level(name: string): string {
  return `${name}{${CHOSEN}}`;
}

function byWorkload(expr: string): string {
  return namedWorkload(maxBy(WORKLOAD, expr));
}

/** 95th percentile over the time range. */
function usual(name: string): string {
  return byWorkload(`quantile_over_time(0.95, ${level(name)}[$__range])`);
}

function highest(name: string): string {
  return byWorkload(`max_over_time(${level(name)}[$__range])`);
}

const percent = { unit: 'percentunit', decimals: 0, bar: true } as const;

const columns: readonly Column[] = [
  {
    name: 'CPU req.',
    unit: 'cores',
    decimals: 3,
    expr: byWorkload(level('workload:cpu_requests_cores:sum')),
  },
  { name: 'CPU usual', unit: 'cores', decimals: 3, expr: usual('workload:cpu_usage_seconds:rate5m') },
  { name: 'CPU of req.', ...percent, thresholds: [1, 2], expr: usual('workload:cpu_usage_per_request:ratio') },
  { name: 'CPU of limit', ...percent, thresholds: [0.8, 0.95], expr: highest('workload:cpu_usage_per_limit:ratio') },
  {
    name: 'Mem. req.',
    unit: 'bytes',
    decimals: 1,
    expr: byWorkload(level('workload:memory_requests_bytes:sum')),
  },
  { name: 'Mem. max.', unit: 'bytes', decimals: 1, expr: highest('workload:memory_working_set_bytes:sum') },
  {
    name: 'Mem. of req.',
    ...percent,
    thresholds: [1, 1.5],
    expr: highest('workload:memory_usage_per_request:ratio'),
  },
  {
    name: 'Mem. of limit',
    ...percent,
    thresholds: [0.8, 0.95],
    expr: highest('workload:memory_usage_per_limit:ratio'),
  },
];

function unused(title: string, description: string, unit: 'cores' | 'bytes', expr: string): ReturnType<typeof stat> {
  return stat({ title, description, unit, decimals: 1, expr, span: 12, noValue: NO_RULES });
}

const now: Row = {
  title: 'Requested and unused',
  panels: [
    unused(
      'CPU requested and unused',
      'Requests that the usual usage (95th percentile of the time range) of their workload does not reach.',
      'cores',
      `sum(clamp_min(${byWorkload(level('workload:cpu_requests_cores:sum'))} - ${usual('workload:cpu_usage_seconds:rate5m')}, 0))`,
    ),
    unused(
      'Memory requested and unused',
      'Requests that the highest working set of their workload in the time range does not reach.',
      'bytes',
      `sum(clamp_min(${byWorkload(level('workload:memory_requests_bytes:sum'))} - ${highest('workload:memory_working_set_bytes:sum')}, 0))`,
    ),
  ],
};

const workloads: Row = {
  title: 'Workloads',
  panels: [
    table({
      title: 'Workloads',
      description:
        'Usage of a workload against its requests and limits. CPU: 95th percentile of the time range; memory and limits: the highest.',
      keys: [
        { label: 'workload', name: 'Workload', link: ROW.workload, width: 180 },
        { label: 'workload_kind', name: 'Kind', isLast: true },
        { label: 'namespace', name: 'Namespace', link: ROW.namespace },
      ],
      columns,
      sort: ['CPU req.', 'Mem. req.'],
      noValue: NO_RULES,
      height: 16,
    }),
    ...(['cpu', 'memory'] as const).map((resource) =>
      graph({
        title: `${resource === 'cpu' ? 'CPU' : 'Memory'} of requests, by namespace`,
        description: `${resource === 'cpu' ? 'CPU usage' : 'Working set'} as a share of the requests of the containers that have one.`,
        unit: 'percentunit',
        queries: [{ legend: '{{namespace}}', expr: level(`namespace:${resource}_usage_per_request:ratio`) }],
        links: [SERIES.namespace],
        softMax: 1,
        noValue: NO_RULES,
      }),
    ),
    graph({
      title: 'CPU usage and requests',
      description: 'CPU usage and requests of the chosen namespaces.',
      unit: 'cores',
      queries: [
        { legend: 'usage', expr: `sum(${level('namespace:cpu_usage_seconds:rate5m')})` },
        { legend: 'requests', expr: `sum(${level('namespace:cpu_requests_cores:sum')})` },
      ],
      noValue: NO_RULES,
    }),
    graph({
      title: 'Memory usage and requests',
      description: 'Working set and requests of the chosen namespaces.',
      unit: 'bytes',
      queries: [
        { legend: 'usage', expr: `sum(${level('namespace:memory_working_set_bytes:sum')})` },
        { legend: 'requests', expr: `sum(${level('namespace:memory_requests_bytes:sum')})` },
      ],
      noValue: NO_RULES,
    }),
  ],
};

/** Requests compared with usage over a week, from the recording rules. */
export const sizing: Page = {
  name: 'sizing',
  title: 'Right-sizing',
  description: 'Usage against requests and limits over a week, from the recording rules.',
  variables: ['namespace'],
  from: 'now-7d',
  rows: [now, workloads],
};
