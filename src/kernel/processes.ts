/**
 * PID namespaces, start times and network namespaces of processes.
 * https://docs.kernel.org/filesystems/proc.html
 */
import { readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { readRegularFile } from './regular-file.ts';

/**
 * Whether `procfs` belongs to the exporter's own PID namespace. The kernel translates PIDs in cgroup files to the
 * namespace of the reader; in the `/proc` of another namespace (that of the node, mounted into a container without
 * hostPID) the same PIDs are other processes. `NSpid` lists the PID in each namespace from that of `procfs` inwards.
 *
 *     NSpid:	41852	1
 */
export function isOwnPidNamespace(procfs: string): boolean {
  let status: string;
  try {
    status = readRegularFile(join(procfs, 'self/status')).toString('utf8');
  } catch {
    return true;
  }
  const numbers = /^NSpid:\s*(.*)$/m.exec(status)?.[1]?.trim().split(/\s+/) ?? [];
  return numbers.length <= 1;
}

/** The fixed inode number of the initial PID namespace (`PROC_PID_INIT_INO`). */
const INITIAL_PID_NAMESPACE = 'pid:[4026531836]';

/** Whether the exporter runs in the initial PID namespace, that is, with hostPID. */
export function isInitialPidNamespace(procfs: string): boolean {
  try {
    return readlinkSync(join(procfs, 'self/ns/pid')) === INITIAL_PID_NAMESPACE;
  } catch {
    return false;
  }
}

/**
 * Inode number of the process' `net/dev`, which differs between network namespaces and requires no privilege, unlike
 * the link `ns/net`. `undefined` if the process does not exist or is not accessible.
 */
export function readNetworkInode(procfs: string, pid: number): number | undefined {
  try {
    return statSync(`${procfs}/${pid}/net/dev`, { throwIfNoEntry: false })?.ino;
  } catch {
    return undefined;
  }
}

/** Ticks per second of {@link readProcessStart}: USER_HZ, which is 100 on all architectures of Kubernetes. */
export const TICKS_PER_SECOND = 100;

/**
 * Reads the start of a process in clock ticks since boot (field 22 of `stat`) and its name (field 2, in parentheses,
 * which may themselves be part of the name). `undefined` if the process does not exist.
 */
export function readProcessStart(procfs: string, pid: number): { ticks: number; name: string } | undefined {
  let stat: string;
  try {
    stat = readRegularFile(`${procfs}/${pid}/stat`).toString('latin1');
  } catch {
    return undefined;
  }
  const close = stat.lastIndexOf(')');
  const ticks = Number(stat.slice(close + 2).split(' ')[19]);
  return Number.isFinite(ticks) ? { ticks, name: stat.slice(stat.indexOf('(') + 1, close) } : undefined;
}

/**
 * Reads the boot time in Unix seconds from `/proc/stat`; NaN if it is missing.
 *
 *     btime 1795237320
 */
export function readBootTime(procfs: string): number {
  try {
    return Number(/^btime (\d+)$/m.exec(readRegularFile(`${procfs}/stat`).toString('latin1'))?.[1]);
  } catch {
    return Number.NaN;
  }
}
