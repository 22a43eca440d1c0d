import type { Collector } from '../../../src/metrics/row.ts';
import { compilePlan } from '../../../src/plan/compile-plan.ts';
import type { Deadline } from '../../../src/collect/parts.ts';
import type { Scraper } from '../../../src/collect/scraper.ts';
import { Snapshot } from '../../../src/snapshot/snapshot.ts';

/** A scrape that goes on until the test ends it. */
export interface ControlledScrape {
  readonly snapshot: Snapshot;
  readonly wanted: ReadonlySet<string>;
  readonly deadline: Deadline;
  /** Ends a collector's part. */
  readonly read: (collector: string) => void;
  readonly finish: () => void;
  readonly fail: (error: Error) => void;
}

/** Stands for a node: its scrapes make progress only when told to. */
export class ControlledScraper {
  /** Every scrape, oldest first. */
  readonly scrapes: ControlledScrape[] = [];
  /** Snapshots that came back, as often as they did. */
  readonly recycled: Snapshot[] = [];
  /** How many scrapes are going on. */
  underWay = 0;
  readonly #plan;

  /** `collectors`: those of the plan, in the order in which they are read. */
  constructor(collectors: readonly Collector[] = []) {
    this.#plan = compilePlan(collectors, { version: 'v2', pageSizes: [] });
  }

  /** As the type that is asked for. */
  get asScraper(): Scraper {
    return this as unknown as Scraper;
  }

  snapshot(): Snapshot {
    return new Snapshot(this.#plan);
  }

  recycle(snapshot: Snapshot): void {
    this.recycled.push(snapshot);
  }

  scrape(snapshot: Snapshot, wanted: ReadonlySet<string>, deadline: Deadline): Promise<void> {
    const { promise, resolve, reject }: PromiseWithResolvers<void> = Promise.withResolvers();
    this.underWay++;
    const over = (settle: () => void) => (): void => {
      this.underWay--;
      settle();
    };
    this.scrapes.push({
      snapshot,
      wanted,
      deadline,
      read: (collector) => snapshot.outcomes.push({ collector, seconds: 0, success: true }),
      finish: over(resolve),
      fail: (error) => over(() => reject(error))(),
    });
    return promise;
  }
}
