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

/** What the kubelet always gives as 0, with the value of its label. */
export const machineZeros = [
  {
    name: 'machine_nvm_capacity',
    type: 'gauge',
    help: 'Always 0: the kubelet does not look for non-volatile memory.',
    label: 'mode',
    values: ['memory_mode', 'app_direct_mode'],
  },
  {
    name: 'machine_nvm_avg_power_budget_watts',
    type: 'gauge',
    help: 'Always 0: the kubelet does not look for the power budget of non-volatile memory.',
    label: '',
    values: [''],
  },
] as const;

/** About the answer and what gives it. */
export const versionInfo = {
  name: 'cadvisor_version_info',
  type: 'gauge',
  help: 'What answers in place of cAdvisor, and on what; always 1.',
} as const;

export const scrapeErrors = {
  container: {
    name: 'container_scrape_error',
    type: 'gauge',
    help: 'Whether some of the cgroups could not be read in time.',
  },
  machine: {
    name: 'machine_scrape_error',
    type: 'gauge',
    help: 'Whether the machine could not be looked at in time.',
  },
} as const;
