import type { Clock } from '../../base/clock.ts';
import type { Counters } from './counters.ts';

/** Milliseconds after which counters are dropped. */
export const MAX_AGE_MS = 60_000;

/** Counters of the same collectors that are closer in time are not both kept, so that there are older ones. */
const MIN_DISTANCE_MS = 950;

/** Collections that are kept: requests for different collectors need different ones. */
const MAX_KEPT = 4;

/** The age of a collection, in milliseconds. */
export interface Age {
  readonly min: number;
  readonly max: number;
}

/** The counters of the last collections of the document, dropped a minute after the last one. */
export class CounterHistory {
  readonly #clock: Clock;
  /** Oldest first. */
  #kept: readonly Counters[] = [];
  #cancelDrop: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Keeps counters, unless others of the same collectors are hardly older. */
  add(counters: Counters): void {
    if (counters.began.size === 0) return;
    const fresh = this.#kept.filter(({ at }) => counters.at - at <= MAX_AGE_MS);
    const isCovered = fresh.some(
      (each) => counters.at - each.at < MIN_DISTANCE_MS && covers(each, counters.began.keys()),
    );
    this.#kept = isCovered ? fresh : [...fresh, counters].slice(-MAX_KEPT);
    this.#cancelDrop?.();
    this.#cancelDrop = this.#clock.after(MAX_AGE_MS, () => {
      this.#kept = [];
    });
  }

  /** The newest counters that have `collectors` and are of an age at a time, in milliseconds of the scrape's clock. */
  find(at: number, age: Age, collectors: Iterable<string>): Counters | undefined {
    const wanted = [...collectors];
    return this.#kept.findLast((each) => at - each.at >= age.min && at - each.at <= age.max && covers(each, wanted));
  }
}

function covers({ began }: Counters, collectors: Iterable<string>): boolean {
  return [...collectors].every((name) => (began as ReadonlyMap<string, number>).has(name));
}
