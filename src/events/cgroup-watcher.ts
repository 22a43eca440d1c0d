import type { Yielder } from '../base/yielder.ts';
import { namesIn } from '../node/cgroup-directories.ts';
import { parsePodName } from '../node/cgroup-names.ts';
import { ContainerGroup, inodeOf, type ContainerListener, type GroupParts } from './container-group.ts';
import { DirectoryWatches } from './directory-watches.ts';
import { RemovedPaths } from './removed-paths.ts';

/** Receives what happens to pods and their containers. */
export interface CgroupListener extends ContainerListener {
  podAdded(uid: string): void;
  /** `isUnseen`: it was new, and no container of it was seen. It had none, or they were gone before it was listed. */
  podRemoved(uid: string, isUnseen: boolean): void;
}

interface Pod {
  readonly uid: string;
  readonly isNew: boolean;
  readonly containers: ContainerGroup;
}

/**
 * Follows the pods and containers below the kubepods cgroups of one mount. inotify reports a directory that is made or
 * removed; on cgroup v2 also `cgroup.events` and `memory.events`. What inotify misses, {@link reconcile} finds.
 */
export class CgroupWatcher {
  readonly #listener: CgroupListener;
  readonly #mount: string;
  readonly #parts: GroupParts;
  readonly #watches = new DirectoryWatches();
  readonly #removed = new RemovedPaths();
  /** kubepods and the QoS classes in it. */
  readonly #parents = new Set<string>();
  /** By path. */
  readonly #pods = new Map<string, Pod>();
  #isNew: boolean;

  /** `isNew` is whether what the first search finds is new. */
  constructor(mount: string, listener: CgroupListener, { isNew } = { isNew: false }) {
    this.#mount = mount;
    this.#isNew = isNew;
    this.#listener = listener;
    this.#parts = { mount, listener, watches: this.#watches, removed: this.#removed, isNew: () => this.#isNew };
  }

  /** Number of watches, and why there are not more. */
  get status(): { readonly watches: number; readonly exhausted: string | undefined } {
    return { watches: this.#watches.size, exhausted: this.#watches.exhausted };
  }

  /** Finds what exists below the kubepods cgroups `roots`; the first call finds what ran before. */
  reconcile(roots: readonly string[]): void {
    this.#reconcilePods(roots);
    for (const { containers } of this.#pods.values()) containers.scan();
  }

  /** The same with turns of the event loop in between, in which inotify is heard; for a watcher that has begun. */
  async reconcileInSlices(roots: readonly string[], slice: Yielder): Promise<void> {
    this.#reconcilePods(roots);
    for (const { containers } of this.#pods.values()) {
      if (slice.shouldYield) await slice.yield();
      containers.scan();
    }
  }

  #reconcilePods(roots: readonly string[]): void {
    for (const parent of this.#parents) this.#scanParent(parent);
    for (const root of roots) this.#addParent(root);
    this.#isNew = true;
  }

  close(): void {
    this.#watches.close();
  }

  #addParent(path: string): void {
    if (this.#parents.has(path) || inodeOf(this.#mount, path) === undefined) return;
    this.#parents.add(path);
    this.#watches.add(this.#mount + path, (name) => this.#parentChanged(path, name));
    this.#scanParent(path);
  }

  #scanParent(path: string): void {
    const names = namesIn(this.#mount + path);
    if (names === undefined) this.#watches.remove(this.#mount + path);
    if (names === undefined) this.#parents.delete(path);
    for (const name of names ?? []) this.#parentChanged(path, name);
    const listed = new Set(names);
    for (const [podPath, pod] of this.#pods) {
      if (!podPath.startsWith(`${path}/`)) continue;
      const name = podPath.slice(path.length + 1);
      // A pod in a QoS class is listed in that.
      if (names === undefined || (!name.includes('/') && !listed.has(name))) this.#removePod(podPath, pod);
    }
  }

  #parentChanged(parent: string, name: string): void {
    const parsed = parsePodName(name);
    const path = `${parent}/${name}`;
    if (parsed.kind === 'qos') this.#addParent(path);
    if (parsed.kind !== 'pod') return;
    this.#podPathChanged(path, parsed.uid);
  }

  #podPathChanged(path: string, uid: string): void {
    const known = this.#pods.get(path);
    const inode = inodeOf(this.#mount, path);
    if (known !== undefined && known.containers.inode === inode) return;
    if (known !== undefined) this.#removePod(path, known);
    if (inode !== undefined) {
      this.#addPod(uid, path, inode);
    } else if (known === undefined && !this.#removed.delete(path)) {
      // Made and removed before this event was handled: what was in it is not known.
      this.#listener.podAdded(uid);
      this.#listener.podRemoved(uid, true);
      this.#removed.add(path);
    }
  }

  #addPod(uid: string, path: string, inode: number): void {
    const containers = new ContainerGroup(path, inode, uid, this.#parts);
    this.#pods.set(path, { uid, containers, isNew: this.#isNew });
    this.#removed.delete(path);
    if (this.#isNew) this.#listener.podAdded(uid);
    containers.open();
  }

  #removePod(path: string, { uid, containers, isNew }: Pod): void {
    containers.close();
    this.#pods.delete(path);
    this.#listener.podRemoved(uid, isNew && !containers.hasSeenAny);
  }
}
