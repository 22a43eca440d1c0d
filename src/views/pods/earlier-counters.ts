import { sleep, type Clock } from '../../base/clock.ts';
import type { Snapshot } from '../../snapshot/snapshot.ts';
import type { Collect } from '../endpoint-definition.ts';
import { CounterHistory, MAX_AGE_MS } from './counter-history.ts';
import { countersOf, type Counters } from './counters.ts';
import { POD_COLLECTORS } from './fields.ts';
import { NODE_COLLECTORS } from './node.ts';

/** The collectors of the document, whatever a request selects: later requests may select others. */
const ALL: ReadonlySet<string> = new Set([...POD_COLLECTORS, ...NODE_COLLECTORS.values()]);

/** Milliseconds between two collections that rates are computed from. A timer may end a little early. */
const MIN_AGE_MS = 950;

/** Milliseconds that are left for the collection and the answer after a wait. */
const RESERVED_MS = 2000;

interface EarlierCountersParts {
  readonly collect: Collect;
  readonly clock: Clock;
}

/** How long a request may wait. */
interface Patience {
  /** Milliseconds of `performance.now()`. */
  readonly deadline: number;
  readonly signal: AbortSignal;
}

/** The counters of earlier collections of the document. */
export class EarlierCounters {
  readonly #collect: Collect;
  readonly #clock: Clock;
  readonly #history: CounterHistory;

  constructor({ collect, clock }: EarlierCountersParts) {
    this.#collect = collect;
    this.#clock = clock;
    this.#history = new CounterHistory(clock);
  }

  /** Copies the counters of a snapshot, for up to a minute. */
  record(snapshot: Snapshot): Counters {
    const counters = countersOf(snapshot, ALL);
    this.#history.add(counters);
    return counters;
  }

  /** Counters that are 1 to 60 s older than others, of those of `collectors` that the others have. */
  before({ at, began }: Counters, collectors: ReadonlySet<string>): Counters | undefined {
    const read = [...began.keys()].filter((name) => collectors.has(name));
    return this.#history.find(at, { min: MIN_AGE_MS, max: MAX_AGE_MS }, read);
  }

  /**
   * Waits until there are counters of `collectors` that are `overMs` to twice as old, reading some if there are none;
   * `undefined` if there is no time for that.
   */
  async wait(
    collectors: ReadonlySet<string>,
    overMs: number,
    { deadline, signal }: Patience,
  ): Promise<Counters | undefined> {
    const now = this.#clock.elapsed();
    if (now + overMs + RESERVED_MS > deadline) return undefined;
    const old = this.#history.find(now, { min: overMs, max: 2 * overMs }, collectors);
    if (old !== undefined) return old;
    const young = this.#history.find(now, { min: 0, max: overMs }, collectors);
    const record = (snapshot: Snapshot): Promise<Counters> => Promise.resolve(this.record(snapshot));
    const first = young ?? (await this.#collect(collectors, deadline, record));
    await sleep(this.#clock, first.at + overMs - this.#clock.elapsed(), signal);
    return first;
  }
}

/** Whether `earlier` is old enough for rates. */
export function isOldEnough(earlier: Counters, { at }: Counters): boolean {
  return at - earlier.at >= MIN_AGE_MS;
}
