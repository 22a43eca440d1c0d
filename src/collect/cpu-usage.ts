import type { CollectorName } from '../metrics/index.ts';
import type { Level } from '../metrics/row.ts';
import type { Collections } from './collections.ts';
import type { CpuUsage } from '../snapshot/cpu-usage.ts';
import type { Column, Snapshot } from '../snapshot/snapshot.ts';
import type { Subject } from '../snapshot/subject.ts';

/** CPU time of everything that one collector reads, at one instant. */
interface Reading {
  /** Milliseconds of the scrape's clock. */
  readonly at: number;
  readonly parts: readonly { readonly subjects: readonly Subject[]; readonly seconds: Float64Array }[];
}

/** The collectors that read CPU time, and at which levels. */
const COLLECTORS: readonly (readonly [collector: CollectorName, levels: readonly Level[]])[] = [
  ['cpu', ['container', 'pod']],
  ['node-cpu', ['node']],
];

/** Milliseconds between readings that tell a usage. Shorter ones are too coarse, longer ones tell of another time. */
const SHORTEST = 1000;
const LONGEST = 60_000;

/** Milliseconds after which CPU time is read again where there is no earlier reading to compare with. */
const INTERVAL = 200;

/** Milliseconds that a second reading takes at most, waiting included, as a rule. */
const SECOND_READING = 2 * INTERVAL;

/** Tells the CPU usage between collections, and makes a second one where none came before. */
export class CpuUsages {
  readonly #collections: Collections;
  /** By collector the latest readings that lie apart, oldest first. */
  readonly #kept = new Map<CollectorName, readonly Reading[]>();
  #pending: Promise<CpuUsage> | undefined;

  constructor(collections: Collections) {
    this.#collections = collections;
  }

  /**
   * Keeps what a finished collection says, to compare the next one with. A reading that follows another closely is not
   * kept, so that one of the last two lies far enough from any to come.
   */
  remember(snapshot: Snapshot): void {
    for (const [collector, levels] of COLLECTORS) {
      const kept = this.#kept.get(collector) ?? [];
      const latest = kept.at(-1);
      const at = snapshot.began.get(collector);
      if (at === undefined || (latest !== undefined && at - latest.at < SHORTEST)) continue;
      const reading = readingOf(snapshot, collector, levels);
      if (reading !== undefined) this.#kept.set(collector, [...(latest === undefined ? [] : [latest]), reading]);
    }
  }

  /**
   * The usage up to `snapshot` since a collection that is 1 to 60 s older. Where there is none, CPU time alone is read
   * again after 200 ms, once for all who ask meanwhile; whoever cannot wait that long until `deadline` (as of
   * `performance.now()`) gets nothing.
   */
  async of(snapshot: Snapshot, deadline: number): Promise<CpuUsage> {
    const pairs = COLLECTORS.map(([collector, levels]) => {
      const later = readingOf(snapshot, collector, levels);
      return [later === undefined ? undefined : this.#before(collector, later.at), later] as const;
    });
    const known = usageOf(pairs);
    if (pairs.every(([earlier, later]) => earlier !== undefined || later === undefined)) return known;
    if (deadline - performance.now() < SECOND_READING) return known;
    this.#pending ??= this.#readAgain(snapshot, deadline).finally(() => {
      this.#pending = undefined;
    });
    return new Map([...(await this.#pending), ...known]);
  }

  #before(collector: CollectorName, at: number): Reading | undefined {
    return this.#kept.get(collector)?.findLast((reading) => {
      const age = at - reading.at;
      return age >= SHORTEST && age <= LONGEST;
    });
  }

  async #readAgain(snapshot: Snapshot, deadline: number): Promise<CpuUsage> {
    const first = COLLECTORS.map(([collector, levels]) => readingOf(snapshot, collector, levels));
    await new Promise<void>((resolve) => setTimeout(resolve, INTERVAL));
    const wanted = new Set(COLLECTORS.map(([collector]) => collector));
    return this.#collections.use(wanted, deadline, (again) => {
      const second = COLLECTORS.map(([collector, levels]) => readingOf(again, collector, levels));
      return Promise.resolve(usageOf(first.map((earlier, index) => [earlier, second[index]] as const)));
    });
  }
}

/** `undefined` if the collector did not succeed. */
function readingOf(snapshot: Snapshot, collector: CollectorName, levels: readonly Level[]): Reading | undefined {
  const at = snapshot.began.get(collector);
  if (at === undefined || !snapshot.succeeded(collector)) return undefined;
  const parts = levels.flatMap((level) => {
    const column = cpuColumn(snapshot, level);
    const subjects = snapshot.subjects[level];
    return column === undefined ? [] : [{ subjects, seconds: column.slice(0, subjects.length) }];
  });
  return { at, parts };
}

function cpuColumn(snapshot: Snapshot, level: Level): Column | undefined {
  const family = snapshot.families.find(({ name }) => name === (`${level}_cpu_usage_seconds_total` as const));
  return snapshot.columns(level)[family?.series[0]?.column ?? -1];
}

function usageOf(pairs: readonly (readonly [earlier: Reading | undefined, later: Reading | undefined])[]): CpuUsage {
  const usage = new Map<number, number>();
  for (const [earlier, later] of pairs) {
    if (earlier !== undefined && later !== undefined) addUsage(usage, earlier, later);
  }
  return usage;
}

function addUsage(usage: Map<number, number>, earlier: Reading, later: Reading): void {
  const before = new Map<number, number>();
  for (const { subjects, seconds } of earlier.parts) {
    for (const [index, { id }] of subjects.entries()) before.set(id, seconds[index] as number);
  }
  const elapsed = (later.at - earlier.at) / 1000;
  for (const { subjects, seconds } of later.parts) {
    for (const [index, { id }] of subjects.entries()) {
      const cores = ((seconds[index] as number) - (before.get(id) ?? Number.NaN)) / elapsed;
      // A cgroup that was recreated between two walks, as that of a static pod can be, starts at zero.
      if (cores >= 0 && Number.isFinite(cores)) usage.set(id, cores * 1e9);
    }
  }
}
