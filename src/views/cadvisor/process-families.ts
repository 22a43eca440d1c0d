import { repeat } from './repeat.ts';
import type { CadvisorFamily } from './family.ts';

/** Processes and threads, what they have open, and what they waited for. */
export const cadvisorProcesses: readonly CadvisorFamily[] = [
  repeat('processes', { zero: 0 }),
  repeat('threads', { zero: 0 }),
  {
    name: 'container_threads_max',
    type: 'gauge',
    help: 'Limit of threads, 0 without one.',
    from: [{ row: 'spec_threads_max', zero: 0 }],
  },
  {
    name: 'container_file_descriptors',
    type: 'gauge',
    help: 'Descriptors that the processes in the cgroup itself have open.',
    from: [{ row: 'open_descriptors', zero: 0 }],
  },
  {
    name: 'container_sockets',
    type: 'gauge',
    help: 'Sockets that the processes in the cgroup itself have open, where we may see them.',
    from: [{ row: 'open_sockets', zero: 0 }],
  },
  {
    name: 'container_ulimits_soft',
    type: 'gauge',
    help: 'Soft limit of the first process, -1 without one.',
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
