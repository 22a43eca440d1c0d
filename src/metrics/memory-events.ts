import { CONTAINER_AND_POD, type CgroupRow } from './row.ts';

/**
 * What happened for want of memory. On v1 an event is counted only where it happened and not in the pod above,
 * so a pod-level figure would stay 0 there.
 */
export const memoryEvents = [
  {
    name: 'memory_page_faults_total',
    type: 'counter',
    help: 'Page faults, major ones included.',
    levels: CONTAINER_AND_POD,
    from: { v1: { file: 'memory.stat', key: 'total_pgfault' }, v2: { file: 'memory.stat', key: 'pgfault' } },
  },
  {
    name: 'memory_major_page_faults_total',
    type: 'counter',
    help: 'Page faults that had to wait for disk.',
    levels: CONTAINER_AND_POD,
    from: { v1: { file: 'memory.stat', key: 'total_pgmajfault' }, v2: { file: 'memory.stat', key: 'pgmajfault' } },
  },
  {
    name: 'memory_refaults_total',
    type: 'counter',
    help: 'Pages that came back soon after they were reclaimed, a sign of too little memory.',
    by: ['type'],
    levels: CONTAINER_AND_POD,
    from: [
      { labels: ['anon'], v1: 'absent', v2: { file: 'memory.stat', key: 'workingset_refault_anon' } },
      { labels: ['file'], v1: 'absent', v2: { file: 'memory.stat', key: 'workingset_refault_file' } },
    ],
  },
  {
    name: 'memory_pgscan_total',
    type: 'counter',
    help: 'Pages looked at to find some to reclaim.',
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
    help: 'Times the memory charge was about to exceed the limit.',
    levels: CONTAINER_AND_POD,
    from: { v1: { file: 'memory.failcnt', levels: ['container'] }, v2: { file: 'memory.events', key: 'max' } },
  },
  {
    name: 'memory_events_total',
    type: 'counter',
    help: 'Memory events: protection breached (low), throttled above high (high), limit reached and reclaim failed (oom).',
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
    help: 'Processes killed for want of memory; at pod level it outlives the containers.',
    levels: CONTAINER_AND_POD,
    from: {
      v1: { file: 'memory.oom_control', key: 'oom_kill', levels: ['container'] },
      v2: { file: 'memory.events', key: 'oom_kill' },
    },
  },
  {
    name: 'oom_group_kills_total',
    type: 'counter',
    help: 'Times all processes were killed together for want of memory.',
    levels: CONTAINER_AND_POD,
    from: { v1: 'absent', v2: { file: 'memory.events', key: 'oom_group_kill' } },
  },
] as const satisfies readonly CgroupRow[];
