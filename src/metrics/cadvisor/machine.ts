import type { TableRow } from '../row.ts';

/** Families of the machine that only `/metrics/cadvisor` exports. */
export const hardwareRows = [
  {
    table: 'hardware',
    key: 'physicalCores',
    name: 'machine_cpu_physical_cores',
    type: 'gauge',
    help: 'Physical CPU cores.',
  },
  { table: 'hardware', key: 'sockets', name: 'machine_cpu_sockets', type: 'gauge', help: 'CPU sockets.' },
  { table: 'hardware', key: 'books', name: 'machine_cpu_books', type: 'gauge', help: 'CPU books (s390).' },
  {
    table: 'hardware',
    key: 'drawers',
    name: 'machine_cpu_drawers',
    type: 'gauge',
    help: 'CPU drawers (s390).',
  },
  {
    table: 'memory_modules',
    key: 'count',
    name: 'machine_dimm_count',
    type: 'gauge',
    help: 'Memory modules, by type. Absent without EDAC.',
    by: ['type'],
  },
  {
    table: 'memory_modules',
    key: 'bytes',
    name: 'machine_dimm_capacity_bytes',
    type: 'gauge',
    help: 'Capacity of the memory modules, by type. Absent without EDAC.',
    by: ['type'],
  },
] as const satisfies readonly TableRow[];
