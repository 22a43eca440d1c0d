import { repeat } from './repeat.ts';
import type { CadvisorFamily } from './family.ts';

/** Block I/O by device; a device is called by its path below `/dev`. */
export const cadvisorIo: readonly CadvisorFamily[] = [
  repeat('fs_reads_bytes_total', { disk: { key: 'readBytes' } }),
  repeat('fs_writes_bytes_total', { disk: { key: 'writtenBytes' } }),
  repeat('fs_reads_total', { disk: { key: 'reads' } }),
  repeat('fs_writes_total', { disk: { key: 'writes' } }),
  ...(
    [
      ['reads_merged_total', 'counter', 'Reads that were merged with others.', { key: 'readsMerged' }],
      ['writes_merged_total', 'counter', 'Writes that were merged with others.', { key: 'writesMerged' }],
      ['sector_reads_total', 'counter', 'Sectors of 512 bytes read.', { key: 'readSectors' }],
      ['sector_writes_total', 'counter', 'Sectors of 512 bytes written.', { key: 'writtenSectors' }],
      ['read_seconds_total', 'counter', 'Time that reads took.', { key: 'readMilliseconds', divisor: 1000 }],
      ['write_seconds_total', 'counter', 'Time that writes took.', { key: 'writeMilliseconds', divisor: 1000 }],
      ['io_current', 'gauge', 'Operations under way.', { key: 'underWay' }],
      [
        'io_time_seconds_total',
        'counter',
        'Time with operations under way.',
        { key: 'busyMilliseconds', divisor: 1000 },
      ],
      [
        'io_time_weighted_seconds_total',
        'counter',
        'Time with operations under way, times how many there were.',
        { key: 'weightedMilliseconds', divisor: 1000 },
      ],
    ] as const
  ).map(([name, type, help, disk]): CadvisorFamily => ({
    name: `container_fs_${name}`,
    type,
    help: `${help.slice(0, -1)}, of the whole machine.`,
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
    help: 'Time of the block device that was used, by the model of iocost.',
    by: ['device'],
    from: [{ row: 'io_cost_usage_seconds_total' }],
  },
  {
    name: 'container_fs_io_cost_wait_seconds_total',
    type: 'counter',
    help: 'Time for which iocost made I/O wait.',
    by: ['device'],
    from: [{ row: 'io_cost_wait_seconds_total' }],
  },
  {
    name: 'container_fs_io_cost_indebt_seconds_total',
    type: 'counter',
    help: 'Time of the block device that was used on credit, by the model of iocost.',
    by: ['device'],
    from: [{ row: 'io_cost_indebt_seconds_total' }],
  },
  {
    name: 'container_fs_io_cost_indelay_seconds_total',
    type: 'counter',
    help: 'Time for which iocost delayed processes to make them pay what they owe.',
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
