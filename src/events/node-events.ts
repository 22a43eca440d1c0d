import { join } from 'node:path';
import type { Clock } from '../base/clock.ts';
import { TimeSlice } from '../base/yielder.ts';
import { isDirectory, type Hierarchies } from '../kernel/hierarchies.ts';
import type { CgroupFinder } from '../node/cgroup-tree.ts';
import type { OutsideContainer } from '../node/outside-containers.ts';
import type { PodIndex } from '../pods/pod-index.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import { CgroupWatcher, type CgroupListener } from './cgroup-watcher.ts';
import { collectedNumbers, VolumeChanges } from './collected.ts';
import type { WatchedContainer } from './container-group.ts';
import { readEndNumbers, readOomKills } from './end-numbers.ts';
import type { EndNumbers, NodeEvent, PublishedEvent } from './event.ts';
import { EventStore, type EventStoreOptions } from './event-store.ts';
import type { OutsideNames } from './outside-naming.ts';
import { OutsideWatcher } from './outside-watcher.ts';
import { PendingEvents } from './pending-events.ts';

/** Milliseconds between two searches for what inotify has missed. */
const RECONCILE_MS = 60_000;

export interface NodeEventsParts extends Omit<EventStoreOptions, 'time'> {
  readonly hierarchies: Hierarchies;
  readonly tree: CgroupFinder;
  /** Absent where pods are not known. */
  readonly index: PodIndex | undefined;
  /** Names containers outside of pods; absent without an engine. */
  readonly names?: OutsideNames | undefined;
  readonly clock: Clock;
  /** Called with each published event. */
  readonly published: (event: PublishedEvent) => void;
}

/** Finds and keeps what happens on this node. */
export class NodeEvents implements CgroupListener {
  readonly store: EventStore;
  readonly #parts: NodeEventsParts;
  readonly #pending: PendingEvents;
  readonly #volumes = new VolumeChanges();
  readonly #outside: OutsideWatcher;
  #watcher: CgroupWatcher | undefined;
  /** What is found from now on is new. */
  #isStarted = false;
  #reconcileAt = 0;
  #unseenPods = 0;
  /** The containers that run, with the OOM kills that have been reported, by path. */
  readonly #running = new Map<string, { readonly container: WatchedContainer; kills: number }>();
  /** Numbers of the last collection, for containers whose cgroup is gone when their end is seen. */
  #collected: ReadonlyMap<string, EndNumbers> = new Map();

  constructor(parts: NodeEventsParts) {
    const { clock, index, names, published, hierarchies } = parts;
    this.#parts = parts;
    const { unified, controllers } = hierarchies;
    this.#outside = new OutsideWatcher([...(unified === undefined ? [] : [unified]), ...controllers.values()], this);
    this.store = new EventStore({ ...parts, time: () => clock.time() });
    const publish = (event: NodeEvent): void => published(this.store.add(event));
    this.#pending = new PendingEvents({ index, names, clock, publish });
  }

  /** Begins to watch. What runs already has no events. */
  start(): void {
    const { kubepodsRoots, outside } = this.#parts.tree.walk();
    this.#reconcile(
      kubepodsRoots,
      outside.filter(isOutside).map(({ path }) => path),
    );
  }

  /** Number of inotify watches, the code of the error if the kernel allows no more, and see {@link unseenPods}. */
  get status(): CgroupWatcher['status'] & { readonly unseenPods: number } {
    const { watches, exhausted } = this.#outside.status;
    const ofPods = this.#watcher?.status;
    return {
      watches: watches + (ofPods?.watches ?? 0),
      exhausted: ofPods?.exhausted ?? exhausted,
      unseenPods: this.#unseenPods,
    };
  }

  /** Number of pods that were removed before a container of theirs was seen; not each of them had one. */
  get unseenPods(): number {
    return this.#unseenPods;
  }

  /** Takes a finished collection: what inotify has missed, OOM kills on cgroup v1, and volumes. */
  record(snapshot: Snapshot): void {
    if (!snapshot.walked) return;
    const isDue = this.#parts.clock.elapsed() >= this.#reconcileAt;
    const outside = snapshot.subjects.container.flatMap((each) => (each.outside === undefined ? [] : [each.path]));
    const isUnknown = outside.some((path) => !this.#running.has(path));
    if (this.status.exhausted !== undefined) this.#reconcile(snapshot.kubepods, outside);
    else if (isDue || isUnknown) this.#reconcileInSlices(snapshot.kubepods, outside);
    const numbers = collectedNumbers(snapshot);
    for (const [path, { oomKills }] of numbers) this.#observeOomKills(path, oomKills);
    this.#collected = numbers;
    for (const event of this.#volumes.of(snapshot)) this.#pending.add(event);
  }

  close(): void {
    this.#watcher?.close();
    this.#outside.close();
    this.#pending.close();
  }

  podAdded(uid: string): void {
    this.#emit({ type: 'pod_added', uid });
  }

  podRemoved(uid: string, isUnseen: boolean): void {
    if (isUnseen) this.#unseenPods++;
    this.#emit({ type: 'pod_removed', uid }, { isUnseen });
  }

  containerFound(container: WatchedContainer, isNew: boolean): void {
    const { path } = container;
    const kills = isNew ? 0 : (readOomKills(this.#parts.hierarchies, path) ?? 0);
    this.#running.set(path, { container, kills });
    if (isNew) this.#emit({ type: 'container_started', ...identityOf(container) });
  }

  containerEnded(container: WatchedContainer): void {
    const { path } = container;
    const last = { ...this.#collected.get(path), ...readEndNumbers(this.#parts.hierarchies, path) };
    this.#observeOomKills(path, last.oomKills);
    this.#running.delete(path);
    const numbers = Object.keys(last).length === 0 ? {} : { last };
    this.#emit({ type: 'container_ended', ...identityOf(container), ...numbers });
  }

  memoryEvents(containers: readonly WatchedContainer[]): void {
    for (const { path } of containers) this.#observeOomKills(path, readOomKills(this.#parts.hierarchies, path));
  }

  #observeOomKills(path: string, kills: number | undefined): void {
    const running = this.#running.get(path);
    if (running === undefined || kills === undefined || kills <= running.kills) return;
    const { container, kills: before } = running;
    running.kills = kills;
    this.#emit({ type: 'oom_kill', ...identityOf(container), count: kills - before });
  }

  #emit(event: Omit<NodeEvent, 'time'>, how?: Parameters<PendingEvents['add']>[1]): void {
    this.#pending.add({ ...event, time: this.#parts.clock.time() }, how);
  }

  #reconcile(roots: readonly string[], outside: readonly string[]): void {
    this.#outside.reconcile(outside);
    const [root] = roots;
    if (this.#watcher === undefined && root !== undefined) {
      this.#watcher = new CgroupWatcher(this.#mountOf(root), this, { isNew: this.#isStarted });
    }
    this.#watcher?.reconcile(roots);
    this.#isStarted = true;
    this.#reconcileAt = this.#parts.clock.elapsed() + RECONCILE_MS;
  }

  /** While inotify works, so that what it reports meanwhile does not wait. */
  #reconcileInSlices(roots: readonly string[], outside: readonly string[]): void {
    if (this.#watcher === undefined) {
      this.#reconcile(roots, outside);
      return;
    }
    this.#reconcileAt = this.#parts.clock.elapsed() + RECONCILE_MS;
    this.#outside.reconcile(outside);
    void this.#watcher.reconcileInSlices(roots, new TimeSlice());
  }

  /** The v2 mount if it has the pods, because its files report the end of the last process. */
  #mountOf(root: string): string {
    const { hierarchies, tree } = this.#parts;
    const { unified } = hierarchies;
    return unified !== undefined && isDirectory(join(unified, root)) ? unified : tree.directory;
  }
}

/** Whether a container that a walk found can be one of an engine, and none of Kubernetes. */
function isOutside({ ofKubernetes, isNested, podUid }: OutsideContainer): boolean {
  return !ofKubernetes && !isNested && podUid === undefined;
}

function identityOf({ id, uid }: WatchedContainer): Pick<NodeEvent, 'uid' | 'containerId'> {
  return { containerId: id, ...(uid === undefined ? {} : { uid }) };
}
