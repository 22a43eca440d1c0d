import { statSync } from 'node:fs';
import { readRegularFile } from '../kernel/regular-file.ts';
import { namesIn } from '../node/cgroup-directories.ts';
import { parseCgroupName, parsePodName } from '../node/cgroup-names.ts';
import { DirectoryWatches } from './directory-watches.ts';

/** A container of a pod that is watched. */
export interface WatchedContainer {
  readonly id: string;
  /** Below the mount of each hierarchy. */
  readonly path: string;
  readonly uid: string;
}

/** Receives what happens. */
export interface CgroupListener {
  podAdded(uid: string): void;
  podRemoved(uid: string): void;
  /** `isNew` is false for a container that ran before the watcher started. */
  containerFound(container: WatchedContainer, isNew: boolean): void;
  /** Its last process has ended, or its cgroup is gone. Called once. */
  containerEnded(container: WatchedContainer): void;
  /** The memory events of a pod have changed (cgroup v2). */
  memoryEvents(containers: readonly WatchedContainer[]): void;
}

interface Container extends WatchedContainer {
  hasEnded: boolean;
}

interface Pod {
  readonly uid: string;
  readonly path: string;
  readonly inode: number;
  readonly containers: Map<string, Container>;
}

/** Names of removed cgroups that are kept, so that a late event for one is not taken for another. */
const MAX_REMOVED = 1000;

/**
 * Follows the pods and containers below the kubepods cgroups of one mount. inotify reports a directory that is made or
 * removed; on cgroup v2 also `cgroup.events` and `memory.events`. What inotify misses, {@link reconcile} finds.
 */
export class CgroupWatcher {
  readonly #listener: CgroupListener;
  readonly #mount: string;
  readonly #watches = new DirectoryWatches();
  /** kubepods and the QoS classes in it. */
  readonly #parents = new Set<string>();
  readonly #pods = new Map<string, Pod>();
  readonly #removed = new Set<string>();
  #isNew: boolean;

  /** `isNew` is whether what the first search finds is new. */
  constructor(mount: string, listener: CgroupListener, { isNew } = { isNew: false }) {
    this.#mount = mount;
    this.#isNew = isNew;
    this.#listener = listener;
  }

  /** Number of watches, and why there are not more. */
  get status(): { readonly watches: number; readonly exhausted: string | undefined } {
    return { watches: this.#watches.size, exhausted: this.#watches.exhausted };
  }

  /** Finds what exists below the kubepods cgroups `roots`; the first call finds what ran before. */
  reconcile(roots: readonly string[]): void {
    for (const root of roots) this.#addParent(root);
    for (const parent of this.#parents) this.#scanParent(parent);
    for (const pod of this.#pods.values()) this.#scanPod(pod);
    this.#isNew = true;
  }

  close(): void {
    this.#watches.close();
  }

  #addParent(path: string): void {
    if (this.#parents.has(path) || this.#inodeOf(path) === undefined) return;
    this.#parents.add(path);
    this.#watches.add(this.#mount + path, (name) => this.#parentChanged(path, name));
    this.#scanParent(path);
  }

  #scanParent(path: string): void {
    const names = namesIn(this.#mount + path);
    if (names === undefined) this.#watches.remove(this.#mount + path);
    if (names === undefined) this.#parents.delete(path);
    for (const name of names ?? []) this.#parentChanged(path, name);
    for (const pod of this.#pods.values()) {
      if (pod.path.startsWith(`${path}/`) && this.#inodeOf(pod.path) === undefined) this.#removePod(pod);
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
    const inode = this.#inodeOf(path);
    if (known !== undefined && known.inode === inode) return;
    if (known !== undefined) this.#removePod(known);
    if (inode !== undefined) {
      this.#addPod({ uid, path, inode, containers: new Map() });
    } else if (known === undefined && !this.#removed.delete(path)) {
      // Made and removed before this event was handled.
      this.#listener.podAdded(uid);
      this.#listener.podRemoved(uid);
      this.#markRemoved(path);
    }
  }

  #addPod(pod: Pod): void {
    const { path, uid } = pod;
    this.#pods.set(path, pod);
    this.#removed.delete(path);
    if (this.#isNew) this.#listener.podAdded(uid);
    this.#watches.add(this.#mount + path, (name) => this.#podChanged(pod, name));
    const events = `${this.#mount}${path}/memory.events`;
    this.#watches.add(events, () => this.#listener.memoryEvents([...pod.containers.values()]));
    this.#scanPod(pod);
  }

  #scanPod(pod: Pod): void {
    for (const name of namesIn(this.#mount + pod.path) ?? []) this.#podChanged(pod, name);
    for (const [name, { path }] of pod.containers)
      if (this.#inodeOf(path) === undefined) this.#removeContainer(pod, name);
  }

  #podChanged(pod: Pod, name: string): void {
    const parsed = parseCgroupName(name);
    if (parsed.kind !== 'container') return;
    const path = `${pod.path}/${name}`;
    const known = pod.containers.get(name);
    const exists = this.#inodeOf(path) !== undefined;
    if (known !== undefined && !exists) this.#removeContainer(pod, name);
    if (known !== undefined || (!exists && this.#removed.has(path))) return;
    const container = { id: parsed.id, path, uid: pod.uid, hasEnded: false };
    this.#listener.containerFound(container, this.#isNew);
    pod.containers.set(name, container);
    if (!exists) {
      this.#removeContainer(pod, name);
      return;
    }
    this.#watches.add(`${this.#mount}${path}/cgroup.events`, () => this.#populationChanged(container));
  }

  #populationChanged(container: Container): void {
    let events: string;
    try {
      events = readRegularFile(`${this.#mount}${container.path}/cgroup.events`).toString('latin1');
    } catch {
      return;
    }
    if (/^populated 0$/m.test(events)) this.#end(container);
  }

  #end(container: Container): void {
    if (container.hasEnded) return;
    container.hasEnded = true;
    this.#listener.containerEnded(container);
  }

  #removeContainer(pod: Pod, name: string): void {
    const container = pod.containers.get(name);
    if (container === undefined) return;
    pod.containers.delete(name);
    this.#watches.remove(`${this.#mount}${container.path}/cgroup.events`);
    this.#markRemoved(container.path);
    this.#end(container);
  }

  #removePod(pod: Pod): void {
    for (const name of pod.containers.keys()) this.#removeContainer(pod, name);
    this.#pods.delete(pod.path);
    this.#watches.remove(this.#mount + pod.path);
    this.#watches.remove(`${this.#mount}${pod.path}/memory.events`);
    this.#markRemoved(pod.path);
    this.#listener.podRemoved(pod.uid);
  }

  #markRemoved(path: string): void {
    this.#removed.add(path);
    for (const oldest of this.#removed) {
      if (this.#removed.size <= MAX_REMOVED) return;
      this.#removed.delete(oldest);
    }
  }

  #inodeOf(path: string): number | undefined {
    return statSync(this.#mount + path, { throwIfNoEntry: false })?.ino;
  }
}
