/**
 * Open files of processes. Without privilege the number of descriptors of other processes is visible, but not their
 * targets.
 * https://docs.kernel.org/filesystems/proc.html#proc-pid-fd-list-of-symlinks-to-open-files
 */
import { readdirSync, readlinkSync, statSync } from 'node:fs';
import { errorCode } from '../base/error-code.ts';
import { readRegularFile } from './regular-file.ts';

/** Whether the size of `/proc/PID/fd` is the number of descriptors (since Linux 6.2; 0 before). */
export function fdDirectoryHasSize(procfs: string): boolean {
  return (statSync(`${procfs}/self/fd`, { throwIfNoEntry: false })?.size ?? 0) > 0;
}

/**
 * Counts the open descriptors of a process. `bySize` uses the size of the directory, which requires no privilege;
 * otherwise the directory is listed, which does. `undefined` if the process has exited, NaN without permission.
 */
export function countOpenDescriptors(procfs: string, pid: number, bySize: boolean): number | undefined {
  return unlessExited(() => {
    const directory = `${procfs}/${pid}/fd`;
    return bySize ? statSync(directory).size : readdirSync(directory).length;
  });
}

/**
 * Counts the open sockets of a process, which requires ptrace access. `undefined` if the process has exited; NaN without
 * permission or if it has more than `maxDescriptors` descriptors, each of which costs a system call.
 */
export function countOpenSockets(procfs: string, pid: number, maxDescriptors: number): number | undefined {
  return unlessExited(() => {
    const directory = `${procfs}/${pid}/fd`;
    const descriptors = readdirSync(directory);
    if (descriptors.length > maxDescriptors) return Number.NaN;
    return descriptors.filter((name) => isSocket(`${directory}/${name}`)).length;
  });
}

function isSocket(descriptor: string): boolean {
  try {
    return readlinkSync(descriptor, 'latin1').startsWith('socket:');
  } catch (error) {
    // Closed after it was listed.
    if (errorCode(error) === 'ENOENT') return false;
    throw error;
  }
}

/** Value of {@link readOpenFilesLimit} without a limit. */
export const UNLIMITED_FILES = -1;

/**
 * Reads the soft limit of open files of a process; {@link UNLIMITED_FILES} if it has none, `undefined` if the process
 * does not exist.
 *
 *     Limit                     Soft Limit           Hard Limit           Units
 *     Max open files            1024                 1048576              files
 */
export function readOpenFilesLimit(procfs: string, pid: number | 'self'): number | undefined {
  let limits: string;
  try {
    limits = readRegularFile(`${procfs}/${pid}/limits`).toString('latin1');
  } catch {
    return undefined;
  }
  const soft = /^Max open files\s+(\d+|unlimited)/m.exec(limits)?.[1];
  if (soft === undefined) return undefined;
  return soft === 'unlimited' ? UNLIMITED_FILES : Number(soft);
}

const EXITED_CODES = new Set(['ENOENT', 'ESRCH']);

function unlessExited(count: () => number): number | undefined {
  try {
    return count();
  } catch (error) {
    return EXITED_CODES.has(errorCode(error)) ? undefined : Number.NaN;
  }
}
