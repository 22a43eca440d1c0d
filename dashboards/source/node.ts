import { fileSystemUsed, nodePressure } from './cluster-nodes.ts';
import type { Page, Row } from './dashboards.ts';
import { exportersOfNodes } from './exporters.ts';
import { graph } from './graph.ts';
import { SERIES } from './links.ts';
import { nodeDisks } from './node-disks.ts';
import { containersOutsideOfPods, outsideOfPods } from './outside.ts';
import { podsTable } from './pods-table.ts';
import { EXPORTER, IN_PODS, maxBy, rate, requested, sumBy, topGauges, topRates } from './queries.ts';
import { stat } from './stat.ts';
import { podsInTrouble } from './trouble.ts';

const CHOSEN = `${EXPORTER},node=~"$node"`;
const PODS = `${CHOSEN},${IN_PODS}`;
const POD = 'namespace, pod';
const SLICE = 'node, cgroup';
const LEGEND = '{{namespace}}/{{pod}}';

const percent = { unit: 'percentunit', decimals: 0 } as const;
const cores = `sum(machine_cpu_cores{${CHOSEN}})`;
const memory = `sum(machine_memory_bytes{${CHOSEN}})`;

const now: Row = {
  title: 'Now',
  panels: [
    exportersOfNodes(CHOSEN),
    stat({
      title: 'CPU used',
      description: 'CPU usage of the whole node, as a share of its cores.',
      ...percent,
      expr: `sum(${rate(`cgroup_cpu_usage_seconds_total{${CHOSEN},cgroup="/"}`)}) / ${cores}`,
      thresholds: [0.8, 0.95],
    }),
    stat({
      title: 'CPU requested',
      description: 'CPU requests of the pods, as a share of the cores.',
      ...percent,
      expr: `${requested('requests', 'cpu', CHOSEN, '')} / ${cores}`,
      thresholds: [0.9, 1],
      noValue: 'No request, or exporter down',
    }),
    stat({
      title: 'Pod memory',
      description: 'Working set of all pods, as a share of the memory of the node.',
      ...percent,
      expr: `sum(pod_memory_working_set_bytes{${CHOSEN}}) / ${memory}`,
      thresholds: [0.8, 0.95],
    }),
    stat({
      title: 'Memory requested',
      description: 'Memory requests of the pods, as a share of the memory of the node.',
      ...percent,
      expr: `${requested('requests', 'memory', CHOSEN, '')} / ${memory}`,
      thresholds: [0.9, 1],
      noValue: 'No request, or exporter down',
    }),
    stat({
      title: 'Fullest disk',
      description: 'Share of the space in use of the fullest file system; space reserved for root counts as used.',
      ...percent,
      expr: `max(${fileSystemUsed(CHOSEN)})`,
      thresholds: [0.85, 0.95],
      noValue: 'Not measured',
    }),
  ],
};

const usage: Row = {
  title: 'Usage',
  panels: [
    graph({
      title: 'CPU, top pods',
      description: 'The ten pods with the highest CPU usage over the time range.',
      unit: 'cores',
      queries: [{ legend: LEGEND, expr: topRates(POD, `pod_cpu_usage_seconds_total{${CHOSEN}}`) }],
      links: [SERIES.pod],
    }),
    graph({
      title: 'Memory, top pods',
      description: 'The ten pods with the largest working set over the time range.',
      unit: 'bytes',
      queries: [{ legend: LEGEND, expr: topGauges(POD, `pod_memory_working_set_bytes{${CHOSEN}}`) }],
      links: [SERIES.pod],
    }),
    graph({
      title: 'CPU by slice',
      description: 'CPU usage of the pods and of the system slices. A slice includes those below it.',
      unit: 'cores',
      queries: [
        {
          legend: '{{node}} {{cgroup}}',
          expr: topRates(SLICE, `cgroup_cpu_usage_seconds_total{${CHOSEN},cgroup!="/"}`),
        },
      ],
      links: [SERIES.node],
    }),
    graph({
      title: 'Memory by slice',
      description: 'Working set of the pods and of the system slices. A slice includes those below it.',
      unit: 'bytes',
      queries: [
        {
          legend: '{{node}} {{cgroup}}',
          expr: topGauges(SLICE, `cgroup_memory_working_set_bytes{${CHOSEN},cgroup!="/"}`),
        },
      ],
      links: [SERIES.node],
    }),
    graph({
      title: 'Pressure',
      description: 'Share of time in which at least one task of the node waited (PSI some, root cgroup).',
      unit: 'percentunit',
      queries: (['cpu', 'memory', 'io'] as const).map((resource) => ({
        legend: `{{node}} ${resource}`,
        expr: nodePressure(resource, CHOSEN),
      })),
      links: [SERIES.node],
      noValue: 'The kernel reports no PSI',
    }),
    graph({
      title: 'Pods and containers',
      description: 'Pods with a cgroup, their running containers and threads, and containers outside of pods.',
      unit: 'short',
      queries: [
        { legend: '{{node}} pods', expr: `count by (node) (pod_info{${CHOSEN}})` },
        {
          legend: '{{node}} containers',
          expr: `count by (node) (${maxBy('node, namespace, pod, container', `container_info{${PODS}}`)})`,
        },
        {
          legend: '{{node}} containers outside of pods',
          expr: `count by (node) (container_info{${outsideOfPods(CHOSEN)}})`,
        },
        { legend: '{{node}} threads', expr: sumBy('node', `pod_threads{${CHOSEN}}`) },
      ],
      links: [SERIES.node],
    }),
  ],
};

/** A node: its pods, slices, disks and file systems. */
export const node: Page = {
  name: 'node',
  title: 'Node',
  description: 'Usage of a node by pods and system slices, its pods in trouble, disks and file systems.',
  variables: ['node'],
  events: ['OOM kills'],
  rows: [
    now,
    { title: 'Pods in trouble', panels: [podsInTrouble(PODS)] },
    usage,
    nodeDisks(CHOSEN),
    { title: 'Pods and other containers', panels: [podsTable(PODS), containersOutsideOfPods(CHOSEN)] },
  ],
};
