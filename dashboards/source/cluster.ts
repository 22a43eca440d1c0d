import { clusterNodes } from './cluster-nodes.ts';
import type { Page } from './dashboards.ts';
import { exportersOfNodes } from './exporters.ts';
import { graph } from './graph.ts';
import { ROW, SERIES } from './links.ts';
import { NOT_MEASURED } from './columns.ts';
import { EXPORTER, fullVolumes, IN_PODS, oomKills, rangeEvents, rate, requested, sumBy } from './queries.ts';
import { killsAndRestarts } from './kills-and-restarts.ts';
import { stat } from './stat.ts';
import { table } from './table.ts';
import { podsInTrouble } from './trouble.ts';

const BY_NAMESPACE = { legend: '{{namespace}}' };
const LINKS = [SERIES.namespace];

/** Selects all pods. */
const PODS = `${EXPORTER},${IN_PODS}`;

const usedCpu = sumBy('namespace', rate(`pod_cpu_usage_seconds_total{${EXPORTER}}`));
const usedMemory = sumBy('namespace', `pod_memory_working_set_bytes{${EXPORTER}}`);

/** Entry point: which pods are in trouble, and how much of the cluster is in use. */
export const cluster: Page = {
  name: 'cluster',
  title: 'Cluster',
  description: 'Pods in trouble, nodes, and usage by namespace.',
  variables: [],
  rows: [
    {
      title: 'Now',
      panels: [
        podsInTrouble(PODS),
        exportersOfNodes(EXPORTER),
        stat({
          title: 'Nodes',
          description: 'Nodes with an exporter that is scraped.',
          unit: 'short',
          expr: `sum(up{${EXPORTER}})`,
        }),
        stat({
          title: 'Pods',
          description: 'Pods with a cgroup, on nodes whose exporter is up.',
          unit: 'short',
          expr: `count(pod_info{${EXPORTER}})`,
          noValue: 'No pod, or exporter down',
        }),
        ...killsAndRestarts(oomKills(PODS, '$__range'), rangeEvents(`container_restarts_total{${EXPORTER}}`)),
        stat({
          title: 'Full volumes',
          description:
            'Volumes of pods with more than 85 % of their space in use, on nodes whose exporter is up. Read-only volumes do not count.',
          unit: 'short',
          expr: `count(${fullVolumes(EXPORTER)}) or count(pod_volume_capacity_bytes{${EXPORTER}}) * 0`,
          thresholds: [1, 5],
          noValue: NOT_MEASURED,
        }),
      ],
    },
    clusterNodes,
    {
      title: 'Namespaces',
      panels: [
        table({
          title: 'Namespaces',
          description: 'Usage of the pods of each namespace, and the share of their requests that it is.',
          keys: [{ label: 'namespace', name: 'Namespace', link: ROW.namespace, width: 160 }],
          sort: ['OOM kills', 'Memory'],
          noValue: 'No pod, or exporter down',
          columns: [
            { name: 'Pods', unit: 'short', width: 64, expr: `count by (namespace) (pod_info{${EXPORTER}})` },
            { name: 'CPU', unit: 'cores', decimals: 3, expr: usedCpu },
            {
              name: 'CPU of req.',
              unit: 'percentunit',
              decimals: 0,
              bar: true,
              expr: `${usedCpu} / ${requested('requests', 'cpu', EXPORTER, 'namespace')}`,
              thresholds: [1, 2],
            },
            { name: 'Memory', unit: 'bytes', decimals: 1, expr: usedMemory },
            {
              name: 'Mem. of req.',
              unit: 'percentunit',
              decimals: 0,
              bar: true,
              expr: `${usedMemory} / ${requested('requests', 'memory', EXPORTER, 'namespace')}`,
              thresholds: [1, 1.5],
            },
            {
              name: 'OOM kills',
              unit: 'none',
              decimals: 0,
              expr: sumBy('namespace', oomKills(PODS, '$__range')),
              thresholds: [1, 10],
            },
            {
              name: 'Restarts',
              unit: 'none',
              decimals: 0,
              expr: sumBy('namespace', rangeEvents(`container_restarts_total{${EXPORTER}}`)),
              thresholds: [1, 10],
            },
            {
              name: 'Received',
              unit: 'binBps',
              decimals: 1,
              expr: sumBy('namespace', rate(`pod_network_receive_bytes_total{${EXPORTER}}`)),
            },
            {
              name: 'Sent',
              unit: 'binBps',
              decimals: 1,
              expr: sumBy('namespace', rate(`pod_network_transmit_bytes_total{${EXPORTER}}`)),
            },
          ],
        }),
      ],
    },
    {
      title: 'Usage',
      panels: [
        graph({
          title: 'CPU by namespace',
          description: 'CPU usage of the pods of each namespace, including pause containers.',
          unit: 'cores',
          queries: [{ ...BY_NAMESPACE, expr: usedCpu }],
          stacked: true,
          links: LINKS,
        }),
        graph({
          title: 'Memory by namespace',
          description: 'Working set of the pods of each namespace.',
          unit: 'bytes',
          queries: [{ ...BY_NAMESPACE, expr: usedMemory }],
          stacked: true,
          links: LINKS,
        }),
        graph({
          title: 'Network by namespace',
          description:
            'Traffic of pods with their own network namespace. Traffic between two pods counts at both ends.',
          unit: 'binBps',
          queries: [
            {
              ...BY_NAMESPACE,
              expr: `sum by (namespace) (${rate(`pod_network_receive_bytes_total{${EXPORTER}}`)} + ${rate(`pod_network_transmit_bytes_total{${EXPORTER}}`)})`,
            },
          ],
          stacked: true,
          links: LINKS,
          noValue: 'No pod has a network namespace of its own',
        }),
        graph({
          title: 'Disk by namespace',
          description: 'Bytes read and written by the pods of each namespace, on all devices.',
          unit: 'binBps',
          queries: ['reads', 'writes'].map((kind) => ({
            legend: kind === 'reads' ? '{{namespace}} read' : '{{namespace}} written',
            expr: sumBy('namespace', rate(`pod_fs_${kind}_bytes_total{${EXPORTER}}`)),
          })),
          stacked: true,
          links: LINKS,
          noValue: 'No I/O on block devices',
        }),
      ],
    },
  ],
};
