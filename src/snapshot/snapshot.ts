import type { CollectorName } from '../metrics/index.ts';
import { LEVELS, perLevel, type Level } from '../metrics/row.ts';
import type { Table, TableNumbers } from '../metrics/table.ts';
import type { ContainerRecord, PodRecord } from '../pods/pod.ts';
import type { Plan } from '../plan/plan.ts';

/** Something that is measured, and its name. The same object stands for it in every snapshot while its name stays. */
export interface Subject {
  readonly level: Level;
  /** Its cgroup, below the mount of each hierarchy. */
  readonly path: string;
  /** The runtime's ID of a container or sandbox. */
  readonly containerId?: string;
  /** Labels of every series: namespace, pod, container; or cgroup. In the order in which they are written. */
  readonly labels: readonly (readonly [name: string, value: string])[];
  /** What Kubernetes says of it; absent where pods are not known. */
  readonly pod?: PodRecord;
  readonly container?: ContainerRecord;
  /** The sandbox of a pod, if it has one. */
  readonly sandbox?: Subject | undefined;
  /** It vanished while it was being read: nothing of it is exported. */
  readonly gone: boolean;
}

/** Samples with a label whose values are found while reading: devices, interfaces. */
export interface SampleList {
  /** Positions in the snapshot's subjects of the family's level. */
  readonly subjects: number[];
  readonly names: string[];
  readonly values: number[];
}

/** Something of the node that is no cgroup: a disk, a mount, a volume. */
export interface Entry<T extends Table = Table> {
  /** Labels of its series. The same array stands for them in every snapshot while they stay, where there are many. */
  readonly labels: Subject['labels'];
  readonly numbers: TableNumbers<T>;
}

/** The entries of the tables that were read. */
export interface TableEntries {
  get<T extends Table>(table: T): readonly Entry<T>[] | undefined;
  set<T extends Table>(table: T, entries: readonly Entry<T>[]): unknown;
  clear(): void;
}

/** How a collector did. */
export interface Outcome {
  readonly collector: string;
  readonly seconds: number;
  /** False if the deadline cut it or it failed; then nothing of it is exported. */
  readonly success: boolean;
}

/** How many cgroups the walk found, by what they are. */
export interface CgroupCounts {
  readonly pod: number;
  readonly container: number;
  readonly pause: number;
  readonly slice: number;
  readonly unmatched: number;
}

const NONE: CgroupCounts = { pod: 0, container: 0, pause: 0, slice: 0, unmatched: 0 };

/** What may be missing in a scrape for a reason that concerns all of it. */
export interface Notice {
  readonly cause: string;
  readonly message: string;
}

/** The node at one instant: numbers and identities. */
export class Snapshot {
  readonly plan: Plan;
  /** Unix seconds at which the reading began. */
  time = 0;
  readonly subjects: Record<Level, Subject[]> = perLevel(() => []);
  readonly lists: readonly SampleList[];
  readonly tables = new Map<Table, readonly Entry[]>() as TableEntries;
  readonly outcomes: Outcome[] = [];
  readonly errors = new Map<CollectorName, Map<string, number>>();
  readonly notices: Notice[] = [];
  /** The numbers (`8:0`) of the block devices whose names are in the lists. */
  readonly devices = new Map<string, string>();
  /** The walk is done: the subjects and counts are those of this scrape. */
  walked = false;
  counts: CgroupCounts = NONE;
  /** UIDs and container IDs of the cgroups that no known pod explains. */
  readonly unmatched: string[] = [];
  /** Whole duration, without waiting. */
  seconds = 0;
  /** Milliseconds of the scrape's clock at {@link time}; only differences count. */
  clock = 0;
  /** Milliseconds of the scrape's clock at which the reading of each collector began. */
  readonly began = new Map<CollectorName, number>();
  /** Position in the plan of the collector whose turn it is; those behind it may still be asked for. */
  reached = -1;
  #columns: Record<Level, Float64Array[]> = perLevel(() => []);

  constructor(plan: Plan) {
    this.plan = plan;
    this.lists = Array.from({ length: plan.lists }, () => ({ subjects: [], names: [], values: [] }));
  }

  /** The columns of a level: values by position of the subject, NaN where there is no sample. */
  columns(level: Level): readonly Float64Array[] {
    return this.#columns[level];
  }

  /** Takes back what was stored of a subject. */
  blank(level: Level, position: number): void {
    for (const column of this.#columns[level]) column[position] = Number.NaN;
  }

  /** Empties it for another scrape; what had been allocated is used again. */
  reset(time: number): void {
    this.time = time;
    for (const list of this.lists) list.subjects.length = list.names.length = list.values.length = 0;
    this.outcomes.length = this.notices.length = this.unmatched.length = 0;
    this.errors.clear();
    this.devices.clear();
    this.tables.clear();
    this.walked = false;
    this.counts = NONE;
    this.seconds = 0;
    this.began.clear();
    this.reached = -1;
  }

  /** Makes room for the subjects that are there now, with no sample in any column. */
  prepare(): void {
    this.walked = true;
    for (const level of LEVELS) {
      const size = this.subjects[level].length;
      const width = this.plan.widths[level];
      if ((this.#columns[level][0]?.length ?? 0) < size) {
        const room = Math.ceil(size * 1.25);
        this.#columns[level] = Array.from({ length: width }, () => new Float64Array(room));
      }
      for (const column of this.#columns[level]) column.fill(Number.NaN, 0, size);
    }
  }

  /** Counts a read that failed. */
  fail(collector: CollectorName, code: string): void {
    const codes = this.errors.get(collector) ?? new Map<string, number>();
    this.errors.set(collector, codes.set(code, (codes.get(code) ?? 0) + 1));
  }

  /** Unix seconds at which the reading of `collector` began; of the whole scrape, if that has not been read. */
  readAt(collector: CollectorName): number {
    return this.time + ((this.began.get(collector) ?? this.clock) - this.clock) / 1000;
  }

  /** Whether the turn of `collector` is still to come. */
  isAhead(collector: string): boolean {
    return this.plan.collectors.findIndex(({ name }) => name === collector) > this.reached;
  }

  /** Whether everything of `collector` has been read. */
  succeeded(collector: CollectorName): boolean {
    return this.outcomes.some((outcome) => outcome.collector === collector && outcome.success);
  }
}
