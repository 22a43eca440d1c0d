import { repeat } from './repeat.ts';
import type { CadvisorFamily } from './family.ts';

/** Block I/O by device; the label is the path below `/dev`. */
export const cadvisorIo: readonly CadvisorFamily[] = [
  repeat('fs_reads_bytes_total', { disk: { key: 'readBytes' } }),
  repeat('fs_writes_bytes_total', { disk: { key: 'writtenBytes' } }),
  repeat('fs_reads_total', { disk: { key: 'reads' } }),
  repeat('fs_writes_total', { disk: { key: 'writes' } }),
  ...(
    [
      ['reads_merged_total', 'counter', 'Reads merged with adjacent reads.', { key: 'readsMerged' }],
      ['writes_merged_total', 'counter', 'Writes merged with adjacent writes.', { key: 'writesMerged' }],
      ['sector_reads_total', 'counter', 'Sectors of 512 bytes read.', { key: 'readSectors' }],
      ['sector_writes_total', 'counter', 'Sectors of 512 bytes written.', { key: 'writtenSectors' }],
      ['read_seconds_total', 'counter', 'Time spent reading.', { key: 'readMilliseconds', divisor: 1000 }],
      ['write_seconds_total', 'counter', 'Time spent writing.', { key: 'writeMilliseconds', divisor: 1000 }],
      ['io_current', 'gauge', 'I/O operations in progress.', { key: 'inFlight' }],
      [
        'io_time_seconds_total',
        'counter',
        'Time during which I/O operations were in progress.',
        { key: 'busyMilliseconds', divisor: 1000 },
      ],
      [
        'io_time_weighted_seconds_total',
        'counter',
        'Time during which I/O operations were in progress, weighted by their number.',
        { key: 'weightedMilliseconds', divisor: 1000 },
      ],
    ] as const
  ).map(([name, type, help, disk]): CadvisorFamily => ({
    name: `container_fs_${name}`,
    type,
    help: `${help.slice(0, -1)}, on the whole machine.`,
    by: ['device'],
    from: [{ disk }],
  })),
  ...(
    [
      ['usage_bytes', 'used', "Space in use of the node's file system."],
      ['limit_bytes', 'size', "Size of the node's file system."],
      ['inodes_total', 'files', "Inodes of the node's file system."],
      ['inodes_free', 'filesFree', "Inodes of the node's file system that are free."],
    ] as const
  ).map(([name, filesystem, help]): CadvisorFamily => ({
    name: `container_fs_${name}`,
    type: 'gauge',
    help,
    by: ['device'],
    from: [{ filesystem }],
  })),
  {
    name: 'container_fs_io_cost_usage_seconds_total',
    type: 'counter',
    help: 'Device time used, as estimated by the iocost model.',
    by: ['device'],
    from: [{ row: 'io_cost_usage_seconds_total' }],
  },
  {
    name: 'container_fs_io_cost_wait_seconds_total',
    type: 'counter',
    help: 'Time that I/O was throttled by iocost.',
    by: ['device'],
    from: [{ row: 'io_cost_wait_seconds_total' }],
  },
  {
    name: 'container_fs_io_cost_indebt_seconds_total',
    type: 'counter',
    help: 'Device time used in debt, as estimated by the iocost model.',
    by: ['device'],
    from: [{ row: 'io_cost_indebt_seconds_total' }],
  },
  {
    name: 'container_fs_io_cost_indelay_seconds_total',
    type: 'counter',
    help: 'Time that processes were delayed by iocost to repay debt.',
    by: ['device'],
    from: [{ row: 'io_cost_indelay_seconds_total' }],
  },
  {
    name: 'container_blkio_device_usage_total',
    type: 'counter',
    help: 'Bytes transferred to and from the block device, by operation.',
    by: ['operation', 'device', 'major', 'minor'],
    from: [
      { labels: ['Read'], row: 'fs_reads_bytes_total' },
      { labels: ['Write'], row: 'fs_writes_bytes_total' },
      { labels: ['Sync'], row: 'blkio_sync_bytes_total' },
      { labels: ['Async'], row: 'blkio_async_bytes_total' },
      { labels: ['Discard'], row: 'fs_discards_bytes_total' },
      { labels: ['Total'], row: 'blkio_all_bytes_total' },
    ],
  },
];
