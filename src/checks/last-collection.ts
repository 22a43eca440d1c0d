import type { Blindness, CgroupCounts, Missing, Snapshot } from '../snapshot/snapshot.ts';
import { HIDDEN_VOLUMES } from '../storage/storage-tables.ts';

/** Cgroups or pods that are in one list and not in the other, and when each was seen so first. */
class Unpaired {
  #since = new Map<string, number>();

  /** Takes the IDs of a collection at `time`, in Unix seconds. */
  record(ids: readonly string[], time: number): void {
    if (ids.length === 0 && this.#since.size === 0) return;
    // If the clock was set back, they count from now on.
    this.#since = new Map(ids.map((id) => [id, Math.min(this.#since.get(id) ?? time, time)]));
  }

  /** How many have been so for `seconds`. */
  lasting(time: number, seconds: number): number {
    return this.#since
      .values()
      .filter((since) => time - since >= seconds)
      .toArray().length;
  }

  isLasting(id: string, time: number, seconds: number): boolean {
    return time - (this.#since.get(id) ?? time) >= seconds;
  }
}

/** Result of the collector that saw something or was blind last. */
interface CollectorSight {
  readonly success: boolean;
  readonly blindness: Blindness | undefined;
}

/** What checks keep of the last collections: counts and causes, no numbers. */
export class LastCollection {
  /** Seconds for which something is unpaired before it is reported. */
  readonly graceSeconds: number;
  /** Unix seconds; absent before the first collection. */
  time: number | undefined;
  counts: CgroupCounts | undefined;
  kubepods: readonly string[] = [];
  /** Number of mounts of volumes that only the node has. */
  hiddenVolumes = 0;
  /** Failed reads of the last collection by collector and code. */
  errors: Snapshot['errors'] = new Map();
  readonly #sights = new Map<string, CollectorSight>();
  readonly #unmatched = new Unpaired();
  readonly #missing = new Unpaired();
  #lastMissing: Missing | undefined;

  constructor(graceSeconds: number) {
    this.graceSeconds = graceSeconds;
  }

  record(snapshot: Snapshot): void {
    const { time, outcomes, blind, missing, notices } = snapshot;
    for (const { collector, success } of outcomes) {
      this.#sights.set(collector, { success, blindness: blind.get(collector) });
    }
    this.errors = snapshot.errors;
    if (snapshot.outcomes.some(({ collector }) => collector === 'volumes')) {
      const notice = notices.find(({ message }) => message === HIDDEN_VOLUMES);
      this.hiddenVolumes = Number(notice?.fields['volumes'] ?? 0);
    }
    if (!snapshot.walked) return;
    this.time = time;
    this.counts = snapshot.counts;
    this.kubepods = snapshot.kubepods;
    this.#unmatched.record(snapshot.unmatched, time);
    this.#lastMissing = missing;
    this.#missing.record(missing === undefined ? [] : [...missing.pods, ...missing.containers].map(keyOf), time);
  }

  /** What the collector saw when it was read last; `undefined` if it never was. */
  sightOf(collector: string): CollectorSight | undefined {
    return this.#sights.get(collector);
  }

  /** The number of cgroups that belong to no known pod and have done so for a while. */
  get unmatched(): number {
    return this.#unmatched.lasting(this.time ?? 0, this.graceSeconds);
  }

  /** What has run without a cgroup for a while; absent where pods are not known. */
  get missing(): Missing | undefined {
    if (this.#lastMissing === undefined) return undefined;
    const lasting = (all: Missing['pods']): Missing['pods'] =>
      all.filter((each) => this.#missing.isLasting(keyOf(each), this.time ?? 0, this.graceSeconds));
    return { pods: lasting(this.#lastMissing.pods), containers: lasting(this.#lastMissing.containers) };
  }
}

function keyOf({ pod, id }: Missing['pods'][number]): string {
  return id ?? pod.uid;
}
