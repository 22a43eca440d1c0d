import type { Clock } from '../../base/clock.ts';
import type { Snapshot } from '../../snapshot/snapshot.ts';
import type { Collect } from '../endpoint-definition.ts';
import type { StreamEvent } from '../endpoint.ts';
import type { Counters } from './counters.ts';

/** What a client watches. */
export interface Watch {
  readonly collectors: ReadonlySet<string>;
  /** Whole seconds, so that intervals coincide. */
  readonly intervalMs: number;
}

export interface WatchesParts {
  readonly clock: Clock;
  readonly collect: Collect;
  readonly record: (snapshot: Snapshot) => Counters;
  /** The document, with rates since `earlier`. */
  readonly write: (snapshot: Snapshot, watch: Watch, earlier: Counters | undefined) => Promise<Buffer>;
  /** Counters for the first event. */
  readonly before: (counters: Counters, watch: Watch) => Counters | undefined;
}

/** Milliseconds within which a collection must end; what was read by then is sent. */
const COLLECTION_TIMEOUT_MS = 10_000;

/** Watches that are due within so many milliseconds share a collection. */
const TOLERANCE_MS = 20;

/** Different documents that are kept for clients that watch: each has some megabytes on a large node. */
const MAX_GROUPS = 3;

/** The clients that watch the same with the same interval, and so get the same events. */
interface Group {
  readonly watch: Watch;
  clients: number;
  /** Called with the next event, or with the error if there is none. */
  readonly waiting: Set<PromiseWithResolvers<StreamEvent | undefined>>;
  /** Milliseconds of the clock at which the next event is due. */
  dueAt: number;
  last?: { readonly event: StreamEvent; readonly at: number; readonly counters: Counters };
}

/**
 * Collects for clients that watch. Events are due at whole multiples of their interval, so that all that are due at a time
 * share a collection. Without a client that waits nothing is read; without a client nothing is kept.
 */
export class Watches {
  readonly #parts: WatchesParts;
  readonly #groups = new Map<string, Group>();
  #cancelTimer: (() => void) | undefined;
  #isCollecting = false;

  constructor(parts: WatchesParts) {
    this.#parts = parts;
  }

  /** Whether a client can watch this: clients share documents, of which there are at most {@link MAX_GROUPS}. */
  admits(watch: Watch): boolean {
    return this.#groups.size < MAX_GROUPS || this.#groups.has(keyOf(watch));
  }

  /** The events for one client: the first one at once, then one per interval. Those that it is too slow for are dropped. */
  async *events(watch: Watch, signal: AbortSignal): AsyncGenerator<StreamEvent> {
    if (!this.admits(watch)) return;
    const group = this.#join(watch);
    try {
      let sent: StreamEvent | undefined;
      while (!signal.aborted) {
        const event = await this.#next(group, sent, signal);
        if (event === undefined) return;
        yield event;
        sent = event;
      }
    } finally {
      this.#leave(group);
    }
  }

  #join(watch: Watch): Group {
    const key = keyOf(watch);
    const known = this.#groups.get(key);
    const group = known ?? { watch, clients: 0, waiting: new Set(), dueAt: this.#parts.clock.elapsed() };
    this.#groups.set(key, group);
    group.clients++;
    return group;
  }

  #leave(group: Group): void {
    if (--group.clients === 0) this.#groups.delete(keyOf(group.watch));
    this.#schedule();
  }

  /** The last event if the client has not had it and it is not out of date, else the next one. */
  async #next(group: Group, sent: StreamEvent | undefined, signal: AbortSignal): Promise<StreamEvent | undefined> {
    const { last, watch } = group;
    const isNew = last !== undefined && last.event !== sent;
    if (isNew && this.#parts.clock.elapsed() - last.at < watch.intervalMs) return last.event;
    const waiting = Promise.withResolvers<StreamEvent | undefined>();
    const end = (): void => waiting.resolve(undefined);
    group.waiting.add(waiting);
    signal.addEventListener('abort', end, { once: true });
    this.#schedule();
    try {
      return await waiting.promise;
    } finally {
      group.waiting.delete(waiting);
      signal.removeEventListener('abort', end);
    }
  }

  /** Sets the timer to the event that is due first. */
  #schedule(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    if (this.#isCollecting) return;
    const now = this.#parts.clock.elapsed();
    const dueAt = this.#waited().map((group) => group.dueAt);
    if (dueAt.length === 0) return;
    this.#cancelTimer = this.#parts.clock.after(Math.max(0, Math.min(...dueAt) - now), () => void this.#collect());
  }

  #waited(): readonly Group[] {
    return [...this.#groups.values()].filter(({ waiting }) => waiting.size > 0);
  }

  async #collect(): Promise<void> {
    const { clock, collect } = this.#parts;
    const now = clock.elapsed();
    const due = this.#waited().filter(({ dueAt }) => dueAt <= now + TOLERANCE_MS);
    for (const group of due) group.dueAt = nextDue(now, group.watch);
    const wanted = new Set(due.flatMap(({ watch }) => [...watch.collectors]));
    this.#isCollecting = true;
    try {
      await collect(wanted, now + COLLECTION_TIMEOUT_MS, (snapshot) => this.#publish(due, snapshot));
    } catch (error) {
      for (const { waiting } of due) for (const { reject } of waiting) reject(error);
    }
    this.#isCollecting = false;
    this.#schedule();
  }

  async #publish(groups: readonly Group[], snapshot: Snapshot): Promise<void> {
    const { record, write, before, clock } = this.#parts;
    const counters = record(snapshot);
    for (const group of groups) {
      const earlier = group.last?.counters ?? before(counters, group.watch);
      const event = { data: await write(snapshot, group.watch, earlier) };
      group.last = { event, at: clock.elapsed(), counters };
      group.dueAt = nextDue(counters.at, group.watch);
      for (const { resolve } of group.waiting) resolve(event);
    }
  }
}

function keyOf({ collectors, intervalMs }: Watch): string {
  return [intervalMs, ...[...collectors].toSorted()].join();
}

/** The next multiple of the interval that is not too close to a reading: rates over a short time are coarse. */
function nextDue(readAt: number, { intervalMs }: Watch): number {
  return Math.ceil((readAt + intervalMs / 2) / intervalMs) * intervalMs;
}
