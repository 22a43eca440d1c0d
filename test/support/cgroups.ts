import { existsSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';

import type { CgroupLimits } from './cgroup-limits.ts';
import { limitFiles } from './cgroup-limits.ts';
import { containerFolder, podPath } from './cgroup-layout.ts';
import type { Driver, QosClass } from './cgroup-layout.ts';
import { mountedHierarchies } from './cgroup-mounts.ts';
import type { Hierarchy } from './cgroup-mounts.ts';
import { startGuard } from './guard.ts';
import type { Guard } from './guard.ts';
import { diskOf } from './disk.ts';
import { ownedName } from './owner.ts';
import { removeCgroup, removeLeftovers, removeTree } from './removal.ts';

/** What makes up a pod's cgroup. */
export interface PodCgroup {
  readonly qos: QosClass;
  /** Pod UID, or the config hash of a static pod. */
  readonly uid: string;
  readonly limits?: CgroupLimits;
}

/**
 * A tree of real cgroups in the kubelet's layout, below a root of its own in every mounted hierarchy.
 * All paths in results and parameters are relative to that root.
 */
export class CgroupTree {
  /** Name of the root below each mount point, and of the temporary folder. */
  readonly name: string;
  readonly driver: Driver;
  /** A folder for files of the tree's processes, removed with it. */
  readonly folder: string;
  readonly #hierarchies: readonly Hierarchy[];
  readonly #guard: Guard;
  #removed = false;

  private constructor(driver: Driver) {
    this.name = ownedName();
    this.driver = driver;
    this.folder = join(tmpdir(), this.name);
    this.#hierarchies = mountedHierarchies();
    this.#guard = startGuard();
  }

  /** Removes the trees of owners that do not run any more, and creates an empty one. Needs root. */
  static async create(driver: Driver = 'cgroupfs'): Promise<CgroupTree> {
    await removeLeftovers();
    const tree = new CgroupTree(driver);
    await mkdir(tree.folder);
    tree.make('');
    tree.#countIo();
    return tree;
  }

  /** Makes a pod's cgroup; returns its path. */
  makePod(pod: PodCgroup): string {
    const path = podPath(this.driver, pod.qos, pod.uid);
    this.make(path);
    this.limit(path, pod.limits ?? {});
    return path;
  }

  /** Makes a container's cgroup in its pod's; `id` has 64 hex digits. Returns its path. */
  makeContainer(pod: string, id: string, limits: CgroupLimits = {}): string {
    const path = join(pod, containerFolder(this.driver, id));
    this.make(path);
    this.limit(path, limits);
    return path;
  }

  /** Makes any cgroup below the root, with its parents. Throws once the tree is being removed. */
  make(path: string): void {
    if (this.#removed) throw new Error(`${this.name} is removed`);
    for (const hierarchy of this.#hierarchies) {
      makeFolder(hierarchy, join(hierarchy.path, this.name, path));
    }
  }

  /** Writes limits in the files of v1 and v2, wherever this kernel has them. */
  limit(path: string, limits: CgroupLimits): void {
    for (const [name, value] of limitFiles(limits)) {
      const file = this.file(path, name);
      if (file !== undefined) writeFileSync(file, value);
    }
  }

  /** Absolute path of a cgroup's file in the hierarchy that has it; `undefined` when none has. */
  file(path: string, name: string): string | undefined {
    return this.#folders(path)
      .map((folder) => join(folder, name))
      .find((file) => existsSync(file));
  }

  /** Content of a cgroup's file; throws when no hierarchy has it. */
  read(path: string, name: string): string {
    const file = this.file(path, name);
    if (file === undefined) throw new Error(`no ${name} in cgroup ${path}`);
    return readFileSync(file, 'latin1');
  }

  /** The `cgroup.procs` of every hierarchy: a process that writes 0 to each of them moves into the cgroup. */
  procsFiles(path: string): readonly string[] {
    return this.#folders(path).map((folder) => join(folder, 'cgroup.procs'));
  }

  /** Moves a running process into the cgroup. */
  attach(path: string, pid: number): void {
    for (const file of this.procsFiles(path)) writeFileSync(file, String(pid));
  }

  /** Process IDs in the cgroup itself, without those in cgroups below. */
  pids(path: string): readonly number[] {
    return this.read(path, 'cgroup.procs').split('\n').filter(Boolean).map(Number);
  }

  /**
   * A folder that looks like a machine's cgroup mounts but shows this tree alone, for `--path.cgroup`:
   * links to each hierarchy, or on pure v2 the tree itself.
   */
  view(): string {
    const [first, ...others] = this.#hierarchies;
    if (first?.version === 2 && others.length === 0) return join(first.path, this.name);
    const view = mkdtempSync(join(this.folder, 'cgroup-'));
    for (const { path } of this.#hierarchies) {
      const mount = basename(path);
      for (const name of new Set([mount, ...mount.split(',')])) {
        symlinkSync(join(path, this.name), join(view, name));
      }
    }
    return view;
  }

  /** Kills the processes of one cgroup and of those below, and removes them. */
  async removeCgroup(path: string): Promise<void> {
    await removeCgroup(join(this.name, path));
  }

  /** Kills every process of the tree and removes all of it. May be called again. */
  async remove(): Promise<void> {
    this.#removed = true;
    await removeTree(this.name);
    this.#guard.dismiss();
  }

  /**
   * Since Linux 6.10 v1 counts a disk's I/O from the first throttling rule on. This one limits nothing, and is removed
   * with the tree; the disk goes on counting, at a negligible cost.
   */
  #countIo(): void {
    const disk = diskOf(this.folder);
    const rules = this.file('', 'blkio.throttle.write_bps_device');
    if (disk === undefined || rules === undefined) return;
    writeFileSync(rules, `${disk} ${Number.MAX_SAFE_INTEGER}`);
  }

  #folders(path: string): readonly string[] {
    return this.#hierarchies.map((hierarchy) => join(hierarchy.path, this.name, path));
  }
}

function makeFolder(hierarchy: Hierarchy, folder: string): void {
  if (existsSync(folder)) return;
  const parent = dirname(folder);
  if (parent !== hierarchy.path) makeFolder(hierarchy, parent);
  if (hierarchy.version === 2) enableControllers(parent);
  mkdirSync(folder);
  // A new v1 cpuset is empty and accepts no process until it has both.
  for (const name of ['cpuset.mems', 'cpuset.cpus']) {
    if (hierarchy.version === 1 && existsSync(join(parent, name))) {
      writeFileSync(join(folder, name), readFileSync(join(parent, name)));
    }
  }
}

const CONTROLLERS = ['cpu', 'cpuset', 'io', 'memory', 'pids'];

function enableControllers(folder: string): void {
  const read = (name: string) => readFileSync(join(folder, name), 'latin1').split(/\s+/);
  const available = read('cgroup.controllers');
  const enabled = read('cgroup.subtree_control');
  for (const name of CONTROLLERS) {
    if (!available.includes(name) || enabled.includes(name)) continue;
    writeFileSync(join(folder, 'cgroup.subtree_control'), `+${name}`);
  }
}
