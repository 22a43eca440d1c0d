import { readFileSync } from 'node:fs';

import type { CgroupTree } from './cgroups.ts';

/**
 * Where the kernel has a number, independent of the exporter's own tables, to verify them.
 * https://docs.kernel.org/admin-guide/cgroup-v1/index.html · https://docs.kernel.org/admin-guide/cgroup-v2.html
 */
interface Origin {
  readonly file: string;
  /** Its first group is the number. */
  readonly pattern: RegExp;
  /** What one base unit has. */
  readonly divisor?: number;
}

/** A number's places on v1 and on v2; the first whose file exists counts. */
export type Origins = readonly Origin[];

const WHOLE = /^(\d+)$/m;

function line(file: string, key: string, divisor = 1): Origin {
  return { file, pattern: new RegExp(`^${key} (\\d+)$`, 'm'), divisor };
}

function value(file: string, divisor = 1): Origin {
  return { file, pattern: WHOLE, divisor };
}

function pressure(file: string, kind: 'some' | 'full'): Origins {
  return [{ file, pattern: new RegExp(`^${kind} .*total=(\\d+)$`, 'm'), divisor: 1e6 }];
}

/** Numbers that only rise, by the family's name without its level. */
export const COUNTERS: Readonly<Record<string, Origins>> = {
  cpu_usage_seconds_total: [value('cpuacct.usage', 1e9), line('cpu.stat', 'usage_usec', 1e6)],
  cpu_user_seconds_total: [line('cpuacct.stat', 'user', 100), line('cpu.stat', 'user_usec', 1e6)],
  cpu_system_seconds_total: [line('cpuacct.stat', 'system', 100), line('cpu.stat', 'system_usec', 1e6)],
  memory_page_faults_total: [line('memory.stat', 'total_pgfault'), line('memory.stat', 'pgfault')],
  threads_limit_hits_total: [line('pids.events', 'max')],
  pressure_cpu_waiting_seconds_total: pressure('cpu.pressure', 'some'),
  pressure_cpu_stalled_seconds_total: pressure('cpu.pressure', 'full'),
  pressure_memory_waiting_seconds_total: pressure('memory.pressure', 'some'),
  pressure_memory_stalled_seconds_total: pressure('memory.pressure', 'full'),
  pressure_io_waiting_seconds_total: pressure('io.pressure', 'some'),
  pressure_io_stalled_seconds_total: pressure('io.pressure', 'full'),
};

/** Counters that v1 keeps for the container alone. */
export const CONTAINER_COUNTERS: Readonly<Record<string, Origins>> = {
  memory_limit_hits_total: [value('memory.failcnt'), line('memory.events', 'max')],
  oom_kills_total: [line('memory.oom_control', 'oom_kill'), line('memory.events', 'oom_kill')],
};

/** Counters that there are only where CPU time is limited. */
export const THROTTLING: Readonly<Record<string, Origins>> = {
  cpu_cfs_periods_total: [line('cpu.stat', 'nr_periods')],
  cpu_cfs_throttled_periods_total: [line('cpu.stat', 'nr_throttled')],
  cpu_cfs_throttled_seconds_total: [line('cpu.stat', 'throttled_time', 1e9), line('cpu.stat', 'throttled_usec', 1e6)],
};

/** Numbers that rise and fall. */
export const AMOUNTS: Readonly<Record<string, Origins>> = {
  memory_usage_bytes: [value('memory.usage_in_bytes'), value('memory.current')],
  memory_rss: [line('memory.stat', 'total_rss'), line('memory.stat', 'anon')],
  memory_cache: [line('memory.stat', 'total_cache'), line('memory.stat', 'file')],
  memory_mapped_file: [line('memory.stat', 'total_mapped_file'), line('memory.stat', 'file_mapped')],
  memory_kernel_bytes: [value('memory.kmem.usage_in_bytes'), line('memory.stat', 'kernel')],
  memory_max_usage_bytes: [value('memory.max_usage_in_bytes'), value('memory.peak')],
  threads: [value('pids.current')],
};

/** Numbers that only an administrator changes. Without a limit there is none. */
export const LIMITS: Readonly<Record<string, Origins>> = {
  cpu_shares: [value('cpu.shares')],
  cpu_weight: [value('cpu.weight')],
  memory_limit_bytes: [value('memory.limit_in_bytes'), value('memory.max')],
  threads_max: [value('pids.max')],
};

/** CPU time that a cgroup may use in a period, and the period; the first is `undefined` without a limit. */
export const CPU_QUOTA: Origins = [value('cpu.cfs_quota_us'), { file: 'cpu.max', pattern: /^(\d+) \d+$/m }];
export const CPU_PERIOD: Origins = [value('cpu.cfs_period_us'), { file: 'cpu.max', pattern: /^\S+ (\d+)$/m }];

/** Page cache on the inactive list. */
export const INACTIVE_FILE: Origins = [
  line('memory.stat', 'total_inactive_file'),
  line('memory.stat', 'inactive_file'),
];

/** What v1 writes for "no limit": the highest number of whole pages. */
const UNLIMITED = 2 ** 62;

/** The number in a cgroup's files, in base units; `undefined` if no file has it. */
export function readingOf(tree: CgroupTree, cgroup: string, origins: Origins): number | undefined {
  for (const { file, pattern, divisor = 1 } of origins) {
    const path = tree.file(cgroup, file);
    const digits = path === undefined ? undefined : pattern.exec(readFileSync(path, 'latin1'))?.[1];
    if (digits !== undefined) return Number(digits) < UNLIMITED ? Number(digits) / divisor : undefined;
  }
  return undefined;
}
