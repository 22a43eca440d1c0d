import type { CadvisorFamily } from './family.ts';

/** Processes and threads, what they have open, and what they waited for. */
export const cadvisorProcesses: readonly CadvisorFamily[] = [
  {
    name: 'container_processes',
    type: 'gauge',
    help: 'Processes in the cgroup itself.',
    from: [{ row: 'processes', zero: 0 }],
  },
  {
    name: 'container_threads',
    type: 'gauge',
    help: 'Threads.',
    from: [{ row: 'threads', zero: 0 }],
  },
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
  {
    name: 'container_pressure_cpu_waiting_seconds_total',
    type: 'counter',
    help: 'Time in which at least one task waited for CPU time.',
    from: [{ row: 'pressure_cpu_waiting_seconds_total' }],
  },
  {
    name: 'container_pressure_cpu_stalled_seconds_total',
    type: 'counter',
    help: 'Time in which all tasks that could run waited for CPU time at once.',
    from: [{ row: 'pressure_cpu_stalled_seconds_total' }],
  },
  {
    name: 'container_pressure_memory_waiting_seconds_total',
    type: 'counter',
    help: 'Time in which at least one task waited for memory.',
    from: [{ row: 'pressure_memory_waiting_seconds_total' }],
  },
  {
    name: 'container_pressure_memory_stalled_seconds_total',
    type: 'counter',
    help: 'Time in which all tasks that could run waited for memory at once.',
    from: [{ row: 'pressure_memory_stalled_seconds_total' }],
  },
  {
    name: 'container_pressure_io_waiting_seconds_total',
    type: 'counter',
    help: 'Time in which at least one task waited for block I/O.',
    from: [{ row: 'pressure_io_waiting_seconds_total' }],
  },
  {
    name: 'container_pressure_io_stalled_seconds_total',
    type: 'counter',
    help: 'Time in which all tasks that could run waited for block I/O at once.',
    from: [{ row: 'pressure_io_stalled_seconds_total' }],
  },
];
