import type { PodRecord } from './pod.ts';
import { isPod, podUid, toPodRecord, type PodRecordOptions } from './records/pod-record.ts';
import { isOlderVersion } from './resource-version.ts';
import { StringPool } from './string-pool.ts';
import { field, text } from '../base/untrusted-json.ts';

export interface PodIndexOptions extends PodRecordOptions {
  /** Pods of other nodes, and pods that have none yet, are passed over. Without it all pods are taken. */
  readonly nodeName?: string;
}

/** A complete list that is being taken in, one pod after the other. Nothing has changed before {@link PodReplacement.commit}. */
export interface PodReplacement {
  add(pod: unknown): void;
  /** Puts the list in the place of what was known; pods that are not in it are removed. */
  commit(): void;
}

/** More pods than any node can run. What a mad server sends beyond that must not fill the memory. */
const MAX_PODS = 10_000;

/** How many removed pods are kept at most for the sake of cgroups that outlive them. */
const MAX_TOMBSTONES = 1000;

/** How many versions of pods are kept at most, of pods that there are and of others. */
const MAX_VERSIONS = 2 * MAX_PODS;

/**
 * The pods of this node. A removed pod keeps its name until its cgroup is gone, see {@link PodIndex.retain}.
 * As long as nothing changes that is kept of a pod, its record stays the same object.
 */
export class PodIndex {
  readonly #options: PodIndexOptions;
  #pods = new Map<string, PodRecord>();
  /** Oldest first. */
  readonly #removed = new Map<string, PodRecord>();
  /** Version of the API by UID: of the pods, and until the next list of those that were removed and forgotten. */
  #versions = new Map<string, string>();
  readonly #strings = new StringPool();
  /** By UID and by config hash; made anew at the first question after a change. */
  #found: ReadonlyMap<string, PodRecord> | undefined;
  #generation = 0;
  #skipped = { ignored: 0, broken: 0 };

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
  get otherNodePods(): number {
    return this.#skipped.ignored;
  }

  /** Objects passed over because they are not pods with a UID, a namespace and a name, or too many: counted likewise. */
  get invalidPods(): number {
    return this.#skipped.broken;
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
  isDeleted(uid: string): boolean {
    return this.#removed.has(uid);
  }

  /** Takes a pod in, or what is new about it. News that is older than what is known is none. */
  upsert(pod: unknown): void {
    const uid = podUid(pod);
    const version = versionOf(pod);
    if (uid !== undefined && isOlderVersion(version, this.#versions.get(uid))) return;
    const record = this.#read(pod, this.#pods);
    if (record === undefined) return;
    if (version !== undefined) this.#versions.set(record.uid, version);
    if (record === this.#pods.get(record.uid)) return;
    this.#removed.delete(record.uid);
    this.#pods.set(record.uid, record);
    this.#changed();
  }

  /** Takes note that a pod was removed, in that version of the API. */
  remove(uid: string, version?: string): void {
    const record = this.#pods.get(uid);
    if (record === undefined || isOlderVersion(version, this.#versions.get(uid))) return;
    if (version !== undefined) this.#versions.set(uid, version);
    this.#pods.delete(uid);
    this.#tombstone(record);
    this.#changed();
  }

  /** Takes a complete list in; pods that are not in it are removed. If iterating throws, nothing has changed. */
  replace(pods: Iterable<unknown>): void {
    const draft = this.beginReplace();
    for (const pod of pods) draft.add(pod);
    draft.commit();
  }

  /** Begins to take a complete list in. */
  beginReplace(): PodReplacement {
    const pods = new Map<string, PodRecord>();
    const versions = new Map<string, string>();
    const passedOver = { ignored: 0, broken: 0 };
    return {
      add: (pod) => {
        const record = this.#read(pod, pods, passedOver);
        if (record === undefined) return;
        pods.set(record.uid, record);
        const version = versionOf(pod);
        if (version !== undefined) versions.set(record.uid, version);
      },
      commit: () => {
        this.#skipped = passedOver;
        this.#swap(pods, versions);
      },
    };
  }

  /** Forgets the removed pods of which no cgroup is left; the argument has UIDs and config hashes of all cgroups. */
  retain(liveCgroupUids: ReadonlySet<string>): void {
    for (const [uid, { configHash }] of this.#removed) {
      if (liveCgroupUids.has(uid) || (configHash !== undefined && liveCgroupUids.has(configHash))) continue;
      this.#forget(uid);
      this.#changed();
    }
  }

  #swap(next: Map<string, PodRecord>, versions: Map<string, string>): void {
    const before = this.#pods;
    const versionsBefore = this.#versions;
    this.#pods = next;
    this.#versions = versions;
    let changed = false;
    for (const [uid, record] of next) {
      this.#removed.delete(uid);
      if (before.get(uid) !== record) changed = true;
    }
    for (const [uid, record] of before) {
      if (next.has(uid)) continue;
      this.#tombstone(record);
      changed = true;
    }
    for (const uid of this.#removed.keys()) {
      const version = versionsBefore.get(uid);
      if (version !== undefined) versions.set(uid, version);
    }
    if (changed) this.#changed();
  }

  #read(
    pod: unknown,
    among: ReadonlyMap<string, PodRecord>,
    passedOver: { ignored: number; broken: number } = this.#skipped,
  ): PodRecord | undefined {
    const uid = podUid(pod) ?? '';
    const fault = !isPod(pod) || (among.size >= MAX_PODS && !among.has(uid)) ? 'broken' : this.#foreign(pod);
    if (fault !== undefined) {
      passedOver[fault]++;
      return undefined;
    }
    const previous = this.#pods.get(uid) ?? this.#removed.get(uid);
    const record = toPodRecord(pod, this.#options, previous);
    return record === undefined || record === previous ? record : this.#strings.intern(record);
  }

  #foreign(pod: unknown): 'ignored' | undefined {
    const { nodeName } = this.#options;
    return nodeName === undefined || field(field(pod, 'spec'), 'nodeName') === nodeName ? undefined : 'ignored';
  }

  #tombstone(record: PodRecord): void {
    this.#removed.set(record.uid, record);
    for (const oldest of this.#removed.keys()) {
      if (this.#removed.size <= MAX_TOMBSTONES) return;
      this.#forget(oldest);
    }
  }

  /** Its version is kept: old news must not bring the pod back. */
  #forget(uid: string): void {
    this.#removed.delete(uid);
    if (this.#versions.size > MAX_VERSIONS) this.#versions.delete(uid);
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

function versionOf(pod: unknown): string | undefined {
  return text(field(field(pod, 'metadata'), 'resourceVersion'));
}
