/**
 * What the processes in a cgroup have open. A process with no right to look at others sees how many descriptors they
 * have, but not what they are.
 * https://docs.kernel.org/filesystems/proc.html#proc-pid-fd-list-of-symlinks-to-open-files
 */
import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { errorCode } from '../base/error-code.ts';

/** Whether the size of `/proc/PID/fd` is the number of descriptors, as since Linux 6.2; before, it is 0. */
export function fdDirectoryHasSize(procfs: string): boolean {
  return (statSync(`${procfs}/self/fd`, { throwIfNoEntry: false })?.size ?? 0) > 0;
}

/**
 * How many descriptors a process has open: `bySize` by the size of its directory, which needs no right, else by
 * listing it, which does. `undefined` for a process that has ended, NaN without the right.
 */
export function countOpenDescriptors(procfs: string, pid: number, bySize: boolean): number | undefined {
  return unlessEnded(() => {
    const directory = `${procfs}/${pid}/fd`;
    return bySize ? statSync(directory).size : readdirSync(directory).length;
  });
}

/**
 * How many sockets a process has open, which only whoever may trace it can tell. `undefined` for a process that has
 * ended, NaN without the right, or if it has more than `most` descriptors: each costs a system call.
 */
export function countOpenSockets(procfs: string, pid: number, most: number): number | undefined {
  return unlessEnded(() => {
    const directory = `${procfs}/${pid}/fd`;
    const descriptors = readdirSync(directory);
    if (descriptors.length > most) return Number.NaN;
    return descriptors.filter((name) => isSocket(`${directory}/${name}`)).length;
  });
}

function isSocket(descriptor: string): boolean {
  try {
    return readlinkSync(descriptor, 'latin1').startsWith('socket:');
  } catch (error) {
    // Closed since it was listed.
    if (errorCode(error) === 'ENOENT') return false;
    throw error;
  }
}

/**
 * The soft limit of open files of a process; -1 for none, `undefined` if there is no such process.
 *
 *     Limit                     Soft Limit           Hard Limit           Units
 *     Max open files            1024                 1048576              files
 */
export function readOpenFilesLimit(procfs: string, pid: number): number | undefined {
  let limits: string;
  try {
    limits = readFileSync(`${procfs}/${pid}/limits`, 'latin1');
  } catch {
    return undefined;
  }
  const soft = /^Max open files\s+(\d+|unlimited)/m.exec(limits)?.[1];
  if (soft === undefined) return undefined;
  return soft === 'unlimited' ? -1 : Number(soft);
}

const ENDED = new Set(['ENOENT', 'ESRCH']);

function unlessEnded(count: () => number): number | undefined {
  try {
    return count();
  } catch (error) {
    return ENDED.has(errorCode(error)) ? undefined : Number.NaN;
  }
}
