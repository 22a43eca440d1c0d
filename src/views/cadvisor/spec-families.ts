import type { CadvisorFamily, CadvisorSubject } from './family.ts';
import { requestedShares, sharesOfWeight } from './cpu-shares.ts';

/** When it was started or taken in, as Kubernetes says. */
function startTime({ level, pod, container }: CadvisorSubject): number | undefined {
  if (level === 'container') return container?.startedAt;
  return level === 'pod' ? pod?.startTime : undefined;
}

/** The first process of a container is made together with its cgroup, whose time the kubelet gives. */
const START = { row: 'first_process_start_seconds', rootRow: 'boot_time_seconds', otherwise: startTime } as const;

/** Limits and times: what something is, not what it does. */
export const cadvisorSpec: readonly CadvisorFamily[] = [
  {
    name: 'container_start_time_seconds',
    type: 'gauge',
    help: 'Unix time at which a container, the first process of a sandbox or the machine was started, or a pod taken in.',
    timeless: true,
    from: [START],
  },
  {
    name: 'container_creation_time_seconds',
    type: 'gauge',
    help: 'The same as container_start_time_seconds: the kernel does not say when a cgroup was made.',
    timeless: true,
    from: [START],
  },
  {
    name: 'container_last_seen',
    type: 'gauge',
    help: 'Unix time of the reading.',
    from: [{ fact: (_, time) => Math.floor(time) }],
  },
  {
    name: 'container_health_state',
    type: 'gauge',
    help: 'Always -1: the kubelet does not know the health checks of a runtime.',
    from: [{ zero: -1 }],
  },
  {
    name: 'container_spec_cpu_period',
    type: 'gauge',
    help: 'Length of an enforcement period of the CPU limit, in microseconds.',
    timeless: true,
    from: [{ row: 'spec_cpu_period', zero: 0 }],
  },
  {
    name: 'container_spec_cpu_quota',
    type: 'gauge',
    help: 'CPU time in microseconds that may be used in an enforcement period.',
    timeless: true,
    from: [{ row: 'spec_cpu_quota' }],
  },
  {
    name: 'container_spec_cpu_shares',
    type: 'gauge',
    help: 'CPU shares: relative weight under contention on the scale of cgroup v1.',
    timeless: true,
    // Version 1 has the first row, version 2 the second.
    from: [{ row: 'cpu_shares' }, { row: 'cpu_weight', fact: requestedShares, convert: sharesOfWeight }],
  },
  {
    name: 'container_spec_memory_limit_bytes',
    type: 'gauge',
    help: "Memory limit, 0 without one; of the root, the machine's memory.",
    timeless: true,
    from: [{ row: 'spec_memory_limit_bytes', rootRow: 'memory_capacity_bytes' }],
  },
  {
    name: 'container_spec_memory_swap_limit_bytes',
    type: 'gauge',
    help: "Limit of swap, on cgroup v1 of memory and swap together, 0 without one; of the root, the machine's swap.",
    timeless: true,
    from: [{ row: 'spec_memory_swap_limit_bytes', rootRow: 'swap_capacity_bytes' }],
  },
  {
    name: 'container_spec_memory_reservation_limit_bytes',
    type: 'gauge',
    help: 'Soft limit of memory on cgroup v1, memory protected from reclaim on v2; 0 without.',
    timeless: true,
    from: [{ row: 'spec_memory_reservation_limit_bytes', zero: 0 }],
  },
];
