import type { Collector, TableRow } from './row.ts';

const BY = ['device', 'mountpoint', 'fstype'] as const;

const rows = (
  [
    ['size', 'size_bytes', 'Size of the file system.'],
    ['free', 'free_bytes', 'Free space, including space reserved for root.'],
    ['available', 'avail_bytes', 'Space available to unprivileged users.'],
    ['files', 'files', 'Total inodes of the file system.'],
    ['filesFree', 'files_free', 'Free inodes of the file system.'],
    ['readonly', 'readonly', 'Whether the file system is read-only, by its mount or after an error.'],
    ['deviceError', 'device_error', 'Whether statfs on the file system failed or has not returned.'],
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
