import { fullIn, OF_SPACE } from './columns.ts';
import type { Row } from './dashboards.ts';
import { graph } from './graph.ts';
import { maxBy, PODS, rate, secondsUntilFull, sumBy } from './queries.ts';
import { table } from './table.ts';

const CONTAINERS = `${PODS},container=~"$container"`;
const VOLUME = 'volume, persistentvolumeclaim';
const available = `pod_volume_available_bytes{${PODS}}`;
const capacity = `pod_volume_capacity_bytes{${PODS}}`;

const volumes = table({
  title: 'Volumes',
  description:
    'Share of bytes and inodes in use, and the time until the volume is full at the rate of the last six hours.',
  keys: [
    { label: 'volume', name: 'Volume', width: 160 },
    { label: 'persistentvolumeclaim', name: 'Claim', width: 160, isLast: true },
  ],
  columns: [
    {
      name: 'Used',
      unit: 'percentunit',
      decimals: 0,
      bar: true,
      thresholds: OF_SPACE,
      expr: `1 - ${maxBy(VOLUME, `${available} / (${capacity} > 0)`)}`,
    },
    { name: 'Available', unit: 'bytes', decimals: 1, expr: maxBy(VOLUME, available) },
    { name: 'Capacity', unit: 'bytes', decimals: 1, expr: maxBy(VOLUME, capacity) },
    {
      name: 'Inodes used',
      unit: 'percentunit',
      decimals: 0,
      thresholds: OF_SPACE,
      expr: maxBy(VOLUME, `pod_volume_inodes_used{${PODS}} / (pod_volume_inodes{${PODS}} > 0)`),
    },
    fullIn(`min by (${VOLUME}) (${secondsUntilFull(available)})`),
  ],
  sort: ['Used'],
  noValue: 'No volume, or not measured: deploy/components/volumes',
  height: 6,
});

/** Disks, volumes and threads of one pod. */
export const podDisk: Row = {
  title: 'Disk, volumes and threads',
  panels: [
    volumes,
    graph({
      title: 'Disk by device',
      description: 'Bytes read and written by the selected containers.',
      unit: 'binBps',
      queries: [
        { legend: '{{device}} read', expr: sumBy('device', rate(`container_fs_reads_bytes_total{${CONTAINERS}}`)) },
        { legend: '{{device}} written', expr: sumBy('device', rate(`container_fs_writes_bytes_total{${CONTAINERS}}`)) },
      ],
      span: 8,
      noValue: 'No I/O on block devices',
    }),
    graph({
      title: 'Disk operations',
      description: 'Operations of the selected containers on block devices.',
      unit: 'iops',
      queries: [
        { legend: '{{device}} reads', expr: sumBy('device', rate(`container_fs_reads_total{${CONTAINERS}}`)) },
        { legend: '{{device}} writes', expr: sumBy('device', rate(`container_fs_writes_total{${CONTAINERS}}`)) },
      ],
      span: 8,
      noValue: 'No I/O on block devices',
    }),
    graph({
      title: 'Threads',
      description: 'Threads of each container, its limit, and attempts to start a thread that failed because of it.',
      unit: 'short',
      queries: [
        { legend: '{{container}}', expr: sumBy('container', `container_threads{${CONTAINERS}}`) },
        { legend: '{{container}} limit', expr: sumBy('container', `container_threads_max{${CONTAINERS}}`) },
        {
          legend: '{{container}} failed',
          expr: sumBy(
            'container',
            `round(increase(container_threads_limit_hits_total{${CONTAINERS}}[$__rate_interval])) > 0`,
          ),
        },
      ],
      span: 8,
    }),
  ],
};
