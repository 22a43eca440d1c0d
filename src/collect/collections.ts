import type { Deadline } from './parts.ts';
import type { Scraper } from './scraper.ts';
import type { SnapshotBuilder } from '../snapshot/builder.ts';
import type { Notice, Snapshot } from '../snapshot/snapshot.ts';

/** A collection that is running or about to start, and that requests wait for. */
interface InFlightCollection {
  readonly wanted: Set<string>;
  readonly deadline: Deadline;
  readonly builder: SnapshotBuilder;
  readonly done: Promise<Snapshot>;
  readonly settle: (snapshot: Snapshot) => void;
  /** Requests that wait for it or read its snapshot. */
  users: number;
  isDone: boolean;
}

/**
 * Runs one collection at a time. Requests share the running one if it reads every collector that they want, or can
 * still be extended to; the others share the next one.
 */
export class Collections {
  readonly #scraper: Scraper;
  readonly #finished: (snapshot: Snapshot) => void;
  readonly #busy: (isBusy: boolean) => void;
  /** Requests that wait or read. */
  #users = 0;
  #current: InFlightCollection | undefined;
  #next: InFlightCollection | undefined;
  /** Why the last call of {@link #finished} failed; reported with the next collection. */
  #failure: Notice | undefined;

  /**
   * `finished` is called once for each collection, with its finished snapshot; `busy` when the first request comes and
   * when the last one is done.
   */
  constructor(scraper: Scraper, finished: (snapshot: Snapshot) => void, busy: (isBusy: boolean) => void = () => {}) {
    this.#scraper = scraper;
    this.#finished = finished;
    this.#busy = busy;
  }

  /**
   * Calls `work` with a snapshot of the collectors in `wanted`, which is valid and unchanged until `work` ends.
   * If `deadline` (milliseconds of `performance.now()`) passes first, it has what has been read by then.
   */
  async use<T>(wanted: ReadonlySet<string>, deadline: number, work: (snapshot: Snapshot) => Promise<T>): Promise<T> {
    const collection = this.#join(wanted, deadline);
    collection.users++;
    if (this.#users++ === 0) this.#busy(true);
    try {
      return await work((await doneUntil(collection.done, deadline)) ?? collection.builder.partial());
    } finally {
      collection.users--;
      if (--this.#users === 0) this.#busy(false);
      this.#recycle(collection);
    }
  }

  #join(wanted: ReadonlySet<string>, deadline: number): InFlightCollection {
    const current = this.#current;
    if (current !== undefined && canJoin(current, wanted)) return extend(current, deadline);
    if (current === undefined) {
      const collection = this.#open(wanted, deadline);
      this.#start(collection);
      return collection;
    }
    this.#next ??= this.#open(wanted, deadline);
    for (const collector of wanted) this.#next.wanted.add(collector);
    return extend(this.#next, deadline);
  }

  #open(wanted: ReadonlySet<string>, deadline: number): InFlightCollection {
    const { promise, resolve }: PromiseWithResolvers<Snapshot> = Promise.withResolvers();
    return {
      wanted: new Set(wanted),
      deadline: { at: deadline },
      builder: this.#scraper.builder(),
      done: promise,
      settle: resolve,
      users: 0,
      isDone: false,
    };
  }

  #start(collection: InFlightCollection): void {
    const { builder, wanted, deadline } = collection;
    this.#current = collection;
    if (this.#failure !== undefined) builder.notices.push(this.#failure);
    this.#failure = undefined;
    this.#scraper.scrape(builder, wanted, deadline).then(
      (snapshot) => this.#end(collection, snapshot),
      (error: unknown) => {
        builder.notices.push({ message: 'cannot scrape', fields: { error: String(error) } });
        this.#end(collection, builder.finish());
      },
    );
  }

  #end(collection: InFlightCollection, snapshot: Snapshot): void {
    try {
      this.#finished(snapshot);
    } catch (error) {
      this.#failure = { message: 'cannot report the previous scrape', fields: { error: String(error) } };
    }
    collection.isDone = true;
    collection.settle(snapshot);
    this.#current = undefined;
    this.#recycle(collection);
    const next = this.#next;
    this.#next = undefined;
    if (next !== undefined) this.#start(next);
  }

  #recycle({ isDone, users, builder }: InFlightCollection): void {
    if (isDone && users === 0) this.#scraper.recycle(builder);
  }
}

/** Adds `wanted` to a collection, unless it is too late for one of the collectors. */
function canJoin({ wanted: reads, builder }: InFlightCollection, wanted: ReadonlySet<string>): boolean {
  if (![...wanted].every((collector) => reads.has(collector) || builder.isAhead(collector))) return false;
  for (const collector of wanted) reads.add(collector);
  return true;
}

/** The latest deadline of the requests that wait for a collection counts. */
function extend(collection: InFlightCollection, deadline: number): InFlightCollection {
  collection.deadline.at = Math.max(collection.deadline.at, deadline);
  return collection;
}

/** `undefined` if `deadline` passes first. */
async function doneUntil(done: Promise<Snapshot>, deadline: number): Promise<Snapshot | undefined> {
  const { promise, resolve }: PromiseWithResolvers<undefined> = Promise.withResolvers();
  const timer = setTimeout(resolve, Math.max(0, deadline - performance.now()), undefined);
  const snapshot = await Promise.race([done, promise]);
  clearTimeout(timer);
  return snapshot;
}
