import { statSync } from 'node:fs';
import { systemPath } from './path-names.ts';

/** The directory itself, and a file of cgroup v2 and of v1 that is never written. */
const UNCHANGED = ['', '/cgroup.events', '/cgroup.clone_children'];

/**
 * An upper bound of the time at which the cgroup in `directory` was created, in Unix seconds: the oldest modification
 * time of {@link UNCHANGED}. kernfs records no creation time. A directory or file has the time at which the kernel made
 * its inode, which is that of the first access unless the inode was evicted since; the directory also that of its newest
 * child. NaN if the cgroup does not exist.
 */
export function readCreationTime(directory: string): number {
  const times = UNCHANGED.flatMap(
    (name) => statSync(systemPath(directory + name), { throwIfNoEntry: false })?.mtimeMs ?? [],
  );
  return times.length === 0 ? Number.NaN : Math.min(...times) / 1000;
}
