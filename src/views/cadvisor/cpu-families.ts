import { repeat } from './repeat.ts';
import type { CadvisorFamily } from './family.ts';

/** CPU time and throttling. */
export const cadvisorCpu: readonly CadvisorFamily[] = [
  {
    name: 'container_cpu_usage_seconds_total',
    type: 'counter',
    help: 'CPU time consumed, summed over all CPUs.',
    by: ['cpu'],
    from: [{ labels: ['total'], row: 'cpu_usage_seconds_total' }],
  },
  repeat('cpu_user_seconds_total'),
  repeat('cpu_system_seconds_total'),
  repeat('cpu_cfs_periods_total'),
  repeat('cpu_cfs_throttled_periods_total'),
  repeat('cpu_cfs_throttled_seconds_total'),
  repeat('cpu_cfs_burst_periods_total'),
  repeat('cpu_cfs_burst_seconds_total'),
  {
    name: 'container_cpu_load_average_10s',
    type: 'gauge',
    help: 'Always 0: the kubelet does not measure the load average.',
    until: 37,
    from: [{ zero: 0 }],
  },
  {
    name: 'container_cpu_load_d_average_10s',
    type: 'gauge',
    help: 'Always 0: the kubelet does not measure the load average of uninterruptible tasks.',
    until: 37,
    from: [{ zero: 0 }],
  },
  {
    name: 'container_tasks_state',
    type: 'gauge',
    help: 'Always 0: the kubelet does not count tasks by state.',
    until: 37,
    by: ['state'],
    from: ['sleeping', 'running', 'stopped', 'uninterruptible', 'iowaiting'].map((state) => ({
      labels: [state],
      zero: 0,
    })),
  },
];
