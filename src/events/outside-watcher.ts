import { dirname } from 'node:path';
import { isNamedByKubernetes } from '../node/outside-containers.ts';
import { ContainerGroup, inodeOf, type ContainerListener, type GroupParts } from './container-group.ts';
import { DirectoryWatches } from './directory-watches.ts';
import { RemovedPaths } from './removed-paths.ts';

/** Where Docker and Podman place containers by default, with the drivers cgroupfs and systemd. */
const PARENTS = ['/docker', '/system.slice', '/libpod_parent', '/machine.slice'];

/** Bounds the watches: users of the node may place containers in directories without end. */
const MAX_PARENTS = 100;

/** Follows the containers that belong to no pod, in the directories where engines place them. */
export class OutsideWatcher {
  readonly #mounts: readonly string[];
  readonly #listener: ContainerListener;
  readonly #watches = new DirectoryWatches();
  readonly #removed = new RemovedPaths();
  /** By the path of the directory. */
  readonly #groups = new Map<string, ContainerGroup>();
  #isNew = false;

  /** `mounts`: of all hierarchies, that of cgroup v2 first, whose files report the end of the last process. */
  constructor(mounts: readonly string[], listener: ContainerListener) {
    this.#mounts = [...new Set(mounts)];
    this.#listener = listener;
    for (const mount of this.#mounts.slice(0, 1)) this.#watches.add(mount, (name) => this.#topChanged(`/${name}`));
  }

  /** Number of watches, and why there are not more. */
  get status(): { readonly watches: number; readonly exhausted: string | undefined } {
    return { watches: this.#watches.size, exhausted: this.#watches.exhausted };
  }

  /** Finds the containers in the directories of `found`, paths of containers; the first call finds what ran before. */
  reconcile(found: readonly string[]): void {
    for (const parent of new Set([...PARENTS, ...found.map((path) => dirname(path))])) this.#add(parent);
    for (const [path, group] of this.#groups) {
      if (inodeOf(group.mount, path) === group.inode) group.scan();
      else this.#drop(path, group);
    }
    this.#isNew = true;
  }

  close(): void {
    this.#watches.close();
  }

  #topChanged(path: string): void {
    const group = this.#groups.get(path);
    if (group !== undefined && inodeOf(group.mount, path) !== group.inode) this.#drop(path, group);
    if (PARENTS.includes(path)) this.#add(path);
  }

  #add(path: string): void {
    if (path === '/' || this.#groups.has(path) || this.#groups.size >= MAX_PARENTS) return;
    for (const mount of this.#mounts) {
      const inode = inodeOf(mount, path);
      if (inode === undefined) continue;
      const group = new ContainerGroup(path, inode, undefined, this.#partsOf(mount));
      this.#groups.set(path, group);
      group.open();
      return;
    }
  }

  #drop(path: string, group: ContainerGroup): void {
    group.close();
    this.#groups.delete(path);
  }

  #partsOf(mount: string): GroupParts {
    return {
      mount,
      listener: this.#listener,
      watches: this.#watches,
      removed: this.#removed,
      isNew: () => this.#isNew,
      accepts: (name) => !isNamedByKubernetes(name),
    };
  }
}
