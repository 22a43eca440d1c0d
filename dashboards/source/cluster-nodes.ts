import type { Row } from './dashboards.ts';
import { graph } from './graph.ts';
import { ROW, SERIES } from './links.ts';
import { EXPORTER, maxBy, rate, requested, sumBy } from './queries.ts';
import { stat } from './stat.ts';
import { table } from './table.ts';
import type { Column } from './table.ts';

const cores = maxBy('node', `machine_cpu_cores{${EXPORTER}}`);
const memory = maxBy('node', `machine_memory_bytes{${EXPORTER}}`);
const usedCpu = maxBy('node', rate(`cgroup_cpu_usage_seconds_total{${EXPORTER},cgroup="/"}`));
const podMemory = sumBy('node', `pod_memory_working_set_bytes{${EXPORTER}}`);

/** Share of time in which some task of the node waited, from the root cgroup. */
export function nodePressure(resource: 'cpu' | 'memory' | 'io', selector: string): string {
  return maxBy('node', rate(`cgroup_pressure_${resource}_waiting_seconds_total{${selector},cgroup="/"}`));
}

/** Share of the space in use of each file system; space reserved for root counts as used. */
export function fileSystemUsed(selector: string): string {
  const space = (name: string): string => maxBy('node, mountpoint', `machine_filesystem_${name}_bytes{${selector}}`);
  return `1 - ${space('avail')} / (${space('size')} > 0)`;
}

const bar = { unit: 'percentunit', decimals: 0, bar: true } as const;
const colored = { unit: 'percentunit', decimals: 0 } as const;

const columns: readonly Column[] = [
  {
    name: 'Exporter',
    unit: 'short',
    width: 80,
    expr: maxBy('node', `up{${EXPORTER}}`),
    states: [
      { text: 'Down', color: 'red' },
      { text: 'Up', color: 'transparent' },
    ],
  },
  { name: 'Pods', unit: 'short', width: 64, expr: `count by (node) (pod_info{${EXPORTER}})` },
  { name: 'Cores', unit: 'short', width: 64, expr: cores },
  { name: 'CPU used', ...bar, thresholds: [0.8, 0.95], expr: `${usedCpu} / ${cores}` },
  {
    name: 'CPU req.',
    ...bar,
    thresholds: [0.9, 1],
    expr: `${requested('requests', 'cpu', EXPORTER, 'node')} / ${cores}`,
  },
  { name: 'Memory', unit: 'bytes', decimals: 1, expr: memory },
  { name: 'Pod memory', ...bar, thresholds: [0.8, 0.95], expr: `${podMemory} / ${memory}` },
  {
    name: 'Memory req.',
    ...bar,
    thresholds: [0.9, 1],
    expr: `${requested('requests', 'memory', EXPORTER, 'node')} / ${memory}`,
  },
  { name: 'CPU wait', ...colored, thresholds: [0.2, 0.5], expr: nodePressure('cpu', EXPORTER) },
  { name: 'Memory wait', ...colored, thresholds: [0.01, 0.1], expr: nodePressure('memory', EXPORTER) },
  { name: 'I/O wait', ...colored, thresholds: [0.2, 0.5], expr: nodePressure('io', EXPORTER) },
  {
    name: 'Disk used',
    ...colored,
    thresholds: [0.85, 0.95],
    expr: maxBy('node', fileSystemUsed(EXPORTER)),
  },
];

function commitment(title: string, description: string, expr: string): ReturnType<typeof stat> {
  return stat({ title, description, unit: 'percentunit', decimals: 0, expr, thresholds: [0.8, 0.95] });
}

/** Capacity of the cluster, what of it is used and promised, and each node. */
export const clusterNodes: Row = {
  title: 'Nodes',
  panels: [
    stat({
      title: 'Cores',
      description: 'CPUs of the nodes whose exporter is up.',
      unit: 'short',
      expr: `sum(${cores})`,
    }),
    commitment('CPU used', 'CPU usage of the nodes, as a share of their cores.', `sum(${usedCpu}) / sum(${cores})`),
    commitment(
      'CPU requested',
      'CPU requests of the pods, as a share of the cores. At 100 % no pod with a request can be scheduled.',
      `${requested('requests', 'cpu', EXPORTER, '')} / sum(${cores})`,
    ),
    stat({
      title: 'Memory',
      description: 'Memory of the nodes whose exporter is up.',
      unit: 'bytes',
      expr: `sum(${memory})`,
    }),
    commitment(
      'Pod memory',
      'Working set of all pods, as a share of the memory of the nodes.',
      `sum(${podMemory}) / sum(${memory})`,
    ),
    commitment(
      'Memory requested',
      'Memory requests of the pods, as a share of the memory of the nodes.',
      `${requested('requests', 'memory', EXPORTER, '')} / sum(${memory})`,
    ),
    table({
      title: 'Nodes',
      description:
        'Usage and requests of each node as a share of its capacity. Waits: PSI of the whole node, share of time in which some task waited.',
      keys: [{ label: 'node', name: 'Node', link: ROW.node, width: 180 }],
      columns,
      sort: [{ name: 'Exporter', ascending: true }, 'Memory wait', 'Pod memory'],
      noValue: 'No exporter is scraped',
    }),
    ...(['cpu', 'memory', 'io'] as const).map((resource) =>
      graph({
        title: `${{ cpu: 'CPU', memory: 'Memory', io: 'I/O' }[resource]} pressure by node`,
        description: `Share of time in which at least one task of the node waited for ${resource === 'io' ? 'I/O' : resource === 'cpu' ? 'CPU' : 'memory'} (PSI some, root cgroup).`,
        unit: 'percentunit',
        queries: [{ legend: '{{node}}', expr: nodePressure(resource, EXPORTER) }],
        links: [SERIES.node],
        span: 8,
        noValue: 'The kernel reports no PSI',
      }),
    ),
  ],
};
