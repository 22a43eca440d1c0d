/** Which format a kernel file has, where on cgroup v1 it lives, and what may be expected of it. */
import {
  flatKeyedParser,
  lineCountParser,
  nestedKeyedParser,
  pairsParser,
  valuesParser,
  type Parser,
  type Wanted,
} from './formats/keyed.ts';
import { meminfoParser, taskCountParser } from './formats/machine-files.ts';
import { perCpuTableParser, socketStatesParser } from './formats/socket-tables.ts';
import { protocolTableParser } from './formats/protocol-tables.ts';
import { deviceRowsParser, interfaceRowsParser, operationRowsParser, type RowsParser } from './formats/row-tables.ts';

/** `numbers`: each wanted number once. `rows`: once per device or interface. */
export type FileFormat =
  | { readonly kind: 'numbers'; readonly parser: (wanted: readonly Wanted[]) => Parser }
  | { readonly kind: 'rows'; readonly parser: (wanted: readonly Wanted[]) => RowsParser };

const FORMATS: readonly (readonly [pattern: RegExp, format: FileFormat])[] = [
  [/^cgroup\.procs$/, { kind: 'numbers', parser: lineCountParser }],
  [/\.pressure$/, { kind: 'numbers', parser: nestedKeyedParser }],
  [/\.(?:stat|events)$|^memory\.oom_control$/, { kind: 'numbers', parser: flatKeyedParser }],
  [/^blkio\./, { kind: 'rows', parser: operationRowsParser }],
  [/^(?:1\/)?net\/dev$/, { kind: 'rows', parser: interfaceRowsParser }],
  [/^net\/(?:snmp|netstat)$/, { kind: 'numbers', parser: protocolTableParser }],
  [/^net\/snmp6$/, { kind: 'numbers', parser: flatKeyedParser }],
  [/^net\/sockstat6?$/, { kind: 'numbers', parser: pairsParser }],
  [/^net\/tcp6?$/, { kind: 'numbers', parser: socketStatesParser }],
  [/^net\/stat\//, { kind: 'numbers', parser: perCpuTableParser }],
  [/^meminfo$/, { kind: 'numbers', parser: meminfoParser }],
  [/^loadavg$/, { kind: 'numbers', parser: taskCountParser }],
  [/^stat$/, { kind: 'numbers', parser: flatKeyedParser }],
];

const DEVICE_ROWS: FileFormat = { kind: 'rows', parser: deviceRowsParser };
const VALUES: FileFormat = { kind: 'numbers', parser: valuesParser };

/** The format of a file, by its name below the cgroup, `/proc/<pid>` or `/proc`. */
export function formatOf(file: string): FileFormat {
  if (file === 'io.stat') return DEVICE_ROWS;
  return FORMATS.find(([pattern]) => pattern.test(file))?.[1] ?? VALUES;
}

/** The v1 controller whose hierarchy has `file`; `unified` for what only the v2 interface has. */
export function controllerOf(file: string): string {
  if (file.endsWith('.pressure')) return 'unified';
  return file.slice(0, file.indexOf('.'));
}

/**
 * Limits and weights: written by whoever administers the cgroup or the machine, never changed by the kernel. `stat`
 * is read for the time of the boot alone, which moves only when the clock is set.
 */
const SETTLED =
  /^(?:cpu\.(?:max|weight|shares|cfs_quota_us|cfs_period_us)|memory\.(?:max|high|low|min|swap\.max|limit_in_bytes|memsw\.limit_in_bytes)|pids\.max|hugetlb\.[^.]+\.(?:max|limit_in_bytes)|stat|sys\/kernel\/.*)$/;

/** Whether `file` changes only when an administrator writes to it. */
export function isSettled(file: string): boolean {
  return SETTLED.test(file);
}

/** Files that every supported kernel with the collector's controller has; others may be missing without a fault. */
const CERTAIN =
  /^(?:cpu\.(?:stat|max|weight|shares|cfs_quota_us|cfs_period_us)|cpuacct\.(?:usage|stat)|memory\.(?:current|stat|max|high|low|min|events|usage_in_bytes|limit_in_bytes|max_usage_in_bytes|failcnt|oom_control)|pids\.(?:current|max)|cgroup\.procs|net\/(?:dev|snmp|netstat|sockstat))$/;

/** Whether it is a fault if a cgroup or process that exists has no such `file`. */
export function isCertain(file: string): boolean {
  return CERTAIN.test(file);
}

/**
 * Whether a descriptor of `file` may be kept. On v1 an open `cgroup.procs` answers with the list of its last
 * reading for about a second; one of a network file would pin the namespace.
 */
export function mayBeKept(file: string): boolean {
  return file !== 'cgroup.procs' && !/(?:^|\/)net\//.test(file) && !isSettled(file);
}
