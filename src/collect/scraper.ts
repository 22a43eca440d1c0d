import { CollectorRun } from './collector-run.ts';
import { TimeSlice } from '../base/yielder.ts';
import type { Discovered } from './discovered.ts';
import type { Deadline, ScrapeParts } from './parts.ts';
import type { CollectorPlan } from '../plan/plan.ts';
import { SnapshotBuilder } from '../snapshot/builder.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';

/** Builders that are kept for later scrapes: one collection runs while the snapshot before is written. */
const MAX_SPARE = 2;

/** A scrape in progress. */
interface Scrape {
  readonly snapshot: SnapshotBuilder;
  readonly deadline: Deadline;
  readonly slice: TimeSlice;
  readonly found: Discovered;
}

/** Scrapes the node: finds cgroups, names them and reads them. */
export class Scraper {
  readonly #parts: ScrapeParts;
  readonly #spare: SnapshotBuilder[] = [];

  constructor(parts: ScrapeParts) {
    this.#parts = parts;
  }

  /** An empty builder to scrape into. Return it with {@link recycle} when nothing reads its snapshot any more. */
  builder(): SnapshotBuilder {
    const snapshot = this.#spare.pop() ?? new SnapshotBuilder(this.#parts.plan);
    snapshot.reset(this.#parts.time());
    return snapshot;
  }

  /** Takes back a builder, so that the next scrape need not allocate one. */
  recycle(snapshot: SnapshotBuilder): void {
    if (this.#spare.length < MAX_SPARE) this.#spare.push(snapshot);
  }

  /**
   * Reads the collectors named in `wanted` into `snapshot`, one after the other, and returns the finished snapshot.
   * Meanwhile a partial snapshot has those that are done, and collectors that have yet to be read can be added to
   * `wanted`. What cannot be read is recorded in the snapshot.
   */
  async scrape(snapshot: SnapshotBuilder, wanted: ReadonlySet<string>, deadline: Deadline): Promise<Snapshot> {
    const { plan, discovery, networks, tables, now, time } = this.#parts;
    const slice = new TimeSlice();
    snapshot.time = time();
    snapshot.clock = now();
    const walked = discovery.walk();
    if (slice.shouldYield) await slice.yield();
    const found = discovery.identify(walked, snapshot);
    if (slice.shouldYield) await slice.yield();
    networks.begin(found.outside);
    tables.begin();
    for (const [index, collector] of plan.collectors.entries()) {
      snapshot.reached = index;
      if (wanted.has(collector.name)) await this.#collect(collector, { snapshot, deadline, slice, found });
    }
    snapshot.reached = plan.collectors.length;
    const blindness = networks.blindness();
    if (blindness !== undefined) {
      const { message, ...fields } = blindness;
      snapshot.notices.push({ message, fields });
    }
    snapshot.seconds = (now() - snapshot.clock) / 1000;
    return snapshot.finish();
  }

  async #collect(collector: CollectorPlan, scrape: Scrape): Promise<void> {
    const { now } = this.#parts;
    const { snapshot } = scrape;
    const start = now();
    snapshot.began.set(collector.name, start);
    const success = await this.#read(collector, scrape).catch((error: unknown) => {
      const fields = { collector: collector.name, error: String(error) };
      snapshot.notices.push({ message: 'cannot read a collector', fields });
      return false;
    });
    const seconds = (now() - start) / 1000;
    const isBlind = success && this.#isBlind(collector, snapshot);
    snapshot.outcomes.push({ collector: collector.name, seconds, success: success && !isBlind });
  }

  /** Whether the collector saw nothing because a right or a mount is missing. */
  #isBlind({ name, readings: { network, machine } }: CollectorPlan, { blind }: SnapshotBuilder): boolean {
    const { networks, hidden } = this.#parts;
    const isOfPods = network.files.length > 0 && machine.files.length === 0;
    const blindness = hidden?.get(name) ?? (isOfPods ? networks.blindness() : undefined);
    if (blindness !== undefined) blind.set(name, blindness);
    return blind.has(name);
  }

  /** False if the deadline passed before everything was read. */
  async #read(collector: CollectorPlan, { snapshot, deadline, slice, found }: Scrape): Promise<boolean> {
    const { now, tables } = this.#parts;
    const run = new CollectorRun({ ...this.#parts, snapshot, collector, found });
    if (!(await run.run(slice, deadline))) return false;
    if (collector.tables.length === 0) return true;
    if (now() > deadline.at) return false;
    await tables.fill(collector, snapshot);
    return true;
  }
}
