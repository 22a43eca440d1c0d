import type { Deadline } from './parts.ts';
import type { Scraper } from './scraper.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';

/** Whoever asks for a snapshot waits for one of these. */
interface InFlightCollection {
  readonly wanted: Set<string>;
  readonly deadline: Deadline;
  readonly snapshot: Snapshot;
  readonly done: Promise<void>;
  readonly settle: () => void;
  users: number;
  settled: boolean;
}

/**
 * One collection at a time. Whoever asks while one is under way that reads everything they want, or can still be
 * made to, shares it; the others share the next one.
 */
export class Collections {
  readonly #scraper: Scraper;
  readonly #finished: (snapshot: Snapshot) => void;
  #current: InFlightCollection | undefined;
  #next: InFlightCollection | undefined;

  /** `finished` hears of every collection once, when it is over. */
  constructor(scraper: Scraper, finished: (snapshot: Snapshot) => void) {
    this.#scraper = scraper;
    this.#finished = finished;
  }

  /**
   * Calls `work` with a snapshot of the collectors in `wanted`; it is valid until `work` ends.
   * When `deadline` (milliseconds, as of `performance.now()`) passes first, `work` gets what is done by then.
   */
  async use<T>(wanted: ReadonlySet<string>, deadline: number, work: (snapshot: Snapshot) => Promise<T>): Promise<T> {
    const flight = this.#join(wanted, deadline);
    flight.users++;
    try {
      await untilDoneOr(flight.done, deadline);
      return await work(flight.snapshot);
    } finally {
      flight.users--;
      this.#recycle(flight);
    }
  }

  #join(wanted: ReadonlySet<string>, deadline: number): InFlightCollection {
    const current = this.#current;
    if (current !== undefined && canJoin(current, wanted)) return extend(current, deadline);
    if (current === undefined) {
      const flight = this.#open(wanted, deadline);
      this.#start(flight);
      return flight;
    }
    this.#next ??= this.#open(wanted, deadline);
    for (const collector of wanted) this.#next.wanted.add(collector);
    return extend(this.#next, deadline);
  }

  #open(wanted: ReadonlySet<string>, deadline: number): InFlightCollection {
    const { promise, resolve }: PromiseWithResolvers<void> = Promise.withResolvers();
    return {
      wanted: new Set(wanted),
      deadline: { at: deadline },
      snapshot: this.#scraper.snapshot(),
      done: promise,
      settle: resolve,
      users: 0,
      settled: false,
    };
  }

  #start(flight: InFlightCollection): void {
    this.#current = flight;
    const over = (): void => {
      try {
        this.#finished(flight.snapshot);
      } catch (error) {
        flight.snapshot.notices.push({ cause: 'report', message: `cannot report on a scrape: ${String(error)}` });
      }
      flight.settled = true;
      flight.settle();
      this.#current = undefined;
      this.#recycle(flight);
      const next = this.#next;
      this.#next = undefined;
      if (next !== undefined) this.#start(next);
    };
    this.#scraper.scrape(flight.snapshot, flight.wanted, flight.deadline).then(over, (error: unknown) => {
      flight.snapshot.notices.push({ cause: 'scrape', message: `scrape failed: ${String(error)}` });
      over();
    });
  }

  #recycle(flight: InFlightCollection): void {
    if (flight.settled && flight.users === 0) this.#scraper.recycle(flight.snapshot);
  }
}

/** Has a collection read what is wanted too, unless the turn of any of it is over. */
function canJoin({ wanted: reads, snapshot }: InFlightCollection, wanted: ReadonlySet<string>): boolean {
  if (![...wanted].every((collector) => reads.has(collector) || snapshot.isAhead(collector))) return false;
  for (const collector of wanted) reads.add(collector);
  return true;
}

/** A collection goes on as long as the most patient of those who wait for it. */
function extend(flight: InFlightCollection, deadline: number): InFlightCollection {
  flight.deadline.at = Math.max(flight.deadline.at, deadline);
  return flight;
}

async function untilDoneOr(done: Promise<void>, deadline: number): Promise<void> {
  const { promise, resolve }: PromiseWithResolvers<void> = Promise.withResolvers();
  const timer = setTimeout(resolve, Math.max(0, deadline - performance.now()));
  await Promise.race([done, promise]);
  clearTimeout(timer);
}
