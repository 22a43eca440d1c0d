import type { Collector } from '../../../src/metrics/row.ts';
import { compilePlan } from '../../../src/plan/compile-plan.ts';
import type { Deadline } from '../../../src/collect/parts.ts';
import type { Scraper } from '../../../src/collect/scraper.ts';
import { SnapshotBuilder } from '../../../src/snapshot/builder.ts';
import type { Snapshot } from '../../../src/snapshot/snapshot.ts';

/** A scrape that runs until the test ends it. */
export interface ControlledScrape {
  readonly builder: SnapshotBuilder;
  readonly wanted: ReadonlySet<string>;
  readonly deadline: Deadline;
  /** Completes a collector. */
  readonly read: (collector: string) => void;
  /** Ends the scrape; returns its snapshot. */
  readonly finish: () => Snapshot;
  readonly fail: (error: Error) => void;
}

/** Stands in for the scraper of a node; the test decides when its scrapes make progress. */
export class ControlledScraper {
  /** Every scrape, oldest first. */
  readonly scrapes: ControlledScrape[] = [];
  /** Builders in the order in which they were recycled. */
  readonly recycled: SnapshotBuilder[] = [];
  /** Number of scrapes in progress. */
  running = 0;
  readonly #plan;

  /** `collectors`: those of the plan, in the order in which they are read. */
  constructor(collectors: readonly Collector[] = []) {
    this.#plan = compilePlan(collectors, { version: 'v2', pageSizes: [] });
  }

  /** As the type that callers require. */
  get asScraper(): Scraper {
    return this as unknown as Scraper;
  }

  builder(): SnapshotBuilder {
    return new SnapshotBuilder(this.#plan);
  }

  recycle(builder: SnapshotBuilder): void {
    this.recycled.push(builder);
  }

  scrape(builder: SnapshotBuilder, wanted: ReadonlySet<string>, deadline: Deadline): Promise<Snapshot> {
    const { promise, resolve, reject }: PromiseWithResolvers<Snapshot> = Promise.withResolvers();
    this.running++;
    this.scrapes.push({
      builder,
      wanted,
      deadline,
      read: (collector) => builder.outcomes.push({ collector, seconds: 0, success: true }),
      finish: () => {
        this.running--;
        const snapshot = builder.finish();
        resolve(snapshot);
        return snapshot;
      },
      fail: (error) => {
        this.running--;
        reject(error);
      },
    });
    return promise;
  }
}
