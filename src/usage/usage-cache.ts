import type { PodRecord } from '../pods/pod.ts';

/** What of a pod's or container's files is told apart. */
export type UsageType = 'writable_layer' | 'logs' | 'empty_dir';

/** How much there was, and when that was looked at. */
export interface Usage {
  readonly bytes: number;
  /** Unix seconds. */
  readonly time: number;
}

/** A container that runs here. */
export interface UsageContainer {
  /** As Kubernetes calls it; the beginning of its ID, where that is not known. */
  readonly name: string;
  /** Path of its cgroup below the mount. */
  readonly cgroup: string;
}

/** A pod that runs here. */
export interface UsagePod {
  /** As its cgroup has it, which is as the kubelet has it: `metadata.uid`, or a static pod's config hash. */
  readonly uid: string;
  readonly record?: PodRecord;
  readonly containers: readonly UsageContainer[];
}

/** Whose a number is. What a pod's containers share has no container. */
export interface UsageKey {
  readonly uid: string;
  readonly container?: string;
  readonly type: UsageType;
}

/** Answers scrapes, which never wait for a measurement: with the last one. */
export interface UsageReader {
  /** Hears at every scrape which pods there are. */
  updatePods(pods: readonly UsagePod[]): void;
  /** The last measurement, unless that is from before `since` (Unix seconds). */
  find(key: UsageKey, since?: number): Usage | undefined;
}

/** The last measurement of everything. */
export class UsageCache {
  readonly #pods = new Map<string, Map<string, Usage>>();

  set({ uid, ...key }: UsageKey, usage: Usage): void {
    const known = this.#pods.get(uid) ?? new Map<string, Usage>();
    this.#pods.set(uid, known.set(keyOf(key), usage));
  }

  /** Takes back what is no longer true, or no longer known. */
  delete({ uid, ...key }: UsageKey): void {
    this.#pods.get(uid)?.delete(keyOf(key));
  }

  find({ uid, ...key }: UsageKey, since = Number.NEGATIVE_INFINITY): Usage | undefined {
    const usage = this.#pods.get(uid)?.get(keyOf(key));
    return usage === undefined || usage.time < since ? undefined : usage;
  }

  /** Forgets every pod that is not among these. */
  retain(uids: ReadonlySet<string>): void {
    for (const uid of this.#pods.keys()) if (!uids.has(uid)) this.#pods.delete(uid);
  }
}

function keyOf({ container = '', type }: Omit<UsageKey, 'uid'>): string {
  return `${type} ${container}`;
}
