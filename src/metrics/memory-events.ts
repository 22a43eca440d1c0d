import { CONTAINER_AND_POD, type CgroupRow } from './row.ts';

/**
 * Page faults, reclaim and OOM kills. v1 counts an event only in the cgroup where it occurs, not in its ancestors: a
 * pod-level counter would stay 0.
 */
export const memoryEvents = [
  {
    name: 'memory_page_faults_total',
    type: 'counter',
    help: 'Page faults, including major page faults.',
    levels: CONTAINER_AND_POD,
    from: { v1: { file: 'memory.stat', key: 'total_pgfault' }, v2: { file: 'memory.stat', key: 'pgfault' } },
  },
  {
    name: 'memory_major_page_faults_total',
    type: 'counter',
    help: 'Major page faults, which require I/O.',
    levels: CONTAINER_AND_POD,
    from: { v1: { file: 'memory.stat', key: 'total_pgmajfault' }, v2: { file: 'memory.stat', key: 'pgmajfault' } },
  },
  {
    name: 'memory_refaults_total',
    type: 'counter',
    help: 'Refaults of recently reclaimed pages, by page type.',
    by: ['type'],
    levels: CONTAINER_AND_POD,
    from: [
      {
        labels: ['anon'],
        v1: { file: 'memory.stat', key: 'total_workingset_refault_anon' },
        v2: { file: 'memory.stat', key: 'workingset_refault_anon' },
      },
      {
        labels: ['file'],
        v1: { file: 'memory.stat', key: 'total_workingset_refault_file' },
        v2: { file: 'memory.stat', key: 'workingset_refault_file' },
      },
    ],
  },
  {
    name: 'memory_pgscan_total',
    type: 'counter',
    help: 'Pages scanned by reclaim.',
    levels: CONTAINER_AND_POD,
    from: { v1: 'absent', v2: { file: 'memory.stat', key: 'pgscan' } },
  },
  {
    name: 'memory_pgsteal_total',
    type: 'counter',
    help: 'Pages reclaimed.',
    levels: CONTAINER_AND_POD,
    from: { v1: 'absent', v2: { file: 'memory.stat', key: 'pgsteal' } },
  },
  {
    name: 'memory_limit_hits_total',
    type: 'counter',
    help: 'Times memory usage was about to exceed the limit.',
    levels: CONTAINER_AND_POD,
    from: { v1: { file: 'memory.failcnt', levels: ['container'] }, v2: { file: 'memory.events', key: 'max' } },
  },
  {
    name: 'memory_events_total',
    type: 'counter',
    help: 'Memory events: reclaimed below memory.low (low), throttled above memory.high (high), allocation failed at the limit (oom).',
    by: ['event'],
    levels: CONTAINER_AND_POD,
    from: [
      { labels: ['low'], v1: 'absent', v2: { file: 'memory.events', key: 'low' } },
      { labels: ['high'], v1: 'absent', v2: { file: 'memory.events', key: 'high' } },
      { labels: ['oom'], v1: 'absent', v2: { file: 'memory.events', key: 'oom' } },
    ],
  },
  {
    name: 'oom_kills_total',
    type: 'counter',
    help: 'Processes killed by the OOM killer. The pod-level counter survives container restarts.',
    levels: CONTAINER_AND_POD,
    from: {
      v1: { file: 'memory.oom_control', key: 'oom_kill', levels: ['container'] },
      v2: { file: 'memory.events', key: 'oom_kill' },
    },
  },
  {
    name: 'oom_group_kills_total',
    type: 'counter',
    help: 'OOM kills of the whole cgroup (memory.oom.group).',
    levels: CONTAINER_AND_POD,
    from: { v1: 'absent', v2: { file: 'memory.events', key: 'oom_group_kill' } },
  },
] as const satisfies readonly CgroupRow[];
