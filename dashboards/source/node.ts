import { linkTo, type Page } from './dashboards.ts';
import { graph, stat, table } from './panels.ts';
import { CLUSTER, rate, sumBy, top } from './queries.ts';

const CHOSEN = `${CLUSTER},node=~"$node"`;
const POD = 'namespace, pod';
const LEGEND = '{{namespace}}/{{pod}}';

/** A node: slices, top pods, disks and file systems. */
export const node: Page = {
  name: 'node',
  title: 'Node',
  description: 'Usage of a node by pods and system slices, its top pods, disks and file systems.',
  variables: ['node'],
  rows: [
    {
      title: 'Now',
      panels: [
        stat({
          title: 'CPU',
          description: 'CPU usage of the whole node.',
          unit: 'cores',
          expr: `sum(${rate(`cgroup_cpu_usage_seconds_total{${CHOSEN},cgroup="/"}`)})`,
        }),
        stat({
          title: 'Cores',
          description: 'Logical CPUs of the node.',
          unit: 'short',
          expr: `sum(machine_cpu_cores{${CHOSEN}})`,
        }),
        stat({
          title: 'Memory of pods',
          description: 'Working set of all pods.',
          unit: 'bytes',
          expr: `sum(pod_memory_working_set_bytes{${CHOSEN}})`,
        }),
        stat({
          title: 'Memory',
          description: 'Memory of the node.',
          unit: 'bytes',
          expr: `sum(machine_memory_bytes{${CHOSEN}})`,
        }),
        stat({ title: 'Pods', description: 'Pods with a cgroup.', unit: 'short', expr: `count(pod_info{${CHOSEN}})` }),
        stat({
          title: 'Containers',
          description: 'Running containers.',
          unit: 'short',
          expr: `count(container_info{${CHOSEN}})`,
        }),
      ],
    },
    {
      title: 'Pods',
      panels: [
        graph({
          title: 'CPU, top pods',
          description: 'The ten pods with the highest CPU usage.',
          unit: 'cores',
          queries: [{ legend: LEGEND, expr: top(sumBy(POD, rate(`pod_cpu_usage_seconds_total{${CHOSEN}}`))) }],
        }),
        graph({
          title: 'Memory, top pods',
          description: 'The ten pods with the largest working set.',
          unit: 'bytes',
          queries: [{ legend: LEGEND, expr: top(sumBy(POD, `pod_memory_working_set_bytes{${CHOSEN}}`)) }],
        }),
        table({
          title: 'Pods',
          description: 'Usage of each pod of the node.',
          row: {
            label: 'pod',
            name: 'Pod',
            link: linkTo('pod', ['namespace', '${__data.fields.namespace}'], ['pod', '${__value.text}']),
          },
          columns: [
            { name: 'CPU', unit: 'cores', expr: sumBy(POD, rate(`pod_cpu_usage_seconds_total{${CHOSEN}}`)) },
            { name: 'Memory', unit: 'bytes', expr: sumBy(POD, `pod_memory_working_set_bytes{${CHOSEN}}`) },
            { name: 'Received', unit: 'binBps', expr: sumBy(POD, rate(`pod_network_receive_bytes_total{${CHOSEN}}`)) },
            { name: 'Sent', unit: 'binBps', expr: sumBy(POD, rate(`pod_network_transmit_bytes_total{${CHOSEN}}`)) },
            { name: 'Threads', unit: 'short', expr: sumBy(POD, `pod_threads{${CHOSEN}}`) },
          ],
        }),
      ],
    },
    {
      title: 'Node',
      panels: [
        graph({
          title: 'CPU by slice',
          description: 'CPU usage of the pods and of the system slices.',
          unit: 'cores',
          queries: [
            {
              legend: '{{cgroup}}',
              expr: top(sumBy('cgroup', rate(`cgroup_cpu_usage_seconds_total{${CHOSEN},cgroup!="/"}`))),
            },
          ],
        }),
        graph({
          title: 'Memory by slice',
          description: 'Working set of the pods and of the system slices.',
          unit: 'bytes',
          queries: [{ legend: '{{cgroup}}', expr: top(sumBy('cgroup', `cgroup_memory_working_set_bytes{${CHOSEN}}`)) }],
        }),
        graph({
          title: 'Pressure',
          description:
            'Share of time in which at least one task of the node waited (PSI some). Absent if the kernel has no PSI.',
          unit: 'percentunit',
          queries: ['cpu', 'memory', 'io'].map((resource) => ({
            legend: `{{node}} ${resource}`,
            expr: sumBy('node', rate(`cgroup_pressure_${resource}_waiting_seconds_total{${CHOSEN},cgroup="/"}`)),
          })),
        }),
        graph({
          title: 'Disk utilization',
          description:
            'Share of time in which the disk had I/O in flight. A disk that is always busy delays all pods that use it.',
          unit: 'percentunit',
          queries: [
            {
              legend: '{{node}} {{device}}',
              expr: sumBy('node, device', rate(`machine_disk_io_time_seconds_total{${CHOSEN}}`)),
            },
          ],
        }),
        graph({
          title: 'File systems',
          description: 'Share of the space in use; space reserved for root counts as used.',
          unit: 'percentunit',
          queries: [
            {
              legend: '{{node}} {{mountpoint}}',
              expr: `1 - max by (node, mountpoint) (machine_filesystem_avail_bytes{${CHOSEN}}) / max by (node, mountpoint) (machine_filesystem_size_bytes{${CHOSEN}})`,
            },
          ],
          thresholds: [0.8, 0.9],
        }),
      ],
    },
  ],
};
