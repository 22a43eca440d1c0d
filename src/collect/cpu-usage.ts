import type { CollectorName } from '../metrics/index.ts';
import type { Level } from '../metrics/row.ts';
import type { Collections } from './collections.ts';
import type { CpuUsage } from '../snapshot/cpu-usage.ts';
import type { Column, Snapshot } from '../snapshot/snapshot.ts';
import type { Subject } from '../snapshot/subject.ts';

/** CPU times that one collector read, at one instant. */
interface Reading {
  /** Milliseconds of the scrape's clock. */
  readonly at: number;
  readonly parts: readonly { readonly subjects: readonly Subject[]; readonly seconds: Float64Array }[];
}

/** The collectors that read CPU time, with their levels. */
const COLLECTORS: readonly (readonly [collector: CollectorName, levels: readonly Level[]])[] = [
  ['cpu', ['container', 'pod']],
  ['node-cpu', ['node']],
];

/** Time between two readings: over a shorter one the usage is too coarse, over a longer one it is out of date. */
const MIN_AGE_MS = 1000;
const MAX_AGE_MS = 60_000;

/** Delay of the second reading where there is no earlier one. */
const SECOND_READING_DELAY_MS = 200;

/** The second reading usually ends by then. */
const SECOND_READING_TIMEOUT_MS = 2 * SECOND_READING_DELAY_MS;

/** Computes the CPU usage between collections, and runs a second one where there is no earlier one. */
export class CpuUsages {
  readonly #collections: Collections;
  /** The latest readings by collector, oldest first, at least {@link MIN_AGE_MS} apart. */
  readonly #readings = new Map<CollectorName, readonly Reading[]>();
  #pending: Promise<CpuUsage> | undefined;

  constructor(collections: Collections) {
    this.#collections = collections;
  }

  /**
   * Keeps the CPU times of a finished collection to compare later ones with. A reading shortly after another one is not
   * kept, so that one of the last two is old enough for any later reading.
   */
  record(snapshot: Snapshot): void {
    for (const [collector, levels] of COLLECTORS) {
      const readings = this.#readings.get(collector) ?? [];
      const latest = readings.at(-1);
      const at = snapshot.began.get(collector);
      if (at === undefined || (latest !== undefined && at - latest.at < MIN_AGE_MS)) continue;
      const reading = readingOf(snapshot, collector, levels);
      if (reading !== undefined) this.#readings.set(collector, [...(latest === undefined ? [] : [latest]), reading]);
    }
  }

  /**
   * The usage between `snapshot` and a collection that is 1 to 60 s older. Without one, CPU time alone is read again
   * after 200 ms, once for all requests of that time. If `deadline` (milliseconds of `performance.now()`) is too close
   * for that, the result has no usage.
   */
  async of(snapshot: Snapshot, deadline: number): Promise<CpuUsage> {
    const pairs = COLLECTORS.map(([collector, levels]) => {
      const later = readingOf(snapshot, collector, levels);
      return [later === undefined ? undefined : this.#before(collector, later.at), later] as const;
    });
    const known = usageOf(pairs);
    if (pairs.every(([earlier, later]) => earlier !== undefined || later === undefined)) return known;
    if (deadline - performance.now() < SECOND_READING_TIMEOUT_MS) return known;
    this.#pending ??= this.#readAgain(snapshot, deadline).finally(() => {
      this.#pending = undefined;
    });
    return new Map([...(await this.#pending), ...known]);
  }

  #before(collector: CollectorName, at: number): Reading | undefined {
    return this.#readings.get(collector)?.findLast((reading) => {
      const age = at - reading.at;
      return age >= MIN_AGE_MS && age <= MAX_AGE_MS;
    });
  }

  async #readAgain(snapshot: Snapshot, deadline: number): Promise<CpuUsage> {
    const first = COLLECTORS.map(([collector, levels]) => readingOf(snapshot, collector, levels));
    await new Promise<void>((resolve) => setTimeout(resolve, SECOND_READING_DELAY_MS));
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
