import { CollectorRun } from './collector-run.ts';
import { TimeSlice } from '../base/yielder.ts';
import type { Deadline, ScrapeParts } from './parts.ts';
import { Snapshot } from '../snapshot/snapshot.ts';

/** Reads the node: discover, read, label. */
export class Scraper {
  readonly #parts: ScrapeParts;
  readonly #spare: Snapshot[] = [];

  constructor(parts: ScrapeParts) {
    this.#parts = parts;
  }

  /** An empty snapshot to scrape into; give it back with {@link recycle} when nothing reads it any more. */
  snapshot(): Snapshot {
    const snapshot = this.#spare.pop() ?? new Snapshot(this.#parts.plan);
    snapshot.reset(this.#parts.time());
    return snapshot;
  }

  /** Takes back a snapshot, so that the next scrape need not allocate one. */
  recycle(snapshot: Snapshot): void {
    this.#spare.push(snapshot);
  }

  /**
   * Reads what the collectors named in `wanted` want into `snapshot`, one collector after the other, so that
   * whoever cannot wait may use those that are done, and whose turn is still to come may be added to `wanted`.
   * What cannot be read is noted in the snapshot.
   */
  async scrape(snapshot: Snapshot, wanted: ReadonlySet<string>, deadline: Deadline): Promise<void> {
    const { plan, discovery, networks, now, time } = this.#parts;
    const began = now();
    const pace = new TimeSlice();
    snapshot.time = time();
    snapshot.clock = began;
    const found = discovery.walk();
    if (pace.shouldYield) await pace.yield();
    const pods = discovery.identify(found, snapshot);
    snapshot.prepare();
    if (pace.shouldYield) await pace.yield();
    networks.begin();
    for (const [index, collector] of plan.collectors.entries()) {
      snapshot.reached = index;
      if (!wanted.has(collector.name)) continue;
      const start = now();
      snapshot.began.set(collector.name, start);
      const run = new CollectorRun({ ...this.#parts, snapshot, collector, pods });
      const read = async (): Promise<boolean> => {
        if (!(await run.run(pace, deadline))) return false;
        if (collector.tables.length > 0 && now() > deadline.at) return false;
        if (collector.tables.length > 0) await this.#parts.tables.fill(collector, snapshot);
        return true;
      };
      const success = await read().catch((error: unknown) => {
        snapshot.notices.push({ cause: `collector ${collector.name}`, message: `collector failed: ${String(error)}` });
        return false;
      });
      snapshot.outcomes.push({ collector: collector.name, seconds: (now() - start) / 1000, success });
    }
    snapshot.reached = plan.collectors.length;
    const notice = networks.notice();
    if (notice !== undefined) snapshot.notices.push(notice);
    snapshot.seconds = (now() - began) / 1000;
  }
}
