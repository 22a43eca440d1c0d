import type { Page } from './dashboards.ts';
import { graph, stat, table } from './panels.ts';
import { CLUSTER, rate, sumBy, top } from './queries.ts';

const CHOSEN = `${CLUSTER},node=~"$node",namespace=~"$namespace"`;
const VOLUME = 'namespace, pod, volume, persistentvolumeclaim';
const LEGEND = '{{namespace}}/{{pod}} {{volume}} {{persistentvolumeclaim}}';

/** Volumes and disks: what fills up, what is slow, what does not answer. */
export const storage: Page = {
  name: 'storage',
  title: 'Storage',
  description: 'Volumes of pods and disks of nodes: what fills up, what is slow, what does not answer.',
  variables: ['node', 'namespace'],
  rows: [
    {
      title: 'Now',
      panels: [
        stat({
          title: 'Volumes',
          description: 'Volumes of pods that are measured.',
          unit: 'short',
          expr: `count(pod_volume_info{${CHOSEN}})`,
        }),
        stat({
          title: 'Do not answer',
          description: 'Volumes whose file system does not answer. Whatever touches them hangs.',
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
          title: 'Full in four days',
          description:
            'Bytes that are left in four days if it goes on as in the last six hours; at zero the volume is full.',
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
      title: 'Input and output',
      panels: [
        graph({
          title: 'Largest readers',
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
          title: 'Largest writers',
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
          title: 'Time of a read',
          description: 'Mean time from the request to its end, by disk.',
          unit: 's',
          queries: [
            {
              legend: '{{node}} {{device}}',
              expr: `${sumBy('node, device', rate(`machine_disk_read_time_seconds_total{${CLUSTER},node=~"$node"}`))} / ${sumBy('node, device', rate(`machine_disk_reads_completed_total{${CLUSTER},node=~"$node"}`))}`,
            },
          ],
        }),
        graph({
          title: 'Time of a write',
          description: 'Mean time from the request to its end, by disk.',
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
