import type { Collector, TableRow } from './row.ts';

const BY = ['device', 'mountpoint', 'fstype'] as const;

const rows = (
  [
    ['size', 'size_bytes', 'Size of the file system.'],
    ['free', 'free_bytes', 'Space that is free.'],
    ['available', 'avail_bytes', 'Space that is free for others than root.'],
    ['files', 'files', 'Inodes of the file system, used ones included.'],
    ['filesFree', 'files_free', 'Inodes of the file system that are free.'],
    ['readonly', 'readonly', 'Whether the file system is mounted for reading only.'],
    ['deviceError', 'device_error', 'Whether the file system could not be asked, or has not answered.'],
  ] as const
).map(
  ([key, name, help]) =>
    ({ table: 'filesystem', key, name: `machine_filesystem_${name}`, type: 'gauge', help, by: BY }) as const,
) satisfies readonly TableRow[];

/** https://man7.org/linux/man-pages/man2/statfs.2.html */
export const filesystem = {
  name: 'filesystem',
  about: "Space and inodes of the node's file systems.",
  enabled: true,
  nodeWide: true,
  slow: true,
  tables: rows,
} as const satisfies Collector;
