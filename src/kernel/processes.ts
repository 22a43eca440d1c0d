/**
 * What a process number tells: whether it is one of the numbers that `procfs` speaks of,
 * when the process started, and which network namespace it lives in.
 * https://docs.kernel.org/filesystems/proc.html
 */
import { readFileSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Whether the process numbers in cgroup files are those of `procfs`. The kernel translates them into the reader's
 * PID namespace; a `/proc` of another namespace (the node's, mounted into a container without hostPID) has other
 * processes under the same numbers. `NSpid` lists our number in each namespace from that of `procfs` inwards.
 *
 *     NSpid:	41852	1
 */
export function isOwnPidNamespace(procfs: string): boolean {
  let status: string;
  try {
    status = readFileSync(join(procfs, 'self/status'), 'utf8');
  } catch {
    return true;
  }
  const numbers = /^NSpid:\s*(.*)$/m.exec(status)?.[1]?.trim().split(/\s+/) ?? [];
  return numbers.length <= 1;
}

/** The kernel's fixed inode number of the PID namespace that it begins with (`PROC_PID_INIT_INO`). */
const INITIAL_PID_NAMESPACE = 'pid:[4026531836]';

/** Whether we live in the PID namespace that the kernel began with, the machine's own. */
export function isInitialPidNamespace(procfs: string): boolean {
  try {
    return readlinkSync(join(procfs, 'self/ns/pid')) === INITIAL_PID_NAMESPACE;
  } catch {
    return false;
  }
}

/**
 * Inode number of the process' `net/dev`, which differs between network namespaces and can be read without
 * any right, unlike the link `ns/net`. `undefined` if there is no such process, or none that we may look at.
 */
export function networkInode(procfs: string, pid: number): number | undefined {
  try {
    return statSync(`${procfs}/${pid}/net/dev`, { throwIfNoEntry: false })?.ino;
  } catch {
    return undefined;
  }
}

/** Ticks per second of {@link processStart}: USER_HZ, which is 100 on every architecture Kubernetes runs on. */
export const TICKS_PER_SECOND = 100;

/**
 * Start of a process in clock ticks since boot (field 22 of `stat`), and its name (field 2).
 * `undefined` if there is no such process. The name stands in parentheses and may itself hold some.
 */
export function processStart(procfs: string, pid: number): { ticks: number; name: string } | undefined {
  let stat: string;
  try {
    stat = readFileSync(`${procfs}/${pid}/stat`, 'latin1');
  } catch {
    return undefined;
  }
  const close = stat.lastIndexOf(')');
  const ticks = Number(stat.slice(close + 2).split(' ')[19]);
  return Number.isFinite(ticks) ? { ticks, name: stat.slice(stat.indexOf('(') + 1, close) } : undefined;
}

/**
 * Unix seconds at which the machine was started, from `/proc/stat`; NaN if it is not there.
 *
 *     btime 1795237320
 */
export function bootTime(procfs: string): number {
  try {
    return Number(/^btime (\d+)$/m.exec(readFileSync(`${procfs}/stat`, 'latin1'))?.[1]);
  } catch {
    return Number.NaN;
  }
}
