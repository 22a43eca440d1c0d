import type { CadvisorFamily, CadvisorSubject } from './family.ts';
import { sharesOf } from './cpu-shares.ts';

/** Start time from the Pod object. */
function startTime({ level, pod, container }: CadvisorSubject): number | undefined {
  if (level === 'container') return container?.startedAt;
  return level === 'pod' ? pod?.startTime : undefined;
}

/** The start of a container is that of its first process. The kubelet reports when the cgroup was created. */
const START = { row: 'first_process_start_seconds', rootRow: 'boot_time_seconds', otherwise: startTime } as const;

/** Start times and limits. */
export const cadvisorSpec: readonly CadvisorFamily[] = [
  {
    name: 'container_start_time_seconds',
    type: 'gauge',
    help: 'Unix time at which the container, the sandbox or the machine started, or the kubelet acknowledged the pod.',
    timeless: true,
    from: [START],
  },
  {
    name: 'container_creation_time_seconds',
    type: 'gauge',
    help: 'Unix time at which the cgroup was created or, for the root, the machine was booted.',
    timeless: true,
    from: [{ row: 'creation_time_seconds', rootRow: 'boot_time_seconds' }],
  },
  {
    name: 'container_last_seen',
    type: 'gauge',
    help: 'Unix time at which the cgroup was last read.',
    from: [{ fact: (_, time) => Math.floor(time) }],
  },
  {
    name: 'container_health_state',
    type: 'gauge',
    help: 'Always -1: the kubelet does not report the health checks of the container runtime.',
    from: [{ zero: -1 }],
  },
  {
    name: 'container_spec_cpu_period',
    type: 'gauge',
    help: 'Length of the CPU limit enforcement period, in microseconds.',
    timeless: true,
    from: [{ row: 'spec_cpu_period', zero: 0 }],
  },
  {
    name: 'container_spec_cpu_quota',
    type: 'gauge',
    help: 'CPU time in microseconds that may be used per enforcement period.',
    timeless: true,
    from: [{ row: 'spec_cpu_quota' }],
  },
  {
    name: 'container_spec_cpu_shares',
    type: 'gauge',
    help: 'CPU shares: relative weight under contention, on the cgroup v1 scale.',
    timeless: true,
    // cgroup v1 has the first row, v2 the second.
    from: [{ row: 'cpu_shares' }, { row: 'cpu_weight', convert: sharesOf }],
  },
  {
    name: 'container_spec_memory_limit_bytes',
    type: 'gauge',
    help: 'Memory limit, 0 if unlimited; for the root, the memory of the machine.',
    timeless: true,
    from: [{ row: 'spec_memory_limit_bytes', rootRow: 'memory_capacity_bytes' }],
  },
  {
    name: 'container_spec_memory_swap_limit_bytes',
    type: 'gauge',
    help: 'Swap limit, on cgroup v1 the limit of memory plus swap, 0 if unlimited; for the root, the swap of the machine.',
    timeless: true,
    from: [{ row: 'spec_memory_swap_limit_bytes', rootRow: 'swap_capacity_bytes' }],
  },
  {
    name: 'container_spec_memory_reservation_limit_bytes',
    type: 'gauge',
    help: 'Soft memory limit on cgroup v1, memory protected from reclaim on v2; 0 if not set.',
    timeless: true,
    from: [{ row: 'spec_memory_reservation_limit_bytes', zero: 0 }],
  },
];
