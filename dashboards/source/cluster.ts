import { linkTo, type Page } from './dashboards.ts';
import { graph, stat, table } from './panels.ts';
import { CLUSTER, rate, sumBy } from './queries.ts';

const BY_NAMESPACE = { legend: '{{namespace}}' };

/** The way in: what the cluster has and who uses it. */
export const cluster: Page = {
  name: 'cluster',
  title: 'Cluster',
  description: 'What the cluster runs and which namespaces use it.',
  variables: [],
  rows: [
    {
      title: 'Now',
      panels: [
        stat({
          title: 'Nodes',
          description: 'Nodes whose exporter answers.',
          unit: 'short',
          expr: `count(pod_exporter_build_info{${CLUSTER}})`,
        }),
        stat({ title: 'Pods', description: 'Pods with a cgroup.', unit: 'short', expr: `count(pod_info{${CLUSTER}})` }),
        stat({
          title: 'CPU',
          description: 'CPU used by all pods.',
          unit: 'cores',
          expr: `sum(${rate(`pod_cpu_usage_seconds_total{${CLUSTER}}`)})`,
        }),
        stat({
          title: 'Memory',
          description: 'Working set of all pods: what the kubelet looks at when it evicts.',
          unit: 'bytes',
          expr: `sum(pod_memory_working_set_bytes{${CLUSTER}})`,
        }),
        stat({
          title: 'OOM kills in an hour',
          description: 'Containers that Kubernetes reports as killed for want of memory.',
          unit: 'short',
          expr: `sum(increase(container_terminated_oom_total{${CLUSTER}}[1h]))`,
          thresholds: [1, 10],
        }),
        stat({
          title: 'Restarts in an hour',
          description: 'Restarts of containers, whatever the reason.',
          unit: 'short',
          expr: `sum(increase(container_restarts_total{${CLUSTER}}[1h]))`,
          thresholds: [5, 50],
        }),
      ],
    },
    {
      title: 'Namespaces',
      panels: [
        table({
          title: 'Namespaces',
          description: 'What the pods of a namespace use, beside what they asked for.',
          row: {
            label: 'namespace',
            name: 'Namespace',
            link: linkTo('namespace', ['namespace', '${__value.text}']),
          },
          columns: [
            { name: 'Pods', unit: 'short', expr: `count by (namespace) (pod_info{${CLUSTER}})` },
            {
              name: 'CPU',
              unit: 'cores',
              expr: sumBy('namespace', rate(`pod_cpu_usage_seconds_total{${CLUSTER}}`)),
            },
            {
              name: 'CPU requests',
              unit: 'cores',
              expr: sumBy('namespace', `container_resource_requests{${CLUSTER},resource="cpu"}`),
            },
            {
              name: 'Memory',
              unit: 'bytes',
              expr: sumBy('namespace', `pod_memory_working_set_bytes{${CLUSTER}}`),
            },
            {
              name: 'Memory requests',
              unit: 'bytes',
              expr: sumBy('namespace', `container_resource_requests{${CLUSTER},resource="memory"}`),
            },
            {
              name: 'Received',
              unit: 'binBps',
              expr: sumBy('namespace', rate(`pod_network_receive_bytes_total{${CLUSTER}}`)),
            },
            {
              name: 'Sent',
              unit: 'binBps',
              expr: sumBy('namespace', rate(`pod_network_transmit_bytes_total{${CLUSTER}}`)),
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
          description: 'CPU used by the pods of a namespace, pause containers included.',
          unit: 'cores',
          queries: [{ ...BY_NAMESPACE, expr: sumBy('namespace', rate(`pod_cpu_usage_seconds_total{${CLUSTER}}`)) }],
          stacked: {},
        }),
        graph({
          title: 'Memory by namespace',
          description: 'Working set of the pods of a namespace.',
          unit: 'bytes',
          queries: [{ ...BY_NAMESPACE, expr: sumBy('namespace', `pod_memory_working_set_bytes{${CLUSTER}}`) }],
          stacked: {},
        }),
        graph({
          title: 'Network by namespace',
          description:
            'Received and sent by pods with a network of their own. Between pods it is counted at both ends.',
          unit: 'binBps',
          queries: [
            {
              legend: '{{namespace}}',
              expr: `sum by (namespace) (${rate(`pod_network_receive_bytes_total{${CLUSTER}}`)} + ${rate(`pod_network_transmit_bytes_total{${CLUSTER}}`)})`,
            },
          ],
          stacked: {},
        }),
        graph({
          title: 'Disk by namespace',
          description: 'Read and written by the pods of a namespace, on all devices.',
          unit: 'binBps',
          queries: [
            {
              legend: '{{namespace}} read',
              expr: sumBy('namespace', rate(`pod_fs_reads_bytes_total{${CLUSTER}}`)),
            },
            {
              legend: '{{namespace}} written',
              expr: sumBy('namespace', rate(`pod_fs_writes_bytes_total{${CLUSTER}}`)),
            },
          ],
          stacked: {},
        }),
      ],
    },
    {
      title: 'Pressure',
      panels: [
        graph({
          title: 'Waiting for CPU, by node',
          description: 'Share of time in which some task of a node waits for CPU. Absent where the kernel has no PSI.',
          unit: 'percentunit',
          queries: [
            {
              legend: '{{node}}',
              expr: sumBy('node', rate(`cgroup_pressure_cpu_waiting_seconds_total{${CLUSTER},cgroup="/"}`)),
            },
          ],
        }),
        graph({
          title: 'Waiting for memory, by node',
          description: 'Share of time in which some task of a node waits for memory; a few percent are felt.',
          unit: 'percentunit',
          queries: [
            {
              legend: '{{node}}',
              expr: sumBy('node', rate(`pod_pressure_memory_waiting_seconds_total{${CLUSTER}}`)),
            },
          ],
        }),
      ],
    },
  ],
};
