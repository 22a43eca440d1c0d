import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';

const PREFIX = 'kubepods-standin-';

/**
 * A new unique name for a stand-in tree, with its owner: `kubepods-standin-<pid>-<start>-<random>`,
 * where `start` is the owner's start time in clock ticks, because process IDs are reused.
 */
export function ownedName(): string {
  const start = startTime(process.pid);
  return `${PREFIX}${process.pid}-${start}-${randomBytes(4).toString('hex')}`;
}

/** Whether `name` is that of a stand-in tree whose owner no longer runs. */
export function isOrphan(name: string): boolean {
  const match = /^kubepods-standin-(\d+)-(\d+)-[0-9a-f]{8}$/.exec(name);
  if (match === null) return false;
  return startTime(Number(match[1])) !== match[2];
}

/** Field 22 of proc_pid_stat(5); `undefined` for a process that is gone or a zombie. */
function startTime(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The second field is the command in parentheses and may contain anything.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}
