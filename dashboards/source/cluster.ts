import { linkTo, type Page } from './dashboards.ts';
import { graph, stat, table } from './panels.ts';
import { CLUSTER, events, rate, sumBy } from './queries.ts';

const BY_NAMESPACE = { legend: '{{namespace}}' };

/** Entry point: size and usage of the cluster. */
export const cluster: Page = {
  name: 'cluster',
  title: 'Cluster',
  description: 'Nodes, pods and usage of the cluster, by namespace.',
  variables: [],
  rows: [
    {
      title: 'Now',
      panels: [
        stat({
          title: 'Nodes',
          description: 'Nodes with a running exporter.',
          unit: 'short',
          expr: `count(pod_exporter_build_info{${CLUSTER}})`,
        }),
        stat({ title: 'Pods', description: 'Pods with a cgroup.', unit: 'short', expr: `count(pod_info{${CLUSTER}})` }),
        stat({
          title: 'CPU',
          description: 'CPU usage of all pods.',
          unit: 'cores',
          expr: `sum(${rate(`pod_cpu_usage_seconds_total{${CLUSTER}}`)})`,
        }),
        stat({
          title: 'Memory',
          description: 'Working set of all pods, which the kubelet compares with its eviction thresholds.',
          unit: 'bytes',
          expr: `sum(pod_memory_working_set_bytes{${CLUSTER}})`,
        }),
        stat({
          title: 'OOM kills (1h)',
          description: 'Containers that the kubelet reported as OOMKilled.',
          unit: 'short',
          expr: events(`container_terminated_oom_total{${CLUSTER}}`, '1h'),
          thresholds: [1, 10],
        }),
        stat({
          title: 'Restarts (1h)',
          description: 'Container restarts, for any reason.',
          unit: 'short',
          expr: events(`container_restarts_total{${CLUSTER}}`, '1h'),
          thresholds: [5, 50],
        }),
      ],
    },
    {
      title: 'Namespaces',
      panels: [
        table({
          title: 'Namespaces',
          description: 'Usage and requests of the pods of each namespace.',
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
          description: 'CPU usage of the pods of each namespace, including pause containers.',
          unit: 'cores',
          queries: [{ ...BY_NAMESPACE, expr: sumBy('namespace', rate(`pod_cpu_usage_seconds_total{${CLUSTER}}`)) }],
          stacked: {},
        }),
        graph({
          title: 'Memory by namespace',
          description: 'Working set of the pods of each namespace.',
          unit: 'bytes',
          queries: [{ ...BY_NAMESPACE, expr: sumBy('namespace', `pod_memory_working_set_bytes{${CLUSTER}}`) }],
          stacked: {},
        }),
        graph({
          title: 'Network by namespace',
          description:
            'Traffic of pods with their own network namespace. Traffic between two pods counts at both ends.',
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
          description: 'Bytes read and written by the pods of each namespace, on all devices.',
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
          title: 'CPU pressure by node',
          description:
            'Share of time in which at least one task of the node waited for CPU (PSI some). Absent if the kernel has no PSI.',
          unit: 'percentunit',
          queries: [
            {
              legend: '{{node}}',
              expr: sumBy('node', rate(`cgroup_pressure_cpu_waiting_seconds_total{${CLUSTER},cgroup="/"}`)),
            },
          ],
        }),
        graph({
          title: 'Memory pressure by node',
          description:
            'Share of time in which at least one task of the node waited for memory (PSI some). A few percent are noticeable.',
          unit: 'percentunit',
          queries: [
            {
              legend: '{{node}}',
              expr: sumBy('node', rate(`cgroup_pressure_memory_waiting_seconds_total{${CLUSTER},cgroup="/"}`)),
            },
          ],
        }),
      ],
    },
  ],
};
