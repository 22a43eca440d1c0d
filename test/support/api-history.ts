import type { PodObject } from './pod-object.ts';

/** One change of a pod, as a watch reports it. */
export interface PodChange {
  readonly version: number;
  /** Absent if this change created the pod. */
  readonly before?: PodObject;
  /** Absent if this change deleted the pod. */
  readonly after?: PodObject;
}

/** The pods that a request selects. */
export type Selector = (pod: PodObject) => boolean;

/** One event of a watch. */
export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: unknown;
}

/** All pods, with their changes since the last compaction by resource version. */
export class PodHistory {
  #version: number;
  #oldest: number;
  #changes: PodChange[] = [];
  readonly #pods = new Map<string, PodObject>();
  readonly #uids = new Set<string>();
  readonly #garbled = new Set<number>();

  /** The first change gets the version after `version`. */
  constructor(version = 1000) {
    this.#version = version;
    this.#oldest = version;
  }

  /** Resource version of the last change. */
  get version(): number {
    return this.#version;
  }

  /** Of all pods, deleted ones included. */
  get uids(): ReadonlySet<string> {
    return this.#uids;
  }

  /** The changes since the last compaction, the oldest first. */
  get changes(): readonly PodChange[] {
    return this.#changes;
  }

  /** Creates or replaces the pod with that UID. */
  set(pod: PodObject): void {
    const before = this.#pods.get(pod.metadata.uid);
    const after = this.#stamped(pod);
    this.#pods.set(pod.metadata.uid, after);
    this.#uids.add(pod.metadata.uid);
    this.#record(before === undefined ? { after } : { before, after });
  }

  /** Removes the pod with that UID, if there is one. */
  delete(uid: string): void {
    const pod = this.#pods.get(uid);
    if (pod === undefined) return;
    this.#pods.delete(uid);
    this.#record({ before: this.#stamped(pod) });
  }

  /** The pods as they are now. */
  list(): readonly PodObject[] {
    return [...this.#pods.values()];
  }

  /** The changes after `version`; `undefined` if they have been compacted. */
  since(version: number): readonly PodChange[] | undefined {
    if (version < this.#oldest) return undefined;
    const last = this.#changes.findLastIndex((change) => change.version <= version);
    return this.#changes.slice(last + 1);
  }

  /** Drops all changes and increments the version, so that every earlier version is too old. */
  compact(): void {
    this.#version += 1;
    this.#oldest = this.#version;
    this.#changes = [];
  }

  /** From now on every watch sends the last change garbled. */
  garble(): void {
    this.#garbled.add(this.#version);
  }

  /** Whether the change to this version is sent garbled. */
  isGarbled(version: number): boolean {
    return this.#garbled.has(version);
  }

  /** No change is garbled any more. */
  ungarble(): void {
    this.#garbled.clear();
  }

  #stamped(pod: PodObject): PodObject {
    this.#version += 1;
    return { ...pod, metadata: { ...pod.metadata, resourceVersion: String(this.#version) } };
  }

  #record(change: Omit<PodChange, 'version'>): void {
    this.#changes.push({ ...change, version: this.#version });
  }
}

/** The event of a watch with this selector for the change; `undefined` if it selects neither state of the pod. */
export function eventOf({ before, after }: PodChange, selector: Selector): WatchEvent | undefined {
  const was = before !== undefined && selector(before);
  const is = after !== undefined && selector(after);
  if (is) return { type: was ? 'MODIFIED' : 'ADDED', object: after };
  return was ? { type: 'DELETED', object: after ?? before } : undefined;
}
