import type { CadvisorFamily } from './family.ts';

/** Memory usage, reclaim and OOM kills. */
export const cadvisorMemory: readonly CadvisorFamily[] = [
  {
    name: 'container_memory_usage_bytes',
    type: 'gauge',
    help: 'Memory charged, page cache and kernel memory included; of the root on cgroup v2, anonymous memory and page cache.',
    from: [{ row: 'memory_usage_bytes', rootRow: 'memory_anon_and_file_bytes' }],
  },
  {
    name: 'container_memory_working_set_bytes',
    type: 'gauge',
    help: 'Memory usage minus inactive page cache; the value that the kubelet compares with eviction thresholds.',
    from: [{ row: 'memory_working_set_bytes', rootRow: 'memory_anon_and_active_file_bytes' }],
  },
  {
    name: 'container_memory_rss',
    type: 'gauge',
    help: 'Anonymous memory in bytes.',
    from: [{ row: 'memory_rss' }],
  },
  {
    name: 'container_memory_cache',
    type: 'gauge',
    help: 'Page cache in bytes, including tmpfs and shared memory.',
    from: [{ row: 'memory_cache' }],
  },
  {
    name: 'container_memory_mapped_file',
    type: 'gauge',
    help: 'Page cache in bytes that is mapped into processes.',
    from: [{ row: 'memory_mapped_file' }],
  },
  {
    name: 'container_memory_swap',
    type: 'gauge',
    help: 'Swap usage in bytes.',
    from: [{ row: 'memory_swap', rootRow: 'swap_usage_bytes', zero: 0 }],
  },
  {
    name: 'container_memory_kernel_usage',
    type: 'gauge',
    help: 'Kernel memory in bytes.',
    from: [{ row: 'memory_kernel_bytes', zero: 0 }],
  },
  {
    name: 'container_memory_max_usage_bytes',
    type: 'gauge',
    help: 'Peak memory usage since the cgroup was created.',
    from: [{ row: 'memory_max_usage_bytes', zero: 0 }],
  },
  {
    name: 'container_memory_failcnt',
    type: 'counter',
    help: 'Times memory usage was about to exceed the limit.',
    from: [{ row: 'memory_failcnt_total', zero: 0 }],
  },
  {
    name: 'container_memory_total_active_file_bytes',
    type: 'gauge',
    help: 'Page cache on the active LRU list.',
    from: [{ row: 'memory_total_active_file_bytes' }],
  },
  {
    name: 'container_memory_total_inactive_file_bytes',
    type: 'gauge',
    help: 'Page cache on the inactive LRU list, which is reclaimed first.',
    from: [{ row: 'memory_total_inactive_file_bytes' }],
  },
  {
    name: 'container_memory_failures_total',
    type: 'counter',
    help: 'Page faults and major page faults; those of cgroups below are in both scopes.',
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
  {
    name: 'container_memory_file_dirty_bytes',
    type: 'gauge',
    help: 'Modified page cache that is not yet written back to disk.',
    from: [{ row: 'memory_file_dirty_bytes', zero: 0 }],
  },
  {
    name: 'container_memory_file_writeback_bytes',
    type: 'gauge',
    help: 'Page cache that is being written to disk.',
    from: [{ row: 'memory_file_writeback_bytes', zero: 0 }],
  },
  {
    name: 'container_memory_pgscan_total',
    type: 'counter',
    help: 'Pages scanned by reclaim.',
    from: [{ row: 'memory_pgscan_total', zero: 0 }],
  },
  {
    name: 'container_memory_pgsteal_total',
    type: 'counter',
    help: 'Pages reclaimed.',
    from: [{ row: 'memory_pgsteal_total', zero: 0 }],
  },
  {
    name: 'container_memory_workingset_refault_anon_total',
    type: 'counter',
    help: 'Anonymous pages that came back soon after they were reclaimed.',
    from: [{ row: 'memory_refaults_total', series: 'anon', zero: 0 }],
  },
  {
    name: 'container_memory_workingset_refault_file_total',
    type: 'counter',
    help: 'Pages of files that came back soon after they were reclaimed.',
    from: [{ row: 'memory_refaults_total', series: 'file', zero: 0 }],
  },
  {
    name: 'container_oom_events_total',
    type: 'counter',
    help: 'Processes of the cgroup itself killed by the OOM killer.',
    from: [{ row: 'oom_events_total', zero: 0 }],
  },
];
