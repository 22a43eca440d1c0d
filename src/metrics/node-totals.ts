/**
 * Numbers of the node and of the cgroups that Kubernetes accounts to it, for the views that replace endpoints of the
 * kubelet. `/metrics` does not read them.
 */
import { trafficRows } from './interfaces.ts';
import type { CgroupRow, Collector, NodeRow } from './row.ts';

const NODE = ['node'] as const;

const cpuRows = [
  {
    name: 'cpu_usage_seconds_total',
    type: 'counter',
    help: 'CPU time used by the node.',
    levels: NODE,
    from: {
      v1: { file: 'cpuacct.usage', divisor: 1e9 },
      v2: { file: 'cpu.stat', key: 'usage_usec', divisor: 1e6 },
    },
  },
] as const satisfies readonly CgroupRow[];

/**
 * The root cgroup of v2 has no memory.current. The kubelet reports anonymous memory plus page cache as its usage,
 * which excludes kernel memory.
 */
const memoryRows = [
  {
    name: 'memory_usage_bytes',
    type: 'gauge',
    help: 'Memory charged on the node, page cache and kernel memory included.',
    levels: NODE,
    from: { v1: { file: 'memory.usage_in_bytes' }, v2: { file: 'memory.current' } },
  },
  {
    name: 'memory_working_set_bytes',
    type: 'gauge',
    help: 'Memory charged less the inactive page cache.',
    levels: NODE,
    from: {
      v1: { file: 'memory.usage_in_bytes', minus: { file: 'memory.stat', key: 'total_inactive_file' } },
      v2: { file: 'memory.current', minus: { file: 'memory.stat', key: 'inactive_file' } },
    },
  },
  {
    name: 'memory_anon_and_file_bytes',
    type: 'gauge',
    help: 'Anonymous memory and page cache.',
    levels: NODE,
    from: {
      v1: 'absent',
      v2: { file: 'memory.stat', key: 'anon', plus: { file: 'memory.stat', key: 'file' } },
    },
  },
  {
    name: 'memory_anon_and_active_file_bytes',
    type: 'gauge',
    help: 'Anonymous memory and page cache less the inactive page cache.',
    levels: NODE,
    from: {
      v1: 'absent',
      v2: {
        file: 'memory.stat',
        key: 'anon',
        plus: { file: 'memory.stat', key: 'file' },
        minus: { file: 'memory.stat', key: 'inactive_file' },
      },
    },
  },
  {
    name: 'memory_rss',
    type: 'gauge',
    help: 'Anonymous memory.',
    levels: NODE,
    from: { v1: { file: 'memory.stat', key: 'total_rss' }, v2: { file: 'memory.stat', key: 'anon' } },
  },
  {
    name: 'memory_page_faults_total',
    type: 'counter',
    help: 'Page faults on the node, major ones included.',
    levels: NODE,
    from: { v1: { file: 'memory.stat', key: 'total_pgfault' }, v2: { file: 'memory.stat', key: 'pgfault' } },
  },
  {
    name: 'memory_major_page_faults_total',
    type: 'counter',
    help: 'Page faults on the node that had to wait for disk.',
    levels: NODE,
    from: { v1: { file: 'memory.stat', key: 'total_pgmajfault' }, v2: { file: 'memory.stat', key: 'pgmajfault' } },
  },
  {
    name: 'memory_limit_bytes',
    type: 'gauge',
    help: 'Memory limit above the pods, as the kernel enforces it.',
    levels: NODE,
    from: { v1: { file: 'memory.limit_in_bytes' }, v2: { file: 'memory.max' } },
  },
  {
    name: 'memory_swap',
    type: 'gauge',
    help: 'Swap usage.',
    levels: NODE,
    from: { v1: { file: 'memory.stat', key: 'total_swap' }, v2: { file: 'memory.swap.current' } },
  },
  {
    name: 'memory_swap_limit_bytes',
    type: 'gauge',
    help: 'Swap limit, excluding memory. Absent without a limit.',
    levels: NODE,
    from: {
      v1: { file: 'memory.memsw.limit_in_bytes', minus: { file: 'memory.limit_in_bytes' } },
      v2: { file: 'memory.swap.max' },
    },
  },
] as const satisfies readonly CgroupRow[];

/** meminfo is in units of 1024 bytes; the division is exact. */
const KIBIBYTES = { divisor: 1 / 1024 };

const capacityRows = [
  {
    name: 'node_memory_capacity_bytes',
    type: 'gauge',
    help: 'Memory that the kernel has.',
    source: { file: 'meminfo', key: 'MemTotal', ...KIBIBYTES },
  },
  {
    name: 'node_huge_pages_bytes',
    type: 'gauge',
    help: 'Memory reserved for huge pages of all sizes.',
    source: { file: 'meminfo', key: 'Hugetlb', ...KIBIBYTES },
  },
  {
    name: 'node_swap_available_bytes',
    type: 'gauge',
    help: 'Swap that is free.',
    source: { file: 'meminfo', key: 'SwapFree', ...KIBIBYTES },
  },
  {
    name: 'node_swap_capacity_bytes',
    type: 'gauge',
    help: 'Swap that there is.',
    source: { file: 'meminfo', key: 'SwapTotal', ...KIBIBYTES },
  },
  {
    name: 'node_swap_usage_bytes',
    type: 'gauge',
    help: 'Swap in use.',
    source: { file: 'meminfo', key: 'SwapTotal', minus: { file: 'meminfo', key: 'SwapFree' }, ...KIBIBYTES },
  },
] as const satisfies readonly NodeRow[];

const stateRows = [
  {
    name: 'node_boot_time_seconds',
    type: 'gauge',
    help: 'Unix time of the boot.',
    source: { file: 'stat', key: 'btime' },
  },
  {
    name: 'node_pid_max',
    type: 'gauge',
    help: 'Highest process number and one.',
    source: { file: 'sys/kernel/pid_max' },
  },
  {
    name: 'node_threads_max',
    type: 'gauge',
    help: 'Most tasks that there may be at a time.',
    source: { file: 'sys/kernel/threads-max' },
  },
  {
    name: 'node_tasks',
    type: 'gauge',
    help: 'Processes and threads that there are.',
    source: { file: 'loadavg' },
  },
] as const satisfies readonly NodeRow[];

/** CPU time of the node; a separate collector, so that it can be read twice within a short time. */
export const nodeCpu = {
  name: 'node-cpu',
  about: 'CPU time of the node and of the cgroups that Kubernetes accounts to it.',
  enabled: true,
  root: true,
  cgroup: cpuRows,
} as const satisfies Collector;

/** https://docs.kernel.org/filesystems/proc.html#meminfo */
export const nodeMemory = {
  name: 'node-memory',
  about: 'Memory and swap of the node and of the cgroups that Kubernetes accounts to it.',
  enabled: true,
  root: true,
  cgroup: memoryRows,
  node: capacityRows,
} as const satisfies Collector;

export const nodeState = {
  name: 'node-state',
  about: 'When the node was booted, and how many processes it may have and has.',
  enabled: true,
  root: true,
  node: stateRows,
} as const satisfies Collector;

export const nodeNetwork = {
  name: 'node-network',
  about: "Traffic of the node's interfaces.",
  enabled: true,
  root: true,
  // In the network namespace of process 1, which is that of the node.
  node: trafficRows('node_network', '1/net/dev'),
} as const satisfies Collector;
