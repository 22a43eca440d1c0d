import { matchesGlob } from 'node:path';

/** Files of a recorded node. The recorder writes more files than a golden node includes. */

/** Read for slices and services; the names of `hugetlb` files hold the page sizes. */
const SLICE_FILES = ['cgroup.procs', 'cpu.stat', 'memory.{current,stat}', '{cpu,memory,io,irq}.pressure', 'hugetlb.*'];

/** Read for pods, containers, the root and the node's daemons, on v1 and v2. */
const POD_FILES = SLICE_FILES.concat(
  'cpu.{max,max.burst,weight,shares}',
  'cpu.cfs_{quota,period}_us',
  'cpuacct.{usage,stat}',
  'memory.{max,high,low,min,peak,events,events.local,swap.current,swap.max}',
  'memory.{usage,limit,max_usage,memsw.limit,kmem.usage,soft_limit}_in_bytes',
  'memory.{failcnt,oom_control}',
  'memory.zswap.{current,max}',
  'io.stat',
  'blkio.throttle.io_service*',
  'pids.{current,max,events,peak}',
  'misc.{current,max,events}',
  '{rdma,dmem}.current',
);

/** On a hybrid node only pressure is read from the v2 mount; some v1 hierarchies are not read. */
const UNREAD = [
  '{cpuset,devices,freezer,systemd}/**',
  'unified/**/cpu.stat',
  '**/hugetlb.*.{rsvd.*,numa_stat,events*}',
];

/** The systemd units of the node daemons. */
const DAEMONS = /\/(?:kubelet|containerd|crio|docker)\.service$/;

/** Whether a golden node includes a file of a cgroup; `path` is below `/sys/fs/cgroup`. */
export function isTrimmedCgroupFile(path: string, version: 'v1' | 'v2'): boolean {
  if (path === 'cgroup.controllers') return true;
  const cgroup = path.slice(0, Math.max(0, path.lastIndexOf('/')));
  const depth = cgroup.split('/').filter(Boolean).length - (version === 'v1' ? 1 : 0);
  const isWhole = depth <= 0 || cgroup.includes('kubepods') || DAEMONS.test(cgroup);
  if (!isWhole && depth > 1) return false;
  return matches(path, isWhole ? POD_FILES : SLICE_FILES) && !matches(path, UNREAD);
}

/** Files of `/proc`. */
export const HOST_FILES: readonly string[] = [
  'diskstats',
  'loadavg',
  'meminfo',
  'net/stat/nf_conntrack',
  'partitions',
  'stat',
  'sys/kernel/pid_max',
  'sys/kernel/random/boot_id',
  'sys/kernel/threads-max',
  'sys/net/netfilter/nf_conntrack_count',
  'sys/net/netfilter/nf_conntrack_max',
  'uptime',
  'version',
  '1/mountinfo',
];

/** Files of a process of a pod. */
export const PROCESS_FILES: readonly string[] = ['stat', 'limits'];

/** Files of a network namespace, below `/proc/<pid>/net`. */
export const NETWORK_FILES: readonly string[] = [
  'dev',
  'netstat',
  'snmp',
  'snmp6',
  'sockstat',
  'sockstat6',
  'tcp',
  'tcp6',
];

function matches(path: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => matchesGlob(path, pattern.includes('/') ? pattern : `**/${pattern}`));
}
