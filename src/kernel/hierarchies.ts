/** Mounts of the cgroup hierarchies. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseMountinfo, type Mount } from './mountinfo.ts';
import { decodePath } from './text.ts';
import { readRegularFile } from './regular-file.ts';

/** Mount paths of the node's file systems. */
export interface NodePaths {
  readonly procfs: string;
  readonly sysfs: string;
  readonly rootfs: string;
  /** The cgroup mount; detected by default. */
  readonly cgroup?: string;
}

/** The cgroup file systems of a node. */
export interface Hierarchies {
  /**
   * Interface of the resource controllers. `hybrid` is v1 plus a v2 mount, which has the controllers that no v1
   * hierarchy has: usually none. `none` means that no cgroup is visible.
   */
  readonly mode: 'v1' | 'v2' | 'hybrid' | 'none';
  /** Mount directory by v1 controller (`memory`, `cpuacct`, `name=systemd`); empty on v2. */
  readonly controllers: ReadonlyMap<string, string>;
  /** The v2 mount, on v2 and hybrid. */
  readonly unified?: string;
  /** The controllers of the v2 mount; absent if it does not list them. */
  readonly unifiedControllers?: ReadonlySet<string>;
}

interface CgroupMount {
  readonly directory: string;
  readonly type: 'cgroup' | 'cgroup2';
  readonly controllers: readonly string[];
  /** False for a bind mount of a part of the hierarchy. */
  readonly isWhole: boolean;
}

/** A directory named after one or more of these is a v1 hierarchy, e.g. `cpu,cpuacct`. */
const CONTROLLERS = new Set(['cpu', 'cpuacct', 'memory', 'blkio', 'pids', 'hugetlb', 'cpuset', 'devices', 'freezer']);

/** Those whose files are read on v1. */
export const READ_CONTROLLERS: ReadonlySet<string> = new Set(['cpu', 'cpuacct', 'memory', 'blkio', 'pids', 'hugetlb']);

/**
 * Finds the hierarchies from the files below `paths.cgroup` if it is set, else from the mounts of PID 1, else from the
 * exporter's own mounts, else from the files below `/sys/fs/cgroup`.
 *
 * @throws {Error} one line with the searched paths, if no hierarchy exists.
 */
export function findHierarchies(paths: NodePaths): Hierarchies {
  const configured = paths.cgroup;
  if (configured !== undefined) {
    const found = fromFiles(configured);
    if (found === undefined) throw new Error(`no cgroup hierarchy below ${configured}`);
    return found;
  }
  const defaultMount = join(paths.sysfs, 'fs/cgroup');
  const found =
    fromMounts(mountsOf(paths, '1').map((mount) => ({ ...mount, directory: visiblePath(paths, mount.directory) }))) ??
    fromMounts(mountsOf(paths, 'self')) ??
    fromFiles(defaultMount);
  if (found === undefined)
    throw new Error(`no cgroup mount in ${paths.procfs}/1/mountinfo and none at ${defaultMount}`);
  return found;
}

/** Path of the node's `directory` for the exporter. */
function visiblePath(paths: NodePaths, directory: string): string {
  if (directory.startsWith('/sys/')) return join(paths.sysfs, directory.slice('/sys'.length));
  return join(paths.rootfs, directory);
}

function fromMounts(mounts: readonly CgroupMount[]): Hierarchies | undefined {
  const controllers = new Map<string, string>();
  let unified: string | undefined;
  const wholeFirst = mounts.toSorted((left, right) => Number(right.isWhole) - Number(left.isWhole));
  for (const { directory, type, controllers: names } of wholeFirst) {
    if (!isDirectory(directory)) continue;
    if (type === 'cgroup2') unified ??= directory;
    for (const name of names) if (!controllers.has(name)) controllers.set(name, directory);
  }
  return combine(controllers, unified);
}

function combine(controllers: ReadonlyMap<string, string>, unified: string | undefined): Hierarchies | undefined {
  const names = [...controllers.keys()];
  if (unified === undefined)
    return names.some((name) => CONTROLLERS.has(name)) ? { mode: 'v1', controllers } : undefined;
  const listed = listControllers(unified);
  const beside = listed === undefined ? { unified } : { unified, unifiedControllers: listed };
  // A v2 node may have v1 mounts of other controllers, e.g. net_cls, devices or a named hierarchy.
  if (!names.some((name) => READ_CONTROLLERS.has(name))) return { mode: 'v2', controllers: new Map(), ...beside };
  return { mode: 'hybrid', controllers, ...beside };
}

function listControllers(directory: string): ReadonlySet<string> | undefined {
  try {
    return new Set(
      readRegularFile(join(directory, 'cgroup.controllers')).toString('latin1').split(/\s+/).filter(Boolean),
    );
  } catch {
    return undefined;
  }
}

/** Reads `PID/mountinfo`; returns none if the process does not exist or is not accessible. */
function mountsOf(paths: NodePaths, pid: string): CgroupMount[] {
  let content: Buffer;
  try {
    content = readRegularFile(join(paths.procfs, pid, 'mountinfo'));
  } catch {
    return [];
  }
  return parseMountinfo(content).flatMap((mount) => cgroupMount(mount) ?? []);
}

/**
 * Returns the mount if its type is cgroup or cgroup2.
 *
 *     31 23 0:26 / /sys/fs/cgroup rw,relatime shared:8 - cgroup2 cgroup2 rw
 *     35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
 */
function cgroupMount({ type, root, mountPoint, superOptions }: Mount): CgroupMount | undefined {
  const directory = decodePath(mountPoint);
  const isWhole = root === '/';
  if (type === 'cgroup2') return { directory, type, isWhole, controllers: [] };
  if (type !== 'cgroup') return undefined;
  const controllers = superOptions.split(',').filter((name) => name !== 'rw' && name !== 'ro');
  return { directory, type, isWhole, controllers };
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

/** Files of every v2 cgroup that the parent directory of v1 hierarchies lacks. */
const UNIFIED_FILES = ['cgroup.controllers', 'cgroup.subtree_control'];

function isUnified(directory: string): boolean {
  return UNIFIED_FILES.some((file) => statSync(join(directory, file), { throwIfNoEntry: false }) !== undefined);
}

/** Whether `path` is an accessible directory. */
export function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
