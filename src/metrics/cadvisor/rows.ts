/** Rows that only `/metrics/cadvisor` uses, at all of its levels. */
import type { CgroupRow, Level, ProcessRow } from '../row.ts';

const EVERYWHERE = ['container', 'pod', 'sandbox', 'node'] as const satisfies readonly Level[];

/** Levels whose cgroups have processes of their own. */
const WITH_PROCESSES = ['container', 'sandbox', 'node'] as const satisfies readonly Level[];

const BYTES = ['blkio.throttle.io_service_bytes_recursive', 'blkio.throttle.io_service_bytes'] as const;

/** Limits as set in the kernel; 0 for "no limit" where the kubelet reports 0. */
export const specRows = [
  {
    name: 'spec_cpu_period',
    type: 'gauge',
    help: 'CPU limit enforcement period in microseconds.',
    levels: EVERYWHERE,
    from: { v1: { file: 'cpu.cfs_period_us' }, v2: { file: 'cpu.max', key: '1' } },
  },
  {
    name: 'spec_cpu_quota',
    type: 'gauge',
    help: 'CPU time in microseconds available per enforcement period.',
    levels: EVERYWHERE,
    from: { v1: { file: 'cpu.cfs_quota_us' }, v2: { file: 'cpu.max' } },
  },
  {
    name: 'spec_memory_limit_bytes',
    type: 'gauge',
    help: 'Memory limit; 0 if unlimited.',
    levels: EVERYWHERE,
    from: { v1: { file: 'memory.limit_in_bytes', unlimited: 0 }, v2: { file: 'memory.max', unlimited: 0 } },
  },
  {
    name: 'spec_memory_swap_limit_bytes',
    type: 'gauge',
    help: 'Swap limit; on v1 the limit of memory plus swap. 0 if unlimited.',
    levels: EVERYWHERE,
    from: { v1: { file: 'memory.memsw.limit_in_bytes', unlimited: 0 }, v2: { file: 'memory.swap.max', unlimited: 0 } },
  },
  {
    name: 'spec_memory_reservation_limit_bytes',
    type: 'gauge',
    help: 'Soft memory limit on v1, memory protected from reclaim on v2; 0 if unlimited.',
    levels: EVERYWHERE,
    from: { v1: { file: 'memory.soft_limit_in_bytes', unlimited: 0 }, v2: { file: 'memory.min', unlimited: 0 } },
  },
  {
    name: 'spec_threads_max',
    type: 'gauge',
    help: 'Maximum number of threads, 0 if unlimited.',
    levels: EVERYWHERE,
    from: { v1: { file: 'pids.max', unlimited: 0 }, v2: { file: 'pids.max', unlimited: 0 } },
  },
] as const satisfies readonly CgroupRow[];

export const eventRows = [
  {
    name: 'memory_failcnt_total',
    type: 'counter',
    help: 'Times the memory limit was hit; on v1 that of the cgroup itself.',
    levels: EVERYWHERE,
    from: { v1: { file: 'memory.failcnt' }, v2: { file: 'memory.events', key: 'max' } },
  },
  {
    name: 'memory_events_max_total',
    type: 'counter',
    help: 'Times the memory limit was hit, on v2 only.',
    levels: EVERYWHERE,
    from: { v1: 'absent', v2: { file: 'memory.events', key: 'max' } },
  },
  // Only levels with processes: on v2 the counter of a pod includes its containers, and on v1 it is always 0.
  {
    name: 'oom_events_total',
    type: 'counter',
    help: 'Processes of the cgroup itself killed by the OOM killer.',
    levels: ['container', 'sandbox'],
    from: { v1: { file: 'memory.oom_control', key: 'oom_kill' }, v2: { file: 'memory.events', key: 'oom_kill' } },
  },
] as const satisfies readonly CgroupRow[];

/** v1 distinguishes more operations, v2 has the statistics of iocost. */
export const ioRows = [
  ...(
    [
      ['blkio_sync_bytes_total', 'Sync'],
      ['blkio_async_bytes_total', 'Async'],
      ['blkio_all_bytes_total', 'Total'],
    ] as const
  ).map(
    ([name, key]) =>
      ({
        name,
        type: 'counter',
        help: `Bytes transferred, blkio operation ${key}.`,
        by: ['device'],
        levels: EVERYWHERE,
        from: { v1: { file: BYTES, key }, v2: 'absent' },
      }) as const,
  ),
  ...(['usage', 'wait', 'indebt', 'indelay'] as const).map(
    (cost) =>
      ({
        name: `io_cost_${cost}_seconds_total`,
        type: 'counter',
        help: `Time reported by iocost as cost.${cost}.`,
        by: ['device'],
        levels: EVERYWHERE,
        from: { v1: 'absent', v2: { file: 'io.stat', key: `cost.${cost}`, divisor: 1e6 } },
      }) as const,
  ),
] satisfies readonly CgroupRow[];

export const processRows = [
  {
    name: 'open_descriptors',
    type: 'gauge',
    help: 'Open file descriptors of all processes.',
    levels: WITH_PROCESSES,
    number: 'descriptors',
  },
  {
    name: 'open_sockets',
    type: 'gauge',
    help: 'Open sockets of all processes.',
    levels: WITH_PROCESSES,
    number: 'sockets',
  },
  {
    name: 'descriptor_limit',
    type: 'gauge',
    help: 'Soft limit of open file descriptors of the first process.',
    levels: WITH_PROCESSES,
    number: 'descriptor_limit',
  },
  {
    name: 'first_process_start_seconds',
    type: 'gauge',
    help: 'Unix time at which the first process started.',
    levels: ['container', 'sandbox'],
    number: 'started',
  },
  {
    name: 'creation_time_seconds',
    type: 'gauge',
    help: 'Unix time at which the cgroup was created.',
    levels: ['container', 'pod', 'sandbox'],
    number: 'created',
  },
] as const satisfies readonly ProcessRow[];
