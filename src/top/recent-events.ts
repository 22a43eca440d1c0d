import { numberAt, type NodeDocument } from './document.ts';
import { LIMITS } from './limits.ts';
import { oomCountsOf } from './oom-kills.ts';

/** Seconds for which an event is shown. */
const KEPT_SECONDS = LIMITS.restartSeconds;

/** When counters of rare events grew: a rate shows them for one interval only. */
export class RecentEvents {
  /** The last value of each counter, by the key of its event and its position there. */
  #counts: ReadonlyMap<string, number> = new Map();
  /** Unix seconds at which an event was seen last. */
  #seenAt: ReadonlyMap<string, number> = new Map();

  /** Compares the counters of a document with those of the ones before; one that is missing keeps its value. */
  update(document: NodeDocument): void {
    const counts = new Map<string, number>();
    const seenAt = new Map<string, number>();
    for (const [event, current] of countersOf(document)) {
      const grew = current.map((count, position) => this.#hasGrown(`${event} ${position}`, count, counts));
      const seen = grew.includes(true) ? document.time_seconds : this.#seenAt.get(event);
      if (seen !== undefined) seenAt.set(event, seen);
    }
    this.#counts = counts;
    this.#seenAt = seenAt;
  }

  /** Seconds since an event was seen; `undefined` if it was not, or long ago, or if the clock was set back since. */
  secondsSince(event: string, now: number): number | undefined {
    const seconds = now - (this.#seenAt.get(event) ?? Infinity);
    return seconds < 0 || seconds > KEPT_SECONDS ? undefined : seconds;
  }

  /** Adds a counter to `counts`. */
  #hasGrown(key: string, count: number | undefined, counts: Map<string, number>): boolean {
    const before = this.#counts.get(key);
    const value = count ?? before;
    if (value !== undefined) counts.set(key, value);
    return count !== undefined && before !== undefined && count > before;
  }
}

/** Counts of an event by source. */
type Counters = readonly [event: string, counts: readonly (number | undefined)[]];

/** The counters of OOM kills and restarts, by the key of the row and what is counted. */
function* countersOf({ pods, containers = [] }: NodeDocument): Generator<Counters> {
  for (const outside of containers) yield [`${outside.id} oom`, [numberAt(outside, ...OOM_KILLS)]];
  for (const pod of pods) {
    yield [`${pod.uid} oom`, oomCountsOf(pod)];
    for (const container of pod.containers) {
      const key = `${pod.uid} ${container.name ?? container.id ?? ''}`;
      yield [`${key} oom`, [numberAt(container, ...OOM_KILLS), numberAt(container, 'terminated_oom_total')]];
      yield [`${key} restart`, [numberAt(container, 'restarts_total')]];
    }
  }
}

const OOM_KILLS = ['memory', 'oom_kills_total'] as const;
