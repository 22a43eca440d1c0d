import { readFileSync } from 'node:fs';

/** One mounted cgroup hierarchy. */
export interface Hierarchy {
  readonly version: 1 | 2;
  /** Mount point, absolute. */
  readonly path: string;
}

/**
 * The cgroup hierarchies of this machine, v1 before v2: on a hybrid machine a file such as `cpu.stat`
 * exists in both, and v1's is the one that counts.
 *
 * Format: proc_pid_mountinfo(5), e.g.
 * `35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory`
 */
export function mountedHierarchies(mountinfo = readFileSync('/proc/self/mountinfo', 'utf8')): readonly Hierarchy[] {
  const byDevice = new Map<string, Hierarchy>();
  for (const line of mountinfo.split('\n')) {
    const [mount = '', superBlock = ''] = line.split(' - ');
    const [, , device, , path] = mount.split(' ');
    const type = superBlock.split(' ')[0];
    if (device === undefined || path === undefined || byDevice.has(device)) continue;
    if (type === 'cgroup') byDevice.set(device, { version: 1, path });
    if (type === 'cgroup2') byDevice.set(device, { version: 2, path });
  }
  return [...byDevice.values()].toSorted((left, right) => left.version - right.version);
}
