import type { CollectorName } from '../../metrics/index.ts';
import type { Level } from '../../metrics/row.ts';
import type { FamilyPlan } from '../../plan/plan.ts';
import type { SampleList, Snapshot } from '../../snapshot/snapshot.ts';

/** Levels of the subjects that the document has. */
const LEVELS = ['container', 'pod', 'node', 'netns'] as const satisfies readonly Level[];

/** Values by position of the subject and name of the item. */
export type ListedCounters = ReadonlyMap<number, ReadonlyMap<string, number>>;

/** The counters of one collection, copied: a snapshot is valid only while it is used. */
export interface Counters {
  /** Milliseconds of the scrape's clock at which the first collector began to read. */
  readonly at: number;
  /** The same for each collector that succeeded. */
  readonly began: ReadonlyMap<CollectorName, number>;
  /** Positions by level and ID of the subject. */
  readonly positions: ReadonlyMap<Level, ReadonlyMap<number, number>>;
  /** By level and position of the column in the snapshot. */
  readonly columns: ReadonlyMap<Level, ReadonlyMap<number, Float64Array>>;
  /** By position of the list in the snapshot. */
  readonly lists: ReadonlyMap<number, ListedCounters>;
}

/** Copies the counters of the collectors that a snapshot has of `collectors`. */
export function countersOf(snapshot: Snapshot, collectors: ReadonlySet<string>): Counters {
  const { subjects } = snapshot;
  const began = [...snapshot.began].filter(([name]) => collectors.has(name) && snapshot.succeeded(name));
  const families = counterFamilies(snapshot.families, new Set(began.map(([name]) => name)));
  return {
    at: Math.min(...snapshot.began.values()),
    began: new Map(began),
    positions: new Map(LEVELS.map((level) => [level, new Map(subjects[level].map(({ id }, index) => [id, index]))])),
    columns: new Map(LEVELS.map((level) => [level, columnsOf(snapshot, level, families)])),
    lists: new Map(
      families.flatMap(({ list: index }) => {
        const list = snapshot.lists[index];
        return list === undefined ? [] : [[index, byPosition(list)] as const];
      }),
    ),
  };
}

/** The families of `collectors` that only grow, at the levels of the document. */
export function counterFamilies(
  families: readonly FamilyPlan[],
  collectors: ReadonlySet<CollectorName>,
): readonly FamilyPlan[] {
  const levels: readonly Level[] = LEVELS;
  return families.filter(
    ({ type, level, collector }) => type === 'counter' && levels.includes(level) && collectors.has(collector),
  );
}

function columnsOf(snapshot: Snapshot, level: Level, families: readonly FamilyPlan[]): Map<number, Float64Array> {
  const columns = snapshot.columns(level);
  const { length } = snapshot.subjects[level];
  const own = families.filter((family) => family.level === level);
  return new Map(
    own.flatMap(({ series }) =>
      series.map(({ column }) => [column, columns[column]?.slice(0, length) ?? new Float64Array()] as const),
    ),
  );
}

function byPosition({ subjects, names, values }: SampleList): ListedCounters {
  const items = new Map<number, Map<string, number>>();
  for (const [index, position] of subjects.entries()) {
    const own = items.get(position) ?? new Map<string, number>();
    items.set(position, own.set(names[index] as string, values[index] as number));
  }
  return items;
}
