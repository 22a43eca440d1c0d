import type { CollectorName } from '../../metrics/index.ts';
import type { Level } from '../../metrics/row.ts';
import type { FamilyPlan } from '../../plan/plan.ts';
import type { Column, SampleList, Snapshot } from '../../snapshot/snapshot.ts';
import type { NumberSource } from '../number-source.ts';
import { counterFamilies, type Counters } from './counters.ts';

/** Significant digits of a rate: the kernel counts microseconds, and a reading takes milliseconds. */
const DIGITS = 6;

/** Increases per second, where a snapshot has the counters. */
export interface Rates extends NumberSource {
  /** Between the two collections. */
  readonly intervalSeconds: number;
}

/**
 * The rates of the counters of a snapshot since an earlier collection, each over the time between the readings of its
 * collector. There is none where the earlier collection has no such number, where the counter fell, or where the cgroup is
 * another. `undefined` if the collections have no collector in common.
 */
export function ratesSince(earlier: Counters, snapshot: Snapshot): Rates | undefined {
  const seconds = elapsed(earlier, snapshot);
  const [intervalSeconds] = seconds.values();
  if (intervalSeconds === undefined) return undefined;
  const families = counterFamilies(snapshot.families, new Set(seconds.keys()));
  const since = new Since(earlier, snapshot, seconds);
  const lists: SampleList[] = [];
  const columns = new Map<Level, Column[]>();
  for (const family of families) {
    const { level, series, list } = family;
    if (list >= 0) lists[list] = since.list(family);
    const own = columns.get(level) ?? [];
    columns.set(level, own);
    for (const { column } of series) own[column] = since.column(family, column);
  }
  return {
    intervalSeconds: rounded(intervalSeconds),
    families,
    lists,
    columns: (level) => columns.get(level) ?? [],
    succeeded: (collector) => seconds.has(collector),
  };
}

/** Seconds between the readings of the collectors that succeeded both times. */
function elapsed({ began }: Counters, snapshot: Snapshot): ReadonlyMap<CollectorName, number> {
  const seconds = new Map<CollectorName, number>();
  for (const [collector, at] of snapshot.began) {
    const before = began.get(collector);
    if (before !== undefined && at > before && snapshot.succeeded(collector))
      seconds.set(collector, (at - before) / 1000);
  }
  return seconds;
}

/** Compares the numbers of a snapshot with earlier ones. */
class Since {
  readonly #earlier: Counters;
  readonly #snapshot: Snapshot;
  readonly #seconds: ReadonlyMap<CollectorName, number>;
  readonly #positions = new Map<Level, readonly number[]>();

  constructor(earlier: Counters, snapshot: Snapshot, seconds: ReadonlyMap<CollectorName, number>) {
    this.#earlier = earlier;
    this.#snapshot = snapshot;
    this.#seconds = seconds;
  }

  column({ level, collector }: FamilyPlan, index: number): Column {
    const now = this.#snapshot.columns(level)[index];
    const before = this.#earlier.columns.get(level)?.get(index);
    const seconds = this.#seconds.get(collector) ?? Number.NaN;
    const subjects = this.#snapshot.subjects[level];
    const rates = new Float64Array(subjects.length).fill(Number.NaN);
    if (now === undefined || before === undefined) return rates;
    for (const [position, earlier] of this.#earlierPositions(level).entries()) {
      rates[position] = rateOf(now[position] as number, before[earlier] ?? Number.NaN, seconds);
    }
    return rates;
  }

  list({ level, collector, list: index }: FamilyPlan): SampleList {
    const { subjects = [], names = [], values = [] } = this.#snapshot.lists[index] ?? {};
    const before = this.#earlier.lists.get(index);
    const seconds = this.#seconds.get(collector) ?? Number.NaN;
    const positions = this.#earlierPositions(level);
    const rates = subjects.map((position, item) => {
      const own = before?.get(positions[position] ?? -1);
      return rateOf(values[item] as number, own?.get(names[item] as string) ?? Number.NaN, seconds);
    });
    return { subjects, names, values: rates };
  }

  /** The positions that the subjects of a level had earlier; -1 for a new one. */
  #earlierPositions(level: Level): readonly number[] {
    const known = this.#positions.get(level);
    if (known !== undefined) return known;
    const before = this.#earlier.positions.get(level);
    const positions = this.#snapshot.subjects[level].map(({ id }) => before?.get(id) ?? -1);
    this.#positions.set(level, positions);
    return positions;
  }
}

/** NaN if one of the numbers is, or if the counter fell. */
function rateOf(now: number, before: number, seconds: number): number {
  const increase = now - before;
  return increase >= 0 ? rounded(increase / seconds) : Number.NaN;
}

function rounded(value: number): number {
  return value === 0 ? 0 : Number(value.toPrecision(DIGITS));
}
