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
  #version = 1000;
  #oldest = 1000;
  #changes: PodChange[] = [];
  readonly #pods = new Map<string, PodObject>();

  /** Resource version of the last change. */
  get version(): number {
    return this.#version;
  }

  /** Makes or replaces the pod with that UID. */
  set(pod: PodObject): PodChange {
    const before = this.#pods.get(pod.metadata.uid);
    const after = this.#stamped(pod);
    this.#pods.set(pod.metadata.uid, after);
    return this.#record(before === undefined ? { after } : { before, after });
  }

  /** Removes the pod with that UID; `undefined` when there is none. */
  delete(uid: string): PodChange | undefined {
    const pod = this.#pods.get(uid);
    if (pod === undefined) return undefined;
    this.#pods.delete(uid);
    return this.#record({ before: this.#stamped(pod) });
  }

  /** The pods as they are now. */
  list(selector: Selector): readonly PodObject[] {
    return [...this.#pods.values()].filter(selector);
  }

  /** What happened after `version`; `undefined` when that is no longer known. */
  since(version: number): readonly PodChange[] | undefined {
    if (version < this.#oldest) return undefined;
    return this.#changes.filter((change) => change.version > version);
  }

  /** Forgets what happened until now, and counts on, so that every version handed out before is too old. */
  compact(): void {
    this.#version += 1;
    this.#oldest = this.#version;
    this.#changes = [];
  }

  #stamped(pod: PodObject): PodObject {
    this.#version += 1;
    return { ...pod, metadata: { ...pod.metadata, resourceVersion: String(this.#version) } };
  }

  #record(change: Omit<PodChange, 'version'>): PodChange {
    const numbered = { ...change, version: this.#version };
    this.#changes.push(numbered);
    return numbered;
  }
}

/** The event by which a watch with this selector tells the change; `undefined` when it does not concern it. */
export function eventOf({ before, after }: PodChange, selector: Selector): WatchEvent | undefined {
  const was = before !== undefined && selector(before);
  const is = after !== undefined && selector(after);
  if (is) return { type: was ? 'MODIFIED' : 'ADDED', object: after };
  return was ? { type: 'DELETED', object: after ?? before } : undefined;
}
