import type { PodObject } from './pod-object.ts';

/** One change of a pod, as a watch tells it. */
export interface PodChange {
  readonly version: number;
  /** Absent when the pod was made by this change. */
  readonly before?: PodObject;
  /** Absent when the pod was deleted by this change. */
  readonly after?: PodObject;
}

/** Which pods a request asks for. */
export type Selector = (pod: PodObject) => boolean;

/** One event of a watch. */
export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: unknown;
}

/** All pods with all that happened to them since the last compaction, numbered by resource version. */
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

  /** Of all pods that there are and ever were. */
  get uids(): ReadonlySet<string> {
    return this.#uids;
  }

  /** What is known of what happened, the oldest first. */
  get changes(): readonly PodChange[] {
    return this.#changes;
  }

  /** Makes or replaces the pod with that UID. */
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

  /** What happened after `version`; `undefined` when that is no longer known. */
  since(version: number): readonly PodChange[] | undefined {
    if (version < this.#oldest) return undefined;
    const last = this.#changes.findLastIndex((change) => change.version <= version);
    return this.#changes.slice(last + 1);
  }

  /** Forgets what happened until now, and counts on, so that every version handed out before is too old. */
  compact(): void {
    this.#version += 1;
    this.#oldest = this.#version;
    this.#changes = [];
  }

  /** From now on every watch that tells of the last change tells it garbled. */
  garble(): void {
    this.#garbled.add(this.#version);
  }

  /** Whether the change to this version is told garbled. */
  isGarbled(version: number): boolean {
    return this.#garbled.has(version);
  }

  /** All changes are told as they should be. */
  mend(): void {
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

/** The event by which a watch with this selector tells the change; `undefined` when it does not concern it. */
export function eventOf({ before, after }: PodChange, selector: Selector): WatchEvent | undefined {
  const was = before !== undefined && selector(before);
  const is = after !== undefined && selector(after);
  if (is) return { type: was ? 'MODIFIED' : 'ADDED', object: after };
  return was ? { type: 'DELETED', object: after ?? before } : undefined;
}
