import type { Collector, TableRow } from './row.ts';

const BY = ['device'] as const;

const rows = [
  {
    table: 'disk',
    key: 'reads',
    name: 'machine_disk_reads_completed_total',
    type: 'counter',
    help: 'Reads completed by the device.',
    by: BY,
  },
  {
    table: 'disk',
    key: 'readBytes',
    name: 'machine_disk_read_bytes_total',
    type: 'counter',
    help: 'Bytes read from the device.',
    by: BY,
  },
  {
    table: 'disk',
    key: 'readMilliseconds',
    divisor: 1000,
    name: 'machine_disk_read_time_seconds_total',
    type: 'counter',
    help: 'Time spent on reads, summed over concurrent reads.',
    by: BY,
  },
  {
    table: 'disk',
    key: 'writes',
    name: 'machine_disk_writes_completed_total',
    type: 'counter',
    help: 'Writes completed by the device.',
    by: BY,
  },
  {
    table: 'disk',
    key: 'writtenBytes',
    name: 'machine_disk_written_bytes_total',
    type: 'counter',
    help: 'Bytes written to the device.',
    by: BY,
  },
  {
    table: 'disk',
    key: 'writeMilliseconds',
    divisor: 1000,
    name: 'machine_disk_write_time_seconds_total',
    type: 'counter',
    help: 'Time spent on writes, summed over concurrent writes.',
    by: BY,
  },
  {
    table: 'disk',
    key: 'inFlight',
    name: 'machine_disk_io_now',
    type: 'gauge',
    help: 'I/O operations in progress.',
    by: BY,
  },
  {
    table: 'disk',
    key: 'busyMilliseconds',
    divisor: 1000,
    name: 'machine_disk_io_time_seconds_total',
    type: 'counter',
    help: 'Time during which I/O was in progress.',
    by: BY,
  },
  {
    table: 'disk',
    key: 'weightedMilliseconds',
    divisor: 1000,
    name: 'machine_disk_io_time_weighted_seconds_total',
    type: 'counter',
    help: 'Time during which I/O was in progress, weighted by the number of operations in progress.',
    by: BY,
  },
] as const satisfies readonly TableRow[];

/** https://docs.kernel.org/admin-guide/iostats.html */
export const disk = {
  name: 'disk',
  about: "I/O of the node's block devices.",
  enabled: true,
  nodeWide: true,
  tables: rows,
} as const satisfies Collector;
