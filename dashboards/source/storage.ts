import { fullIn, NOT_MEASURED, OF_SPACE } from './columns.ts';
import type { Page, Row } from './dashboards.ts';
import { exportersOfPods } from './exporters.ts';
import { graph } from './graph.ts';
import { ROW, SERIES } from './links.ts';
import { nodeDisks, READ_ONLY } from './node-disks.ts';
import { EXPORTER, fullVolumes, maxBy, secondsUntilFull, sumBy, topRates, volumeUsed, VOLUME } from './queries.ts';
import { stat } from './stat.ts';
import { table } from './table.ts';
import type { Key } from './table.ts';

const NODES = `${EXPORTER},node=~"$node"`;
const CHOSEN = `${NODES},namespace=~"$namespace"`;

function of(name: string): string {
  return `pod_volume_${name}{${CHOSEN}}`;
}

const KEYS: readonly Key[] = [
  { label: 'pod', name: 'Pod', link: ROW.pod, width: 180 },
  { label: 'namespace', name: 'Namespace', link: ROW.namespace },
  { label: 'volume', name: 'Volume', width: 120 },
  { label: 'persistentvolumeclaim', name: 'Claim', width: 160, isLast: true },
  { label: 'node', name: 'Node', link: ROW.node, width: 160, isLast: true },
];

const used = {
  name: 'Used',
  unit: 'percentunit',
  decimals: 0,
  bar: true,
  thresholds: OF_SPACE,
  expr: volumeUsed(CHOSEN),
} as const;

const untilFull = `min by (${VOLUME}) (${secondsUntilFull(of('available_bytes'))})`;

const available = {
  name: 'Available',
  unit: 'bytes',
  decimals: 1,
  expr: maxBy(VOLUME, of('available_bytes')),
} as const;

const now: Row = {
  title: 'Now',
  panels: [
    exportersOfPods(CHOSEN),
    stat({
      title: 'Volumes',
      description: 'Volumes of pods.',
      unit: 'short',
      expr: `count(${of('info')})`,
      noValue: NOT_MEASURED,
    }),
    stat({
      title: 'Fullest volume',
      description: 'Share of the space in use of the fullest volume that is not read-only.',
      unit: 'percentunit',
      decimals: 0,
      expr: `max(${volumeUsed(CHOSEN)} unless on (${VOLUME}) ${of('readonly')} == 1)`,
      thresholds: OF_SPACE,
      noValue: NOT_MEASURED,
    }),
    stat({
      title: 'Nearly full',
      description: 'Volumes with more than 85 % of their space in use. Read-only volumes do not count.',
      unit: 'short',
      expr: `count(${fullVolumes(CHOSEN)}) or count(${of('capacity_bytes')}) * 0`,
      thresholds: [1, 5],
      noValue: NOT_MEASURED,
    }),
    stat({
      title: 'Full in 4 days',
      description:
        'Volumes that are full within four days at the rate of the last six hours, and whose space still shrinks. A volume counts after two hours.',
      unit: 'short',
      expr: `count(${secondsUntilFull(of('available_bytes'))} < 4 * 86400) or count(${of('available_bytes')}) * 0`,
      thresholds: [1, 5],
      noValue: NOT_MEASURED,
    }),
    stat({
      title: 'Stuck volumes',
      description: 'Volumes whose file system does not respond. Processes that access them hang.',
      unit: 'short',
      expr: `sum(${of('stuck')})`,
      thresholds: [1, 1],
      noValue: NOT_MEASURED,
    }),
  ],
};

const volumes: Row = {
  title: 'Volumes',
  panels: [
    table({
      title: 'Volumes that fill up',
      description:
        'Time until the volume is full at the rate of the last six hours, soonest first. A volume is listed after two hours, while its space shrinks and would last for less than 30 days.',
      keys: KEYS,
      columns: [
        fullIn(untilFull),
        { ...used, expr: `${used.expr} and on (${VOLUME}) ${untilFull}` },
        { ...available, expr: `${available.expr} and on (${VOLUME}) ${untilFull}` },
      ],
      sort: [{ name: 'Full in', ascending: true }],
      noValue: 'No volume fills up, or not measured: deploy/components/volumes',
      height: 8,
    }),
    table({
      title: 'Volumes',
      description: 'Share of bytes and inodes in use, the fullest first.',
      keys: KEYS,
      columns: [
        used,
        available,
        { name: 'Capacity', unit: 'bytes', decimals: 1, expr: maxBy(VOLUME, of('capacity_bytes')) },
        {
          name: 'Inodes used',
          unit: 'percentunit',
          decimals: 0,
          bar: true,
          thresholds: OF_SPACE,
          expr: maxBy(VOLUME, `${of('inodes_used')} / (${of('inodes')} > 0)`),
        },
        { name: 'Read-only', unit: 'short', expr: maxBy(VOLUME, of('readonly')), states: READ_ONLY },
        {
          name: 'Stuck',
          unit: 'short',
          expr: maxBy(VOLUME, of('stuck')),
          states: [
            { text: 'no', color: 'transparent' },
            { text: 'yes', color: 'red' },
          ],
        },
      ],
      sort: ['Used'],
      noValue: NOT_MEASURED,
    }),
  ],
};

function topPods(title: string, description: string, unit: 'binBps' | 'iops', name: string): ReturnType<typeof graph> {
  return graph({
    title,
    description,
    unit,
    queries: [
      {
        legend: '{{namespace}}/{{pod}} {{device}}',
        expr: topRates('namespace, pod, device', `pod_fs_${name}_total{${CHOSEN}}`),
      },
    ],
    links: [SERIES.pod],
    noValue: 'No I/O on block devices',
  });
}

const io: Row = {
  title: 'I/O of pods',
  panels: [
    topPods('Top readers', 'Bytes read from block devices, by pod and device.', 'binBps', 'reads_bytes'),
    topPods('Top writers', 'Bytes written to block devices, by pod and device.', 'binBps', 'writes_bytes'),
    topPods('Most read operations', 'Read operations on block devices, by pod and device.', 'iops', 'reads'),
    topPods('Most write operations', 'Write operations on block devices, by pod and device.', 'iops', 'writes'),
    graph({
      title: 'Ephemeral storage by namespace',
      description: 'Disk usage of writable layers, logs and emptyDir volumes.',
      unit: 'bytes',
      queries: [
        {
          legend: '{{namespace}} containers',
          expr: sumBy('namespace', `container_ephemeral_storage_bytes{${CHOSEN}}`),
        },
        { legend: '{{namespace}} emptyDir', expr: sumBy('namespace', `pod_ephemeral_storage_bytes{${CHOSEN}}`) },
      ],
      links: [SERIES.namespace],
      stacked: true,
      span: 24,
      noValue: 'Not measured: --collector.ephemeral-storage',
    }),
  ],
};

/** Volumes and disks: free space, latency and mounts that do not respond. */
export const storage: Page = {
  name: 'storage',
  title: 'Storage',
  description: 'Volumes of pods and disks of nodes: free space, latency and mounts that do not respond.',
  variables: ['node', 'namespace'],
  rows: [now, volumes, io, nodeDisks(NODES)],
};
