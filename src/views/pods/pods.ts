import { systemClock, type Clock } from '../../base/clock.ts';
import { TimeSlice } from '../../base/yielder.ts';
import type { Snapshot } from '../../snapshot/snapshot.ts';
import type { Collect } from '../endpoint-definition.ts';
import type { PlainAnswer, Scope, SnapshotAnswer, StreamAnswer } from '../endpoint.ts';
import { sendTexts, wholeBytes } from '../json-answer.ts';
import { textAnswer } from '../plain-answer.ts';
import type { Counters } from './counters.ts';
import { podsDocument } from './document.ts';
import { EarlierCounters, isOldEnough } from './earlier-counters.ts';
import { NODE_COLLECTORS } from './node.ts';
import { ratesSince } from './rates.ts';
import { Watches } from './watches.ts';

interface PodsParts {
  readonly scope: Scope;
  /** Taken from a pod if absent. */
  readonly nodeName?: string;
  readonly collect: Collect;
  /** That of the scrape. */
  readonly clock?: Clock;
}

/** Node, pods and containers with their numbers as JSON. */
export class PodsView {
  readonly #parts: PodsParts;
  readonly #earlier: EarlierCounters;
  readonly #watches: Watches;

  constructor(parts: PodsParts) {
    const { collect, clock = systemClock } = parts;
    this.#parts = parts;
    this.#earlier = new EarlierCounters({ collect, clock });
    this.#watches = new Watches({
      clock,
      collect,
      record: (snapshot) => this.#earlier.record(snapshot),
      before: (counters, { collectors }) => this.#earlier.before(counters, collectors),
      write: (snapshot, { collectors }, earlier) =>
        wholeBytes(this.#texts(snapshot, collectors, earlier), new TimeSlice()),
    });
  }

  /**
   * The document with the numbers of `collectors`, and with rates since a collection that is 1 to 60 s old, if there is
   * one. With `overMs` it waits until there is one that is that old.
   */
  answer(collectors: ReadonlySet<string>, overMs?: number): SnapshotAnswer {
    const all = this.#withNode(collectors);
    let awaited: Counters | undefined;
    const prepare: SnapshotAnswer['prepare'] = async (deadline, signal) => {
      awaited = overMs === undefined ? undefined : await this.#earlier.wait(all, overMs, { deadline, signal });
    };
    return {
      kind: 'snapshot',
      collectors: all,
      contentType: 'application/json',
      ...(overMs === undefined ? {} : { prepare }),
      write: (snapshot, output) => {
        const counters = this.#earlier.record(snapshot);
        const isAwaited = awaited !== undefined && isOldEnough(awaited, counters);
        const earlier = isAwaited ? awaited : this.#earlier.before(counters, all);
        return sendTexts(this.#texts(snapshot, all, earlier), output);
      },
    };
  }

  /** The document every `intervalMs` milliseconds, with rates since the one before; 503 for too many different ones. */
  watch(collectors: ReadonlySet<string>, intervalMs: number): StreamAnswer | PlainAnswer {
    const watch = { collectors: this.#withNode(collectors), intervalMs };
    if (!this.#watches.admits(watch)) {
      return textAnswer(503, 'too many different streams; use the interval and the collectors of another client');
    }
    return { kind: 'stream', events: (signal) => this.#watches.events(watch, signal) };
  }

  #withNode(collectors: ReadonlySet<string>): ReadonlySet<string> {
    if (this.#parts.scope === 'pod') return collectors;
    return new Set([...collectors, ...[...collectors].flatMap((name) => NODE_COLLECTORS.get(name) ?? [])]);
  }

  #texts(snapshot: Snapshot, collectors: ReadonlySet<string>, earlier: Counters | undefined): Generator<string> {
    const rates = earlier === undefined ? undefined : ratesSince(earlier, snapshot);
    return podsDocument(snapshot, { ...this.#parts, collectors, rates });
  }
}
