import { bar, bytes, fullIn, OF_SPACE, percent } from './columns.ts';
import { fileSystemUsed } from './cluster-nodes.ts';
import type { Row } from './dashboards.ts';
import { graph } from './graph.ts';
import { ROW, SERIES } from './links.ts';
import type { Query } from './panel.ts';
import { maxBy, rate, secondsUntilFull, share, sumBy } from './queries.ts';
import { table } from './table.ts';

const MOUNT = 'node, mountpoint';
const DISK = 'node, device';
const LEGEND = '{{node}} {{device}}';

/** Texts of the column of read-only file systems. */
export const READ_ONLY = [
  { text: 'no', color: 'transparent' },
  { text: 'yes', color: 'yellow' },
] as const;

/** File systems of nodes, the fullest first. */
function fileSystems(selector: string): ReturnType<typeof table> {
  const of = (name: string): string => `machine_filesystem_${name}{${selector}}`;
  return table({
    title: 'File systems',
    description:
      'Share of bytes and inodes in use, and the time until the file system is full at the rate of the last six hours, known after two hours, if it shrinks and lasts for less than 30 days. The kernel mounts a file system read-only after an error.',
    keys: [
      { label: 'mountpoint', name: 'Mount point', width: 200 },
      { label: 'node', name: 'Node', link: ROW.node, width: 160, isLast: true },
    ],
    columns: [
      bar('Used', fileSystemUsed(selector), OF_SPACE),
      bytes('Available', maxBy(MOUNT, of('avail_bytes'))),
      bytes('Size', maxBy(MOUNT, of('size_bytes'))),
      percent('Inodes used', `1 - ${maxBy(MOUNT, of('files_free'))} / (${maxBy(MOUNT, of('files'))} > 0)`, OF_SPACE),
      fullIn(`min by (${MOUNT}) (${secondsUntilFull(of('avail_bytes'))})`),
      { name: 'Read-only', unit: 'short', expr: maxBy(MOUNT, of('readonly')), states: READ_ONLY },
    ],
    sort: ['Used'],
    noValue: 'Not measured: --collector.filesystem',
  });
}

/** Disks and file systems of the nodes that `selector` selects. */
export function nodeDisks(selector: string): Row {
  const of = (name: string): string => sumBy(DISK, rate(`machine_disk_${name}_total{${selector}}`));
  return {
    title: 'Disks and file systems',
    panels: [
      fileSystems(selector),
      disk({
        title: 'Disk utilization',
        description:
          'Share of time in which the disk had I/O in flight. A disk that is always busy delays all pods that use it.',
        unit: 'percentunit',
        queries: [{ legend: LEGEND, expr: of('io_time_seconds') }],
      }),
      disk({
        title: 'Disk latency',
        description: 'Mean time from submission to completion. It is absent while the disk is idle.',
        unit: 's',
        queries: both(
          share(of('read_time_seconds'), of('reads_completed')),
          share(of('write_time_seconds'), of('writes_completed')),
        ),
      }),
      disk({
        title: 'Disk throughput',
        description: 'Bytes read from and written to the disk.',
        unit: 'binBps',
        queries: both(of('read_bytes'), of('written_bytes')),
      }),
      disk({
        title: 'Disk operations',
        description: 'Completed reads and writes of the disk.',
        unit: 'iops',
        queries: both(of('reads_completed'), of('writes_completed')),
      }),
    ],
  };
}

function disk(given: Parameters<typeof graph>[0]): ReturnType<typeof graph> {
  return graph({ links: [SERIES.node], noValue: 'No disk, or no I/O', ...given });
}

function both(read: string, written: string): readonly Query[] {
  return [
    { legend: `${LEGEND} read`, expr: read },
    { legend: `${LEGEND} written`, expr: written },
  ];
}
