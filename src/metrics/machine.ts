import type { Collector, TableRow } from './row.ts';

const rows = [
  {
    table: 'machine',
    key: 'cores',
    name: 'machine_cpu_cores',
    type: 'gauge',
    help: 'CPUs that are online, as the scheduler counts them.',
  },
  {
    table: 'machine',
    key: 'memory',
    name: 'machine_memory_bytes',
    type: 'gauge',
    help: 'Memory that the kernel can use.',
  },
  { table: 'machine', key: 'swap', name: 'machine_swap_bytes', type: 'gauge', help: 'Swap space.' },
  {
    table: 'machine_info',
    key: 'one',
    name: 'machine_info',
    type: 'gauge',
    help: 'What the machine runs; always 1.',
    by: ['kernel_version', 'os_image', 'boot_id'],
  },
] as const satisfies readonly TableRow[];

/** https://docs.kernel.org/filesystems/proc.html */
export const machine = {
  name: 'machine',
  about: 'What the node has, and what runs on it.',
  enabled: true,
  nodeWide: true,
  tables: rows,
} as const satisfies Collector;
