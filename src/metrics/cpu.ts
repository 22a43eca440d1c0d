import { CONTAINER_AND_POD, EVERY_LEVEL, type CgroupRow, type Collector } from './row.ts';

/** v1 counts user and system time in ticks of USER_HZ, which is 100 on every architecture that Kubernetes supports. */
const TICKS = 100;

/** The kernel prints zeros as bandwidth statistics of a cgroup without a CPU limit. */
const v1Limit = { onlyIf: { file: 'cpu.cfs_quota_us' } } as const;
const v2Limit = { onlyIf: { file: 'cpu.max' } } as const;

const rows = [
  {
    name: 'cpu_usage_seconds_total',
    type: 'counter',
    help: 'CPU time consumed.',
    levels: EVERY_LEVEL,
    from: {
      v1: { file: 'cpuacct.usage', divisor: 1e9 },
      v2: { file: 'cpu.stat', key: 'usage_usec', divisor: 1e6 },
    },
  },
  {
    name: 'cpu_user_seconds_total',
    type: 'counter',
    help: 'CPU time consumed in user mode.',
    levels: CONTAINER_AND_POD,
    from: {
      v1: { file: 'cpuacct.stat', key: 'user', divisor: TICKS },
      v2: { file: 'cpu.stat', key: 'user_usec', divisor: 1e6 },
    },
  },
  {
    name: 'cpu_system_seconds_total',
    type: 'counter',
    help: 'CPU time consumed in kernel mode.',
    levels: CONTAINER_AND_POD,
    from: {
      v1: { file: 'cpuacct.stat', key: 'system', divisor: TICKS },
      v2: { file: 'cpu.stat', key: 'system_usec', divisor: 1e6 },
    },
  },
  {
    name: 'cpu_nice_seconds_total',
    type: 'counter',
    help: 'CPU time consumed in user mode by processes with a positive nice value, also part of cpu_user_seconds_total.',
    stability: 'experimental',
    levels: CONTAINER_AND_POD,
    from: { v1: 'absent', v2: { file: 'cpu.stat', key: 'nice_usec', divisor: 1e6 } },
  },
  {
    name: 'cpu_cfs_periods_total',
    type: 'counter',
    help: 'CFS enforcement periods with at least one runnable task. Absent without a CPU limit.',
    levels: CONTAINER_AND_POD,
    from: {
      v1: { file: 'cpu.stat', key: 'nr_periods', ...v1Limit },
      v2: { file: 'cpu.stat', key: 'nr_periods', ...v2Limit },
    },
  },
  {
    name: 'cpu_cfs_throttled_periods_total',
    type: 'counter',
    help: 'CFS enforcement periods in which tasks were throttled by the CPU limit. Absent without a CPU limit.',
    levels: CONTAINER_AND_POD,
    from: {
      v1: { file: 'cpu.stat', key: 'nr_throttled', ...v1Limit },
      v2: { file: 'cpu.stat', key: 'nr_throttled', ...v2Limit },
    },
  },
  {
    name: 'cpu_cfs_throttled_seconds_total',
    type: 'counter',
    help: 'Time during which tasks were throttled by the CPU limit, summed over CPUs. Absent without a CPU limit.',
    levels: CONTAINER_AND_POD,
    from: {
      v1: { file: 'cpu.stat', key: 'throttled_time', divisor: 1e9, ...v1Limit },
      v2: { file: 'cpu.stat', key: 'throttled_usec', divisor: 1e6, ...v2Limit },
    },
  },
  {
    name: 'cpu_cfs_burst_periods_total',
    type: 'counter',
    help: 'CFS enforcement periods in which accumulated burst was used above the CPU limit. Absent without a CPU limit.',
    levels: CONTAINER_AND_POD,
    from: {
      v1: { file: 'cpu.stat', key: 'nr_bursts', ...v1Limit },
      v2: { file: 'cpu.stat', key: 'nr_bursts', ...v2Limit },
    },
  },
  {
    name: 'cpu_cfs_burst_seconds_total',
    type: 'counter',
    help: 'CPU time consumed above the CPU limit from accumulated burst. Absent without a CPU limit.',
    levels: CONTAINER_AND_POD,
    from: {
      v1: { file: 'cpu.stat', key: 'burst_time', divisor: 1e9, ...v1Limit },
      v2: { file: 'cpu.stat', key: 'burst_usec', divisor: 1e6, ...v2Limit },
    },
  },
  {
    name: 'cpu_cfs_burst_limit_seconds',
    type: 'gauge',
    help: 'CPU time that may be accumulated for bursts above the CPU limit (cpu.max.burst). Absent if it is 0.',
    stability: 'experimental',
    levels: CONTAINER_AND_POD,
    from: {
      v1: { file: 'cpu.cfs_burst_us', divisor: 1e6, unlessZero: true },
      v2: { file: 'cpu.max.burst', divisor: 1e6, unlessZero: true },
    },
  },
  {
    name: 'cpu_limit_cores',
    type: 'gauge',
    help: 'CPU limit enforced by the kernel, in cores. Absent without a limit.',
    levels: CONTAINER_AND_POD,
    from: {
      v1: { file: 'cpu.cfs_quota_us', per: { file: 'cpu.cfs_period_us' } },
      v2: { file: 'cpu.max', per: { file: 'cpu.max', key: '1' } },
    },
  },
  {
    name: 'cpu_shares',
    type: 'gauge',
    help: 'CPU shares: relative weight under contention on the scale of cgroup v1.',
    levels: CONTAINER_AND_POD,
    from: { v1: { file: 'cpu.shares' }, v2: 'absent' },
  },
  {
    name: 'cpu_weight',
    type: 'gauge',
    help: 'CPU weight: relative weight under contention on the scale of cgroup v2.',
    levels: CONTAINER_AND_POD,
    from: { v1: 'absent', v2: { file: 'cpu.weight' } },
  },
] as const satisfies readonly CgroupRow[];

/** https://docs.kernel.org/admin-guide/cgroup-v2.html#cpu · https://docs.kernel.org/scheduler/sched-bwc.html */
export const cpu = {
  name: 'cpu',
  about: 'CPU time, limits and throttling.',
  enabled: true,
  root: true,
  cgroup: rows,
} as const satisfies Collector;
