import { repeat } from './repeat.ts';
import type { CadvisorFamily } from './family.ts';

/** Memory usage, reclaim and OOM kills. */
export const cadvisorMemory: readonly CadvisorFamily[] = [
  repeat('memory_usage_bytes', {
    help: 'Memory charged, including page cache and kernel memory; for the root on cgroup v2, anonymous memory and page cache.',
    rootRow: 'memory_anon_and_file_bytes',
  }),
  repeat('memory_working_set_bytes', { rootRow: 'memory_anon_and_active_file_bytes' }),
  repeat('memory_rss', { help: 'Anonymous memory in bytes.' }),
  repeat('memory_cache'),
  repeat('memory_mapped_file'),
  repeat('memory_swap', { rootRow: 'swap_usage_bytes', zero: 0 }),
  {
    name: 'container_memory_kernel_usage',
    type: 'gauge',
    help: 'Kernel memory in bytes.',
    from: [{ row: 'memory_kernel_bytes', zero: 0 }],
  },
  repeat('memory_max_usage_bytes', { zero: 0 }),
  {
    name: 'container_memory_failcnt',
    type: 'counter',
    help: 'Times memory usage was about to exceed the limit.',
    from: [{ row: 'memory_failcnt_total', zero: 0 }],
  },
  repeat('memory_total_active_file_bytes'),
  repeat('memory_total_inactive_file_bytes'),
  {
    name: 'container_memory_failures_total',
    type: 'counter',
    help: 'Page faults and major page faults; both scopes include descendants.',
    by: ['failure_type', 'scope'],
    from: [
      { labels: ['pgfault', 'container'], row: 'memory_page_faults_total' },
      { labels: ['pgfault', 'hierarchy'], row: 'memory_page_faults_total' },
      { labels: ['pgmajfault', 'container'], row: 'memory_major_page_faults_total' },
      { labels: ['pgmajfault', 'hierarchy'], row: 'memory_major_page_faults_total' },
    ],
  },
  {
    name: 'container_memory_events_high_total',
    type: 'counter',
    help: 'Times processes were throttled because the memory charge was above memory.high.',
    from: [{ row: 'memory_events_total', series: 'high', zero: 0 }],
  },
  {
    name: 'container_memory_events_max_total',
    type: 'counter',
    help: 'Times the memory charge was about to exceed memory.max.',
    from: [{ row: 'memory_events_max_total', zero: 0 }],
  },
  repeat('memory_file_dirty_bytes', { zero: 0 }),
  repeat('memory_file_writeback_bytes', { zero: 0 }),
  repeat('memory_pgscan_total', { zero: 0 }),
  repeat('memory_pgsteal_total', { zero: 0 }),
  {
    name: 'container_memory_workingset_refault_anon_total',
    type: 'counter',
    help: 'Refaults of recently reclaimed anonymous pages.',
    from: [{ row: 'memory_refaults_total', series: 'anon', zero: 0 }],
  },
  {
    name: 'container_memory_workingset_refault_file_total',
    type: 'counter',
    help: 'Refaults of recently reclaimed file pages.',
    from: [{ row: 'memory_refaults_total', series: 'file', zero: 0 }],
  },
  {
    name: 'container_oom_events_total',
    type: 'counter',
    help: 'Processes of the cgroup itself killed by the OOM killer.',
    from: [{ row: 'oom_events_total', zero: 0 }],
  },
];
