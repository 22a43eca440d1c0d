/** Where the cgroup hierarchies are mounted. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseMountinfo, decodePath, type Mount } from './mountinfo.ts';

/** Prefixes under which the node's file systems are seen. */
export interface NodePaths {
  readonly procfs: string;
  readonly sysfs: string;
  readonly rootfs: string;
  /** The cgroup mount, when it is told and not to be looked for. */
  readonly cgroup?: string;
}

/** The cgroup file systems of a node. */
export interface Hierarchies {
  /**
   * Which interface the resource controllers have; `hybrid` is v1 with a v2 mount beside it that has none, `none` is
   * where no cgroup is read.
   */
  readonly mode: 'v1' | 'v2' | 'hybrid' | 'none';
  /** Mount directory by v1 controller (`memory`, `cpuacct`, `name=systemd`); empty on v2. */
  readonly controllers: ReadonlyMap<string, string>;
  /** The v2 mount, on v2 and hybrid. */
  readonly unified?: string;
}

interface CgroupMount {
  readonly directory: string;
  readonly type: 'cgroup' | 'cgroup2';
  readonly controllers: readonly string[];
  /** The mount shows the whole hierarchy, not a part of it that was bound elsewhere. */
  readonly whole: boolean;
}

/** The controllers that mark a directory as a v1 hierarchy by its name, as in `cpu,cpuacct`. */
const CONTROLLERS = new Set(['cpu', 'cpuacct', 'memory', 'blkio', 'pids', 'hugetlb', 'cpuset', 'devices', 'freezer']);

/**
 * Finds the hierarchies: from the files below `paths.cgroup` if that is given, else from the mounts of PID 1,
 * else from our own mounts, else from the files below `/sys/fs/cgroup`.
 *
 * @throws {Error} one line that says where was looked, if there are none.
 */
export function findHierarchies(paths: NodePaths): Hierarchies {
  const given = paths.cgroup;
  if (given !== undefined) {
    const found = fromFiles(given);
    if (found === undefined) throw new Error(`no cgroup hierarchy below ${given}`);
    return found;
  }
  const usual = join(paths.sysfs, 'fs/cgroup');
  const found =
    fromMounts(mountsOf(paths, '1').map((mount) => ({ ...mount, directory: seenFrom(paths, mount.directory) }))) ??
    fromMounts(mountsOf(paths, 'self')) ??
    fromFiles(usual);
  if (found === undefined) throw new Error(`no cgroup mount in ${paths.procfs}/1/mountinfo and none at ${usual}`);
  return found;
}

/** The path under which we see what the node has at `directory`. */
function seenFrom(paths: NodePaths, directory: string): string {
  if (directory.startsWith('/sys/')) return join(paths.sysfs, directory.slice('/sys'.length));
  return join(paths.rootfs, directory);
}

function fromMounts(mounts: readonly CgroupMount[]): Hierarchies | undefined {
  const controllers = new Map<string, string>();
  let unified: string | undefined;
  const wholeFirst = mounts.toSorted((left, right) => Number(right.whole) - Number(left.whole));
  for (const { directory, type, controllers: names } of wholeFirst) {
    if (!isDirectory(directory)) continue;
    if (type === 'cgroup2') unified ??= directory;
    for (const name of names) if (!controllers.has(name)) controllers.set(name, directory);
  }
  return combine(controllers, unified);
}

function combine(controllers: ReadonlyMap<string, string>, unified: string | undefined): Hierarchies | undefined {
  const legacy = [...controllers.keys()].some((name) => CONTROLLERS.has(name));
  if (!legacy) return unified === undefined ? undefined : { mode: 'v2', controllers: new Map(), unified };
  return unified === undefined ? { mode: 'v1', controllers } : { mode: 'hybrid', controllers, unified };
}

/** `PID/mountinfo`; a process that is not there or not ours to read has no mounts for us. */
function mountsOf(paths: NodePaths, pid: string): CgroupMount[] {
  let content: Buffer;
  try {
    content = readFileSync(join(paths.procfs, pid, 'mountinfo'));
  } catch {
    return [];
  }
  return parseMountinfo(content).flatMap((mount) => cgroupMount(mount) ?? []);
}

/**
 * A mount, if it is one of cgroups.
 *
 *     31 23 0:26 / /sys/fs/cgroup rw,relatime shared:8 - cgroup2 cgroup2 rw
 *     35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
 */
function cgroupMount({ type, root, mountPoint, superOptions }: Mount): CgroupMount | undefined {
  const directory = decodePath(mountPoint);
  const whole = root === '/';
  if (type === 'cgroup2') return { directory, type, whole, controllers: [] };
  if (type !== 'cgroup') return undefined;
  const controllers = superOptions.split(',').filter((name) => name !== 'rw' && name !== 'ro');
  return { directory, type, whole, controllers };
}

function fromFiles(directory: string): Hierarchies | undefined {
  let names: string[];
  try {
    names = readdirSync(directory);
  } catch {
    return undefined;
  }
  if (isUnified(directory)) return combine(new Map(), directory);
  const controllers = new Map<string, string>();
  for (const name of names) {
    if (!isDirectory(join(directory, name))) continue;
    if (name === 'systemd') controllers.set('name=systemd', join(directory, name));
    for (const controller of name.split(',')) {
      if (CONTROLLERS.has(controller)) controllers.set(controller, join(directory, name));
    }
  }
  const unified = join(directory, 'unified');
  return combine(controllers, names.includes('unified') && isDirectory(unified) ? unified : undefined);
}

/** Files that every v2 cgroup has, and the directory above v1 hierarchies has not. */
const UNIFIED_FILES = ['cgroup.controllers', 'cgroup.subtree_control'];

function isUnified(directory: string): boolean {
  return UNIFIED_FILES.some((file) => statSync(join(directory, file), { throwIfNoEntry: false }) !== undefined);
}

/** Whether there is a directory at a path, by our rights. */
export function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
