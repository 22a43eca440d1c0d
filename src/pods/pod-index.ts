import type { PodRecord } from './pod.ts';
import { podUid, toPodRecord, type PodRecordOptions } from './pod-record.ts';
import { field } from './untrusted.ts';

export interface PodIndexOptions extends PodRecordOptions {
  /** Pods of other nodes, and pods that have none yet, are passed over. Without it all pods are taken. */
  readonly nodeName?: string;
}

/** How many removed pods are kept at most for the sake of cgroups that outlive them. */
const REMOVED_KEPT = 1000;

/**
 * The pods of this node. A removed pod keeps its name until its cgroup is gone, see {@link PodIndex.retain}.
 * As long as nothing changes that is kept of a pod, its record stays the same object.
 */
export class PodIndex {
  readonly #options: PodIndexOptions;
  #pods = new Map<string, PodRecord>();
  /** Oldest first. */
  readonly #removed = new Map<string, PodRecord>();
  /** By UID and by config hash; made anew at the first question after a change. */
  #found: ReadonlyMap<string, PodRecord> | undefined;
  #generation = 0;
  #ignored = 0;
  #broken = 0;

  constructor(options: PodIndexOptions) {
    this.#options = options;
  }

  /** How many pods are known and not removed. */
  get size(): number {
    return this.#pods.size;
  }

  /** Grows with every change. */
  get generation(): number {
    return this.#generation;
  }

  /** Objects passed over because they live on another node or on none: those of the last list and since. */
  get ignored(): number {
    return this.#ignored;
  }

  /** Objects passed over because they are not pods with a UID, a namespace and a name: counted in the same way. */
  get broken(): number {
    return this.#broken;
  }

  /**
   * The pod of a cgroup, by its UID with dashes or by a static pod's config hash. Of several pods with one hash
   * the latest that was not removed is meant.
   */
  find(cgroupUid: string): PodRecord | undefined {
    this.#found ??= this.#names();
    return this.#found.get(cgroupUid);
  }

  /** Whether a pod with this UID was removed and its name is still kept. */
  deleted(uid: string): boolean {
    return this.#removed.has(uid);
  }

  /** Takes a pod in, or what is new about it. */
  upsert(pod: unknown): void {
    const record = this.#read(pod);
    if (record === undefined || record === this.#pods.get(record.uid)) return;
    this.#removed.delete(record.uid);
    this.#pods.set(record.uid, record);
    this.#changed();
  }

  /** Takes note that a pod was removed. */
  remove(uid: string): void {
    const record = this.#pods.get(uid);
    if (record === undefined) return;
    this.#pods.delete(uid);
    this.#bury(record);
    this.#changed();
  }

  /** Takes a complete list in; pods that are not in it are removed. If iterating throws, nothing has changed. */
  replace(pods: Iterable<unknown>): void {
    const objects = [...pods];
    this.#ignored = 0;
    this.#broken = 0;
    const next = new Map<string, PodRecord>();
    for (const pod of objects) {
      const record = this.#read(pod);
      if (record !== undefined) next.set(record.uid, record);
    }
    const before = this.#pods;
    this.#pods = next;
    let changed = false;
    for (const [uid, record] of next) {
      this.#removed.delete(uid);
      if (before.get(uid) !== record) changed = true;
    }
    for (const [uid, record] of before) {
      if (next.has(uid)) continue;
      this.#bury(record);
      changed = true;
    }
    if (changed) this.#changed();
  }

  /** Forgets the removed pods of which no cgroup is left; the argument has UIDs and config hashes of all cgroups. */
  retain(liveCgroupUids: ReadonlySet<string>): void {
    for (const [uid, { configHash }] of this.#removed) {
      if (liveCgroupUids.has(uid) || (configHash !== undefined && liveCgroupUids.has(configHash))) continue;
      this.#removed.delete(uid);
      this.#changed();
    }
  }

  #read(pod: unknown): PodRecord | undefined {
    const { nodeName } = this.#options;
    const uid = podUid(pod);
    const previous = uid === undefined ? undefined : (this.#pods.get(uid) ?? this.#removed.get(uid));
    const record = toPodRecord(pod, this.#options, previous);
    if (record === undefined) {
      this.#broken++;
      return undefined;
    }
    if (nodeName === undefined || field(field(pod, 'spec'), 'nodeName') === nodeName) return record;
    this.#ignored++;
    return undefined;
  }

  #bury(record: PodRecord): void {
    this.#removed.set(record.uid, record);
    for (const oldest of this.#removed.keys()) {
      if (this.#removed.size <= REMOVED_KEPT) return;
      this.#removed.delete(oldest);
    }
  }

  #changed(): void {
    this.#generation++;
    this.#found = undefined;
  }

  #names(): ReadonlyMap<string, PodRecord> {
    const names = new Map<string, PodRecord>();
    for (const records of [this.#removed, this.#pods]) {
      for (const record of records.values()) {
        if (record.configHash !== undefined) names.set(record.configHash, record);
        names.set(record.uid, record);
      }
    }
    return names;
  }
}
