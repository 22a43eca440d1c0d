import { statSync } from 'node:fs';
import { readRegularFile } from '../kernel/regular-file.ts';
import { namesIn } from '../node/cgroup-directories.ts';
import { parseCgroupName } from '../node/cgroup-names.ts';
import type { DirectoryWatches } from './directory-watches.ts';
import type { RemovedPaths } from './removed-paths.ts';

/** Of an ID; the names of interface files are shorter. */
const MIN_NAME_LENGTH = 64;

/** A container that is watched. */
export interface WatchedContainer {
  readonly id: string;
  /** Below the mount of each hierarchy. */
  readonly path: string;
  /** Of its pod; absent outside of pods. */
  readonly uid?: string;
}

/** Receives what happens to containers. */
export interface ContainerListener {
  /** `isNew` is false for a container that ran before the watcher started. */
  containerFound(container: WatchedContainer, isNew: boolean): void;
  /** Its last process has ended, or its cgroup is gone. Called once. */
  containerEnded(container: WatchedContainer): void;
  /** The memory events of some of the containers have changed (cgroup v2). */
  memoryEvents(containers: readonly WatchedContainer[]): void;
}

/** What the groups of one mount share. */
export interface GroupParts {
  readonly mount: string;
  readonly listener: ContainerListener;
  readonly watches: DirectoryWatches;
  readonly removed: RemovedPaths;
  /** Whether what is found now is new. */
  readonly isNew: () => boolean;
  /** Whether a cgroup of this name is one of the containers; all by default. */
  readonly accepts?: (name: string) => boolean;
}

interface Container extends WatchedContainer {
  readonly inode: number | undefined;
  hasEnded: boolean;
}

/** Identifies the directory at `path` below a mount; `undefined` if there is none or it is not accessible. */
export function inodeOf(mount: string, path: string): number | undefined {
  try {
    return statSync(mount + path, { throwIfNoEntry: false })?.ino;
  } catch {
    return undefined;
  }
}

/** The containers in one directory: that of a pod, or one in which an engine places containers. */
export class ContainerGroup {
  readonly path: string;
  readonly inode: number;
  readonly #uid: { readonly uid?: string };
  readonly #parts: GroupParts;
  readonly #containers = new Map<string, Container>();
  #hasSeenAny = false;
  #isClosed = false;

  /** `inode` is that of the directory at `path`. */
  constructor(path: string, inode: number, uid: string | undefined, parts: GroupParts) {
    this.path = path;
    this.inode = inode;
    this.#uid = uid === undefined ? {} : { uid };
    this.#parts = parts;
  }

  /** The mount below which it is. */
  get mount(): string {
    return this.#parts.mount;
  }

  /** Whether a container was ever seen in it. */
  get hasSeenAny(): boolean {
    return this.#hasSeenAny;
  }

  /** Watches the directory, then lists it: what is made meanwhile is found by one or by both. */
  open(): void {
    const { watches, listener } = this.#parts;
    watches.add(this.#directory(this.path), (name) => this.#changed(name));
    watches.add(this.#file(this.path, 'memory.events'), () => listener.memoryEvents([...this.#containers.values()]));
    this.scan();
  }

  /** Finds what inotify has missed. */
  scan(): void {
    // It may have been closed while others were scanned.
    if (this.#isClosed) return;
    for (const name of namesIn(this.#directory(this.path)) ?? []) this.#changed(name);
    for (const [name, { path }] of this.#containers) if (!this.#exists(path)) this.#remove(name);
  }

  /** Ends its containers, after the directory was removed. */
  close(): void {
    const { watches, removed } = this.#parts;
    this.#isClosed = true;
    for (const name of this.#containers.keys()) this.#remove(name);
    watches.remove(this.#directory(this.path));
    watches.remove(this.#file(this.path, 'memory.events'));
    removed.add(this.path);
  }

  #changed(name: string): void {
    if (name.length < MIN_NAME_LENGTH) return;
    const parsed = parseCgroupName(name);
    if (parsed.kind !== 'container' || this.#parts.accepts?.(name) === false) return;
    const { mount, removed } = this.#parts;
    const path = `${this.path}/${name}`;
    const known = this.#containers.get(name);
    const inode = inodeOf(mount, path);
    // A container that was restarted has another directory of the same name.
    if (known !== undefined && known.inode !== inode) this.#remove(name);
    else if (known !== undefined) return;
    if (inode === undefined && removed.has(path)) return;
    this.#found(name, { id: parsed.id, path, ...this.#uid, inode, hasEnded: false });
  }

  #found(name: string, container: Container): void {
    const { listener, watches, isNew } = this.#parts;
    const { path, inode } = container;
    this.#hasSeenAny = true;
    listener.containerFound(container, isNew());
    this.#containers.set(name, container);
    if (inode === undefined) this.#remove(name);
    else watches.add(this.#file(path, 'cgroup.events'), () => this.#populationChanged(container));
  }

  #populationChanged(container: Container): void {
    let events: string;
    try {
      events = readRegularFile(this.#file(container.path, 'cgroup.events')).toString('latin1');
    } catch {
      return;
    }
    if (/^populated 0$/m.test(events)) this.#end(container);
  }

  #remove(name: string): void {
    const container = this.#containers.get(name);
    if (container === undefined) return;
    this.#containers.delete(name);
    this.#parts.watches.remove(this.#file(container.path, 'cgroup.events'));
    this.#parts.removed.add(container.path);
    this.#end(container);
  }

  #end(container: Container): void {
    if (container.hasEnded) return;
    container.hasEnded = true;
    this.#parts.listener.containerEnded(container);
  }

  #exists(path: string): boolean {
    return inodeOf(this.#parts.mount, path) !== undefined;
  }

  #directory(path: string): string {
    return this.#parts.mount + path;
  }

  #file(path: string, name: string): string {
    return `${this.#parts.mount}${path}/${name}`;
  }
}
