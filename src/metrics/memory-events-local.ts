import { CONTAINER_AND_POD, type CgroupRow, type Collector } from './row.ts';

const EVENTS = ['low', 'high', 'max', 'oom', 'oom_kill', 'oom_group_kill'] as const;

const rows = [
  {
    name: 'memory_events_local_total',
    type: 'counter',
    help: 'Memory events of the cgroup itself, excluding its descendants (memory.events.local).',
    stability: 'experimental',
    by: ['event'],
    levels: CONTAINER_AND_POD,
    from: EVENTS.map((key) => ({ labels: [key], v1: 'absent', v2: { file: 'memory.events.local', key } }) as const),
  },
] as const satisfies readonly CgroupRow[];

/** https://docs.kernel.org/admin-guide/cgroup-v2.html#memory-interface-files */
export const memoryEventsLocal = {
  name: 'memory-events-local',
  about: "Memory events of a cgroup without its descendants: whether a pod's own limit was hit or that of a container.",
  enabled: false,
  cgroup: rows,
} as const satisfies Collector;
