/** Limits of a cgroup; an absent one is not set. */
export interface CgroupLimits {
  /** Cores, may be a fraction. */
  readonly cpu?: number;
  /** The weight against others, in v1's unit (1024 per requested core). */
  readonly cpuShares?: number;
  /** Bytes. Swap is limited to none, so that the limit is felt. */
  readonly memory?: number;
  /** Processes and threads. */
  readonly pids?: number;
}

const CPU_PERIOD_MICROSECONDS = 100_000;

/** The files that set `limits`, with their content: v1's and v2's, of which a kernel has one kind. */
export function limitFiles(limits: CgroupLimits): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  if (limits.cpu !== undefined) {
    const quota = Math.round(limits.cpu * CPU_PERIOD_MICROSECONDS);
    files.set('cpu.cfs_period_us', String(CPU_PERIOD_MICROSECONDS));
    files.set('cpu.cfs_quota_us', String(quota));
    files.set('cpu.max', `${quota} ${CPU_PERIOD_MICROSECONDS}`);
  }
  if (limits.cpuShares !== undefined) {
    files.set('cpu.shares', String(limits.cpuShares));
    files.set('cpu.weight', String(weightOf(limits.cpuShares)));
  }
  if (limits.memory !== undefined) {
    files.set('memory.limit_in_bytes', String(limits.memory));
    files.set('memory.memsw.limit_in_bytes', String(limits.memory));
    files.set('memory.max', String(limits.memory));
    files.set('memory.swap.max', '0');
  }
  if (limits.pids !== undefined) files.set('pids.max', String(limits.pids));
  return files;
}

/** From 2..262144 onto 1..10000, as container runtimes do. */
function weightOf(shares: number): number {
  return 1 + Math.floor(((shares - 2) * 9999) / 262_142);
}
