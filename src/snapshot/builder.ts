import type { CollectorName } from '../metrics/index.ts';
import { LEVELS, perLevel, type Level } from '../metrics/row.ts';
import type { Table } from '../metrics/table.ts';
import type { Plan } from '../plan/plan.ts';
import type {
  Blindness,
  CgroupCounts,
  Column,
  Entry,
  Missing,
  Notice,
  Outcome,
  SampleList,
  Snapshot,
  TableEntries,
} from './snapshot.ts';

/** A {@link SampleList} that a scrape appends to. */
export interface SampleListBuilder {
  readonly subjects: number[];
  readonly names: string[];
  readonly values: number[];
}

/** {@link TableEntries} that a scrape adds to. */
export interface TableEntriesBuilder extends TableEntries {
  set<T extends Table>(table: T, entries: readonly Entry<T>[]): unknown;
}

/** The data of a snapshot, without the methods that read it. */
interface Contents extends Omit<Snapshot, 'columns' | 'readAt' | 'succeeded'> {
  readonly clock: number;
  readonly columns: Readonly<Record<Level, readonly Column[]>>;
}

const NO_COUNTS: CgroupCounts = {
  pod: 0,
  container: 0,
  outside: 0,
  pause: 0,
  slice: 0,
  unmatched: 0,
  nested: 0,
  duplicate: 0,
};

/**
 * Receives what a scrape reads and turns it into a {@link Snapshot}. The next scrape reuses the columns and lists after
 * {@link reset}; everything else is allocated for each snapshot.
 */
export class SnapshotBuilder {
  readonly plan: Plan;
  readonly lists: readonly SampleListBuilder[];
  /** Unix seconds at which reading began. */
  time = 0;
  /** Milliseconds of the scrape's clock at {@link time}. */
  clock = 0;
  /** Duration of the scrape. */
  seconds = 0;
  /** Position in the plan of the collector that is being read; later ones can still be requested. */
  reached = -1;
  counts = NO_COUNTS;
  kubepods: readonly string[] = [];
  blind = new Map<string, Blindness>();
  missing: Missing | undefined;
  unmatched: readonly string[] = [];
  outcomes: Outcome[] = [];
  notices: Notice[] = [];
  errors = new Map<CollectorName, Map<string, number>>();
  devices = new Map<string, string>();
  /** Milliseconds of the scrape's clock at which the reading of each collector began. */
  began = new Map<CollectorName, number>();
  #subjects: Snapshot['subjects'] = perLevel(() => []);
  #gone: Record<Level, Set<number>> = perLevel(() => new Set());
  #columns: Record<Level, Float64Array[]> = perLevel(() => []);
  #tables = new Map<Table, readonly Entry[]>();
  #walked = false;

  constructor(plan: Plan) {
    this.plan = plan;
    this.lists = Array.from({ length: plan.lists }, () => ({ subjects: [], names: [], values: [] }));
  }

  /** What the walk found, by level. */
  get subjects(): Snapshot['subjects'] {
    return this.#subjects;
  }

  /** Positions of the subjects that vanished while they were read. */
  get gone(): Snapshot['gone'] {
    return this.#gone;
  }

  get tables(): TableEntriesBuilder {
    return this.#tables as TableEntriesBuilder;
  }

  /** Empties it for another scrape. The snapshot of the scrape before becomes invalid; partial ones stay valid. */
  reset(time: number): void {
    this.time = time;
    this.clock = this.seconds = 0;
    this.reached = -1;
    this.counts = NO_COUNTS;
    this.kubepods = [];
    this.blind = new Map();
    this.missing = undefined;
    this.unmatched = [];
    this.outcomes = [];
    this.notices = [];
    this.errors = new Map();
    this.devices = new Map();
    this.began = new Map();
    this.#subjects = perLevel(() => []);
    this.#gone = perLevel(() => new Set());
    this.#tables = new Map();
    this.#walked = false;
    for (const list of this.lists) list.subjects.length = list.names.length = list.values.length = 0;
  }

  /** Takes what the walk found and makes room for its samples; no column has a sample yet. */
  prepare(subjects: Snapshot['subjects']): void {
    this.#subjects = subjects;
    this.#walked = true;
    for (const level of LEVELS) {
      const size = subjects[level].length;
      const width = this.plan.widths[level];
      if ((this.#columns[level][0]?.length ?? 0) < size) {
        const room = Math.ceil(size * 1.25);
        this.#columns[level] = Array.from({ length: width }, () => new Float64Array(room));
      }
      for (const column of this.#columns[level]) column.fill(Number.NaN, 0, size);
    }
  }

  /** The columns of a level, to be written to. */
  columns(level: Level): readonly Float64Array[] {
    return this.#columns[level];
  }

  /** Marks a subject as gone and removes its samples. */
  remove(level: Level, position: number): void {
    this.#gone[level].add(position);
    for (const column of this.#columns[level]) column[position] = Number.NaN;
  }

  /** Counts a failed read. */
  fail(collector: CollectorName, code: string): void {
    const codes = this.errors.get(collector) ?? new Map<string, number>();
    this.errors.set(collector, codes.set(code, (codes.get(code) ?? 0) + 1));
  }

  /** Whether `collector` has yet to be read. */
  isAhead(collector: string): boolean {
    return this.plan.collectors.findIndex(({ name }) => name === collector) > this.reached;
  }

  /** The snapshot of a scrape that is over. It stays as it is until {@link reset}. */
  finish(): Snapshot {
    return toSnapshot(this.#contents());
  }

  /** A copy of what has been read so far, which stays as it is while the scrape continues. */
  partial(): Snapshot {
    const contents = this.#contents();
    return toSnapshot({
      ...contents,
      outcomes: [...this.outcomes],
      notices: [...this.notices],
      errors: new Map([...this.errors].map(([collector, codes]) => [collector, new Map(codes)])),
      tables: new Map(this.#tables) as TableEntries,
      devices: new Map(this.devices),
      blind: new Map(this.blind),
      began: new Map(this.began),
      gone: perLevel((level) => new Set(this.#gone[level])),
      lists: this.lists.map(copyOf),
      columns: perLevel((level) => this.#columns[level].map((column) => column.slice(0, this.#subjects[level].length))),
    });
  }

  #contents(): Contents {
    const { lists, time, clock, seconds, counts, kubepods, blind, missing, unmatched } = this;
    const { outcomes, notices, errors, tables, devices, began } = this;
    return {
      lists,
      time,
      clock,
      seconds,
      counts,
      kubepods,
      blind,
      missing,
      unmatched,
      outcomes,
      notices,
      errors,
      tables,
      devices,
      began,
      families: this.plan.families,
      subjects: this.#subjects,
      gone: this.#gone,
      columns: this.#columns,
      walked: this.#walked,
    };
  }
}

function toSnapshot({ columns, clock, ...contents }: Contents): Snapshot {
  const { time, began, outcomes } = contents;
  return Object.freeze({
    ...contents,
    columns: (level: Level) => columns[level],
    readAt: (collector: CollectorName) => time + ((began.get(collector) ?? clock) - clock) / 1000,
    succeeded: (collector: CollectorName) =>
      outcomes.some((outcome) => outcome.collector === collector && outcome.success),
  });
}

function copyOf({ subjects, names, values }: SampleList): SampleList {
  return { subjects: [...subjects], names: [...names], values: [...values] };
}
