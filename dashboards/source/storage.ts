import type { Page } from './dashboards.ts';
import { graph, stat, table } from './panels.ts';
import { CLUSTER, rate, sumBy, top } from './queries.ts';

const CHOSEN = `${CLUSTER},node=~"$node",namespace=~"$namespace"`;
const VOLUME = 'namespace, pod, volume, persistentvolumeclaim';
const LEGEND = '{{namespace}}/{{pod}} {{volume}} {{persistentvolumeclaim}}';

/** Volumes and disks: free space, latency and mounts that do not respond. */
export const storage: Page = {
  name: 'storage',
  title: 'Storage',
  description: 'Volumes of pods and disks of nodes: free space, latency and mounts that do not respond.',
  variables: ['node', 'namespace'],
  rows: [
    {
      title: 'Now',
      panels: [
        stat({
          title: 'Volumes',
          description: 'Volumes of pods.',
          unit: 'short',
          expr: `count(pod_volume_info{${CHOSEN}})`,
        }),
        stat({
          title: 'Stuck volumes',
          description: 'Volumes whose file system does not respond. Processes that access them hang.',
          unit: 'short',
          expr: `sum(pod_volume_stuck{${CHOSEN}})`,
          thresholds: [1, 1],
        }),
      ],
    },
    {
      title: 'Volumes',
      panels: [
        table({
          title: 'Fullest volumes',
          description: 'Share of bytes and inodes in use.',
          row: { label: 'volume', name: 'Volume' },
          columns: [
            {
              name: 'Bytes used',
              unit: 'percentunit',
              expr: top(`max by (${VOLUME}) (pod_volume_used_bytes{${CHOSEN}} / pod_volume_capacity_bytes{${CHOSEN}})`),
            },
            {
              name: 'Inodes used',
              unit: 'percentunit',
              expr: `max by (${VOLUME}) (pod_volume_inodes_used{${CHOSEN}} / pod_volume_inodes{${CHOSEN}})`,
            },
            { name: 'Capacity', unit: 'bytes', expr: `max by (${VOLUME}) (pod_volume_capacity_bytes{${CHOSEN}})` },
          ],
        }),
        graph({
          title: 'Free space in four days',
          description: 'Space left in four days, extrapolated from the last six hours. At zero the volume is full.',
          unit: 'bytes',
          queries: [
            {
              legend: LEGEND,
              expr: `bottomk(10, max by (${VOLUME}) (predict_linear(pod_volume_available_bytes{${CHOSEN}}[6h], 4 * 24 * 3600)))`,
            },
          ],
          span: 24,
        }),
      ],
    },
    {
      title: 'I/O',
      panels: [
        graph({
          title: 'Top readers',
          description: 'Bytes read from block devices, by pod and device.',
          unit: 'binBps',
          queries: [
            {
              legend: '{{namespace}}/{{pod}} {{device}}',
              expr: top(sumBy('namespace, pod, device', rate(`pod_fs_reads_bytes_total{${CHOSEN}}`))),
            },
          ],
        }),
        graph({
          title: 'Top writers',
          description: 'Bytes written to block devices, by pod and device.',
          unit: 'binBps',
          queries: [
            {
              legend: '{{namespace}}/{{pod}} {{device}}',
              expr: top(sumBy('namespace, pod, device', rate(`pod_fs_writes_bytes_total{${CHOSEN}}`))),
            },
          ],
        }),
        graph({
          title: 'Read latency',
          description: 'Mean time from submission to completion, by disk.',
          unit: 's',
          queries: [
            {
              legend: '{{node}} {{device}}',
              expr: `${sumBy('node, device', rate(`machine_disk_read_time_seconds_total{${CLUSTER},node=~"$node"}`))} / ${sumBy('node, device', rate(`machine_disk_reads_completed_total{${CLUSTER},node=~"$node"}`))}`,
            },
          ],
        }),
        graph({
          title: 'Write latency',
          description: 'Mean time from submission to completion, by disk.',
          unit: 's',
          queries: [
            {
              legend: '{{node}} {{device}}',
              expr: `${sumBy('node, device', rate(`machine_disk_write_time_seconds_total{${CLUSTER},node=~"$node"}`))} / ${sumBy('node, device', rate(`machine_disk_writes_completed_total{${CLUSTER},node=~"$node"}`))}`,
            },
          ],
        }),
      ],
    },
  ],
};
