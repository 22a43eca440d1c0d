import type { PodRecord } from '../pods/pod.ts';

/** Kinds of ephemeral storage. */
export type UsageType = 'writable_layer' | 'logs' | 'empty_dir';

/** A measurement. */
export interface Usage {
  readonly bytes: number;
  /** Unix seconds. */
  readonly time: number;
}

/** A running container. */
export interface UsageContainer {
  /** Container name, or a prefix of the container ID without pod metadata. */
  readonly name: string;
  /** Path of its cgroup below the mount. */
  readonly cgroup: string;
}

/** A running pod. */
export interface UsagePod {
  /** UID that the kubelet uses in paths: `metadata.uid`, or the config hash of a static pod. */
  readonly uid: string;
  readonly record?: PodRecord;
  readonly containers: readonly UsageContainer[];
}

/** Identifies a measurement. Storage that the containers of a pod share has no container. */
export interface UsageKey {
  readonly uid: string;
  readonly container?: string;
  readonly type: UsageType;
}

/** Gives scrapes the last measurements without waiting. */
export interface UsageReader {
  /** Sets the running pods; called by every scrape. */
  updatePods(pods: readonly UsagePod[]): void;
  /** Returns the last measurement unless it is older than `since`, in Unix seconds. */
  find(key: UsageKey, since?: number): Usage | undefined;
}

/** The last measurements of all pods. */
export class UsageCache {
  readonly #pods = new Map<string, Map<string, Usage>>();

  set({ uid, ...key }: UsageKey, usage: Usage): void {
    const usages = this.#pods.get(uid) ?? new Map<string, Usage>();
    this.#pods.set(uid, usages.set(keyOf(key), usage));
  }

  /** Drops a measurement that is no longer valid. */
  delete({ uid, ...key }: UsageKey): void {
    this.#pods.get(uid)?.delete(keyOf(key));
  }

  find({ uid, ...key }: UsageKey, since = Number.NEGATIVE_INFINITY): Usage | undefined {
    const usage = this.#pods.get(uid)?.get(keyOf(key));
    return usage === undefined || usage.time < since ? undefined : usage;
  }

  /** Drops all other pods. */
  retain(uids: ReadonlySet<string>): void {
    for (const uid of this.#pods.keys()) if (!uids.has(uid)) this.#pods.delete(uid);
  }
}

function keyOf({ container = '', type }: Omit<UsageKey, 'uid'>): string {
  return `${type} ${container}`;
}
