import type { TableRow } from '../row.ts';

/** The machine, where only `/metrics/cadvisor` shows it. */
export const hardwareRows = [
  {
    table: 'hardware',
    key: 'physicalCores',
    name: 'machine_cpu_physical_cores',
    type: 'gauge',
    help: 'Physical cores.',
  },
  { table: 'hardware', key: 'sockets', name: 'machine_cpu_sockets', type: 'gauge', help: 'Sockets of processors.' },
  { table: 'hardware', key: 'books', name: 'machine_cpu_books', type: 'gauge', help: 'Books of processors, on s390.' },
  {
    table: 'hardware',
    key: 'drawers',
    name: 'machine_cpu_drawers',
    type: 'gauge',
    help: 'Drawers of processors, on s390.',
  },
  {
    table: 'memory_modules',
    key: 'count',
    name: 'machine_dimm_count',
    type: 'gauge',
    help: 'Memory modules by type, where EDAC watches over them.',
    by: ['type'],
  },
  {
    table: 'memory_modules',
    key: 'bytes',
    name: 'machine_dimm_capacity_bytes',
    type: 'gauge',
    help: 'Memory of the modules by type, where EDAC watches over them.',
    by: ['type'],
  },
] as const satisfies readonly TableRow[];
