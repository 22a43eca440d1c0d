import { EVENT_TYPES, type EventType, type NodeEvent, type PublishedEvent } from './event.ts';

export interface EventStoreOptions {
  readonly maxEvents: number;
  readonly maxAgeSeconds: number;
  /** Unix seconds. */
  readonly time: () => number;
}

/** The last events, bounded by number and age. */
export class EventStore {
  /** Differs between processes, so that a client notices that sequence numbers start from 1 again. */
  readonly epoch: string;
  readonly #options: EventStoreOptions;
  /** Oldest first. */
  #events: PublishedEvent[] = [];
  #sequence = 0;
  readonly #counts = new Map<EventType, number>(EVENT_TYPES.map((type) => [type, 0]));
  readonly #waiting = new Set<() => void>();

  constructor(options: EventStoreOptions) {
    this.#options = options;
    this.epoch = Math.floor(options.time() * 1000).toString(36);
  }

  /** Number of events by type since the start. */
  get counts(): ReadonlyMap<EventType, number> {
    return this.#counts;
  }

  /** The sequence number of the last event, 0 before the first. */
  get last(): number {
    return this.#sequence;
  }

  add(event: NodeEvent): PublishedEvent {
    const published = { ...event, sequence: ++this.#sequence };
    this.#events.push(published);
    this.#counts.set(event.type, (this.#counts.get(event.type) ?? 0) + 1);
    // Removing the first one of a long array copies the others, so that it is done for many at a time.
    if (this.#events.length > this.#options.maxEvents * 1.25)
      this.#events = this.#events.slice(-this.#options.maxEvents);
    for (const wake of this.#waiting) wake();
    return published;
  }

  /** The events that are kept, after a sequence number, oldest first. */
  after(sequence: number): readonly PublishedEvent[] {
    const [first] = this.#events;
    const { maxEvents, maxAgeSeconds, time } = this.#options;
    const start = Math.max(0, sequence - (first?.sequence ?? 0) + 1, this.#events.length - maxEvents);
    const oldest = time() - maxAgeSeconds;
    return this.#events.slice(start).filter((event) => event.time >= oldest);
  }

  /** Resolves when there is an event after `sequence`, or when `signal` is aborted. */
  async wait(sequence: number, signal: AbortSignal): Promise<void> {
    if (this.#sequence > sequence || signal.aborted) return;
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const wake = (): void => resolve(undefined);
    this.#waiting.add(wake);
    signal.addEventListener('abort', wake, { once: true });
    try {
      await promise;
    } finally {
      this.#waiting.delete(wake);
      signal.removeEventListener('abort', wake);
    }
  }
}
