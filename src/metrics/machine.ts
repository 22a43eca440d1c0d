import type { Collector, TableRow } from './row.ts';

const rows = [
  {
    table: 'machine',
    key: 'cores',
    name: 'machine_cpu_cores',
    type: 'gauge',
    help: 'Online CPUs, including hyper-threads.',
  },
  {
    table: 'machine',
    key: 'memory',
    name: 'machine_memory_bytes',
    type: 'gauge',
    help: 'Memory usable by the kernel.',
  },
  { table: 'machine', key: 'swap', name: 'machine_swap_bytes', type: 'gauge', help: 'Total swap space.' },
  {
    table: 'machine_info',
    key: 'one',
    name: 'machine_info',
    type: 'gauge',
    help: 'Information about the machine; always 1.',
    by: ['kernel_version', 'os_image', 'boot_id'],
  },
] as const satisfies readonly TableRow[];

/** https://docs.kernel.org/filesystems/proc.html */
export const machine = {
  name: 'machine',
  about: 'CPUs, memory, swap and identity of the node.',
  enabled: true,
  nodeWide: true,
  tables: rows,
} as const satisfies Collector;
