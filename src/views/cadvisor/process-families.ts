import { repeat } from './repeat.ts';
import type { CadvisorFamily } from './family.ts';

/** Processes, threads, open descriptors and pressure. */
export const cadvisorProcesses: readonly CadvisorFamily[] = [
  repeat('processes', { zero: 0 }),
  repeat('threads', { zero: 0 }),
  {
    name: 'container_threads_max',
    type: 'gauge',
    help: 'Maximum number of threads; 0 if unlimited.',
    from: [{ row: 'spec_threads_max', zero: 0 }],
  },
  {
    name: 'container_file_descriptors',
    type: 'gauge',
    help: 'Open file descriptors of the processes in the cgroup itself, excluding descendants.',
    from: [{ row: 'open_descriptors', zero: 0 }],
  },
  {
    name: 'container_sockets',
    type: 'gauge',
    help: 'Open sockets of the processes in the cgroup itself, excluding descendants; requires permission to inspect them.',
    from: [{ row: 'open_sockets', zero: 0 }],
  },
  {
    name: 'container_ulimits_soft',
    type: 'gauge',
    help: 'Soft limit of the first process; -1 if unlimited.',
    by: ['ulimit'],
    from: [{ labels: ['max_open_files'], row: 'descriptor_limit' }],
  },
  repeat('pressure_cpu_waiting_seconds_total'),
  repeat('pressure_cpu_stalled_seconds_total'),
  repeat('pressure_memory_waiting_seconds_total'),
  repeat('pressure_memory_stalled_seconds_total'),
  repeat('pressure_io_waiting_seconds_total'),
  repeat('pressure_io_stalled_seconds_total'),
];
