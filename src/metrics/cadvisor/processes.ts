import type { CadvisorFamily } from './family.ts';

/** Processes and threads, what they have open, and what they waited for. */
export const cadvisorProcesses: readonly CadvisorFamily[] = [
  {
    name: 'container_processes',
    type: 'gauge',
    help: 'Processes in the cgroup itself, excluding descendants.',
    from: [{ row: 'processes', zero: 0 }],
  },
  {
    name: 'container_threads',
    type: 'gauge',
    help: 'Threads, including the main threads of processes.',
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
    help: 'Time during which at least one task was stalled on CPU.',
    from: [{ row: 'pressure_cpu_waiting_seconds_total' }],
  },
  {
    name: 'container_pressure_cpu_stalled_seconds_total',
    type: 'counter',
    help: 'Time during which all non-idle tasks were stalled on CPU.',
    from: [{ row: 'pressure_cpu_stalled_seconds_total' }],
  },
  {
    name: 'container_pressure_memory_waiting_seconds_total',
    type: 'counter',
    help: 'Time during which at least one task was stalled on memory.',
    from: [{ row: 'pressure_memory_waiting_seconds_total' }],
  },
  {
    name: 'container_pressure_memory_stalled_seconds_total',
    type: 'counter',
    help: 'Time during which all non-idle tasks were stalled on memory.',
    from: [{ row: 'pressure_memory_stalled_seconds_total' }],
  },
  {
    name: 'container_pressure_io_waiting_seconds_total',
    type: 'counter',
    help: 'Time during which at least one task was stalled on I/O.',
    from: [{ row: 'pressure_io_waiting_seconds_total' }],
  },
  {
    name: 'container_pressure_io_stalled_seconds_total',
    type: 'counter',
    help: 'Time during which all non-idle tasks were stalled on I/O.',
    from: [{ row: 'pressure_io_stalled_seconds_total' }],
  },
];
