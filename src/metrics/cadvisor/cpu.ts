import type { CadvisorFamily } from './family.ts';

/** CPU time and throttling. */
export const cadvisorCpu: readonly CadvisorFamily[] = [
  {
    name: 'container_cpu_usage_seconds_total',
    type: 'counter',
    help: 'CPU time used, of all CPUs together.',
    by: ['cpu'],
    from: [{ labels: ['total'], row: 'cpu_usage_seconds_total' }],
  },
  {
    name: 'container_cpu_user_seconds_total',
    type: 'counter',
    help: 'CPU time consumed in user mode.',
    from: [{ row: 'cpu_user_seconds_total' }],
  },
  {
    name: 'container_cpu_system_seconds_total',
    type: 'counter',
    help: 'CPU time consumed in kernel mode.',
    from: [{ row: 'cpu_system_seconds_total' }],
  },
  {
    name: 'container_cpu_cfs_periods_total',
    type: 'counter',
    help: 'CFS enforcement periods with at least one runnable task. Absent without a CPU limit.',
    from: [{ row: 'cpu_cfs_periods_total' }],
  },
  {
    name: 'container_cpu_cfs_throttled_periods_total',
    type: 'counter',
    help: 'CFS enforcement periods in which tasks were throttled by the CPU limit. Absent without a CPU limit.',
    from: [{ row: 'cpu_cfs_throttled_periods_total' }],
  },
  {
    name: 'container_cpu_cfs_throttled_seconds_total',
    type: 'counter',
    help: 'Time during which tasks were throttled by the CPU limit, summed over CPUs. Absent without a CPU limit.',
    from: [{ row: 'cpu_cfs_throttled_seconds_total' }],
  },
  {
    name: 'container_cpu_cfs_burst_periods_total',
    type: 'counter',
    help: 'CFS enforcement periods in which accumulated burst was used above the CPU limit. Absent without a CPU limit.',
    from: [{ row: 'cpu_cfs_burst_periods_total' }],
  },
  {
    name: 'container_cpu_cfs_burst_seconds_total',
    type: 'counter',
    help: 'CPU time consumed above the CPU limit from accumulated burst. Absent without a CPU limit.',
    from: [{ row: 'cpu_cfs_burst_seconds_total' }],
  },
  {
    name: 'container_cpu_load_average_10s',
    type: 'gauge',
    help: 'Always 0: the kubelet does not measure it.',
    from: [{ zero: 0 }],
  },
  {
    name: 'container_cpu_load_d_average_10s',
    type: 'gauge',
    help: 'Always 0, too: the kubelet does not measure it.',
    from: [{ zero: 0 }],
  },
  {
    name: 'container_tasks_state',
    type: 'gauge',
    help: 'Always 0: the kubelet does not count tasks by state.',
    by: ['state'],
    from: ['sleeping', 'running', 'stopped', 'uninterruptible', 'iowaiting'].map((state) => ({
      labels: [state],
      zero: 0,
    })),
  },
];
