import type { PodRecord } from './pod.ts';
import { MetadataBudget, METADATA_LIMITS, type MetadataLimits } from './records/exported-metadata.ts';
import { isPod, podUid, toPodRecord, type PodRecordOptions } from './records/pod-record.ts';
import { isOlderVersion } from './resource-version.ts';
import { StringPool } from './string-pool.ts';
import { toCgroupUid } from '../base/cgroup-uid.ts';
import { field, text } from '../base/untrusted-json.ts';

export interface PodIndexOptions extends PodRecordOptions {
  /** Skips pods of other nodes and unscheduled pods; all pods are indexed without it. */
  readonly nodeName?: string;
}

/** A relist in progress. The index does not change before {@link PodReplacement.commit}. */
export interface PodReplacement {
  add(pod: unknown): void;
  /** Replaces the indexed pods; pods that were not added are removed. */
  commit(): void;
}

/** More pods than any node runs. Bounds the memory if the server sends unrelated pods. */
const MAX_PODS = 10_000;

/** Removed pods that are kept for cgroups that outlive them. */
const MAX_TOMBSTONES = 1000;

/** Resource versions that are kept, of indexed and of removed pods. */
const MAX_VERSIONS = 2 * MAX_PODS;

/**
 * The pods of this node. A removed pod becomes a tombstone until its cgroup is gone, see {@link PodIndex.retain}.
 * The record of a pod stays the same object until one of its fields changes.
 */
export class PodIndex {
  readonly #options: PodIndexOptions;
  #contents: Contents;
  /** Removed pods by UID, oldest first. */
  readonly #tombstones = new Map<string, PodRecord>();
  readonly #strings = new StringPool();
  /** By UID and by config hash; rebuilt by the first lookup after a change. */
  #byCgroupUid: ReadonlyMap<string, PodRecord> | undefined;
  /** By the IDs of the containers; rebuilt by the first lookup after a change. */
  #byContainerId: ReadonlyMap<string, PodRecord> | undefined;
  #generation = 0;

  constructor(options: PodIndexOptions) {
    this.#options = options;
    this.#contents = emptyContents(options.metadataLimits);
  }

  /** Number of indexed pods, tombstones excluded. */
  get size(): number {
    return this.#contents.pods.size;
  }

  /** Increases with every change. */
  get generation(): number {
    return this.#generation;
  }

  /** Pods skipped since the start of the last list because they are unscheduled or on another node. */
  get otherNodePods(): number {
    return this.#contents.skipped.otherNode;
  }

  /**
   * Objects skipped since the start of the last list because they lack UID, namespace or name, or exceed
   * {@link MAX_PODS}.
   */
  get invalidPods(): number {
    return this.#contents.skipped.invalid;
  }

  /** Allowed labels and annotations of the indexed pods that exceed a limit and are not exported. */
  get skippedMetadata(): number {
    return this.#contents.pods.values().reduce((sum, { skippedMetadata = 0 }) => sum + skippedMetadata, 0);
  }

  /**
   * Looks up the pod of a cgroup by UID or by the config hash of a static pod, both as {@link toCgroupUid} returns
   * them. A UID takes precedence over a hash, the hash of a mirror pod of this node over one without an owner, and of
   * several pods with the same hash the first indexed one that is not a tombstone wins, so that a pod created later
   * cannot take over a name.
   */
  find(cgroupUid: string): PodRecord | undefined {
    this.#byCgroupUid ??= this.#buildLookup();
    return this.#byCgroupUid.get(cgroupUid);
  }

  /** Looks up the pod whose status has the container with this ID. */
  findByContainer(id: string): PodRecord | undefined {
    this.#byContainerId ??= new Map(
      [this.#tombstones, this.#contents.pods].flatMap((records) => [...records.values()]).flatMap(byContainerId),
    );
    return this.#byContainerId.get(id);
  }

  /** The indexed pods, tombstones excluded. */
  records(): Iterable<PodRecord> {
    return this.#contents.pods.values();
  }

  /** Whether the pod with this UID is a tombstone. */
  isDeleted(uid: string): boolean {
    return this.#tombstones.has(uid);
  }

  /** Adds or updates a pod. Ignores an object that is older than the indexed one. */
  upsert(pod: unknown): void {
    const { pods, versions } = this.#contents;
    const uid = podUid(pod);
    const version = versionOf(pod);
    if (uid !== undefined && isOlderVersion(version, versions.get(uid))) return;
    const record = this.#read(pod, this.#contents);
    if (record === undefined) return;
    if (version !== undefined) versions.set(record.uid, version);
    if (record === pods.get(record.uid)) return;
    this.#tombstones.delete(record.uid);
    pods.set(record.uid, record);
    this.#invalidate();
  }

  /** Removes a pod that was deleted at resource version `version`. */
  remove(uid: string, version?: string): void {
    const { pods, versions, budget } = this.#contents;
    const record = pods.get(uid);
    if (record === undefined || isOlderVersion(version, versions.get(uid))) return;
    if (version !== undefined) versions.set(uid, version);
    pods.delete(uid);
    budget.set(uid, 0);
    this.#tombstone(record);
    this.#invalidate();
  }

  /** Replaces the indexed pods. The index does not change if the iteration throws. */
  replace(pods: Iterable<unknown>): void {
    const replacement = this.beginReplace();
    for (const pod of pods) replacement.add(pod);
    replacement.commit();
  }

  /** Starts a relist. */
  beginReplace(): PodReplacement {
    const next = emptyContents(this.#options.metadataLimits);
    return {
      add: (pod) => {
        const record = this.#read(pod, next);
        if (record === undefined) return;
        next.pods.set(record.uid, record);
        const version = versionOf(pod);
        if (version !== undefined) next.versions.set(record.uid, version);
      },
      commit: () => this.#swap(next),
    };
  }

  /** Drops tombstones without a cgroup. `liveCgroupUids` has those of all pod cgroups. */
  retain(liveCgroupUids: ReadonlySet<string>): void {
    for (const [uid, { configHash, unprovenConfigHash }] of this.#tombstones) {
      if ([uid, configHash ?? unprovenConfigHash ?? uid].some((each) => liveCgroupUids.has(toCgroupUid(each))))
        continue;
      this.#drop(uid);
      this.#invalidate();
    }
  }

  #swap(next: Contents): void {
    const before = this.#contents;
    this.#contents = next;
    let changed = false;
    for (const [uid, record] of next.pods) {
      this.#tombstones.delete(uid);
      if (before.pods.get(uid) !== record) changed = true;
    }
    for (const [uid, record] of before.pods) {
      if (next.pods.has(uid)) continue;
      this.#tombstone(record);
      changed = true;
    }
    for (const uid of this.#tombstones.keys()) {
      const version = before.versions.get(uid);
      if (version !== undefined) next.versions.set(uid, version);
    }
    if (changed) this.#invalidate();
  }

  #read(pod: unknown, { pods, skipped, budget }: Contents): PodRecord | undefined {
    const uid = podUid(pod) ?? '';
    const isInvalid = !isPod(pod) || (pods.size >= MAX_PODS && !pods.has(uid));
    const skipReason = isInvalid ? 'invalid' : this.#skipReason(pod);
    if (skipReason !== undefined) {
      skipped[skipReason]++;
      return undefined;
    }
    const previous = this.#contents.pods.get(uid) ?? this.#tombstones.get(uid);
    const metadataLimits = budget.limitsFor(uid);
    const record = toPodRecord(pod, { ...this.#options, metadataLimits }, previous);
    if (record === undefined) return undefined;
    budget.set(uid, record.metadataBytes ?? 0);
    return record === previous ? record : this.#strings.intern(record);
  }

  #skipReason(pod: unknown): 'otherNode' | undefined {
    const { nodeName } = this.#options;
    return nodeName === undefined || field(field(pod, 'spec'), 'nodeName') === nodeName ? undefined : 'otherNode';
  }

  #tombstone(record: PodRecord): void {
    this.#tombstones.set(record.uid, record);
    for (const oldest of this.#tombstones.keys()) {
      if (this.#tombstones.size <= MAX_TOMBSTONES) return;
      this.#drop(oldest);
    }
  }

  /** Keeps the resource version, so that a delayed event does not add the pod again. */
  #drop(uid: string): void {
    this.#tombstones.delete(uid);
    if (this.#contents.versions.size > MAX_VERSIONS) this.#contents.versions.delete(uid);
  }

  #invalidate(): void {
    this.#generation++;
    this.#byCgroupUid = undefined;
    this.#byContainerId = undefined;
  }

  #buildLookup(): ReadonlyMap<string, PodRecord> {
    const byCgroupUid = new Map<string, PodRecord>();
    const records = [...this.#tombstones.values(), ...[...this.#contents.pods.values()].toReversed()];
    for (const record of records) {
      if (record.unprovenConfigHash !== undefined) byCgroupUid.set(toCgroupUid(record.unprovenConfigHash), record);
    }
    for (const record of records) {
      if (record.configHash !== undefined) byCgroupUid.set(toCgroupUid(record.configHash), record);
    }
    for (const record of records) byCgroupUid.set(toCgroupUid(record.uid), record);
    return byCgroupUid;
  }
}

/** What a list replaces as a whole. */
interface Contents {
  readonly pods: Map<string, PodRecord>;
  /** Resource version by UID. Versions of dropped tombstones stay until the next list. */
  readonly versions: Map<string, string>;
  readonly skipped: { otherNode: number; invalid: number };
  readonly budget: MetadataBudget;
}

function emptyContents(limits: MetadataLimits = METADATA_LIMITS): Contents {
  return {
    pods: new Map(),
    versions: new Map(),
    skipped: { otherNode: 0, invalid: 0 },
    budget: new MetadataBudget(limits),
  };
}

function byContainerId(record: PodRecord): (readonly [id: string, record: PodRecord])[] {
  return record.containers.flatMap(({ id }) => (id === undefined ? [] : [[id, record] as const]));
}

function versionOf(pod: unknown): string | undefined {
  return text(field(field(pod, 'metadata'), 'resourceVersion'));
}
