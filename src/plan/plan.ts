import type { ItemName } from '../kernel/file-table.ts';
import type { Parser } from '../kernel/formats/keyed.ts';
import type { ListParser } from '../kernel/formats/lists.ts';
import type { CollectorName, FamilyName } from '../metrics/index.ts';
import type { FactRow, Family, Level, ProcessNumber, TableRow, UsageRow } from '../metrics/row.ts';
import type { Table } from '../metrics/table.ts';

/** Where files are read: the cgroups or namespaces of a level, a pod's network namespace, or the `/proc` of the machine. */
export type ReadLevel = Level | 'network' | 'machine';

/** Position of a number among the numbers read from one target; -1 for none. */
export type Slot = number;

/** How a column of the snapshot is computed from the numbers of a target. */
export interface ColumnPlan {
  readonly column: number;
  readonly value: Slot;
  readonly divisor: number;
  readonly plus: Slot;
  readonly minus: Slot;
  readonly per: Slot;
  readonly onlyIf: Slot;
  readonly unlessZero: boolean;
  /** The value exported for "no limit"; NaN for no sample. */
  readonly unlimited: number;
}

/** A file to read. */
export interface FilePlan {
  /** The first that exists is read. */
  readonly names: readonly string[];
  /** The v1 hierarchy that has it. */
  readonly controller: string;
  readonly cached: boolean;
  readonly required: boolean;
  /** Whether the numbers of the cgroups below are added. */
  readonly summed: boolean;
  /** Position of its directory among those of the target; -1 if no descriptor of the directory is cached. */
  readonly directory: number;
  /** The file is read only if this number exists, because every column that needs the file depends on it. */
  readonly onlyIf: Slot;
  /** Either this or {@link parseList}, depending on the format of the file. */
  readonly parse: Parser | undefined;
  readonly parseList: ListParser | undefined;
  /** The kind of item that a list has. */
  readonly items: ItemName | undefined;
  /** Slots that {@link parse} fills. */
  readonly slots: readonly Slot[];
  /** For {@link parseList}: the list that receives the number of an item at each position, and its divisor. */
  readonly lists: readonly { readonly list: number; readonly divisor: number }[];
}

/** Files that a collector reads from one target. */
export interface ReadingPlan {
  readonly files: readonly FilePlan[];
  readonly columns: readonly ColumnPlan[];
  /** Numbers of the current target, by slot. */
  readonly numbers: Float64Array;
  /** Slots of the numbers of cached files. */
  readonly cached: readonly Slot[];
  /** Start of the cache of a target: the time of the next read, then the numbers. */
  readonly cacheStart: number;
  /** Position among all readings of the level; a target stores the status of its files under it. */
  readonly id: number;
}

/** A column whose numbers come from the processes in the cgroups of a level. */
export interface ProcessPlan {
  readonly level: Level;
  readonly column: number;
  readonly number: ProcessNumber;
}

export interface CollectorPlan {
  readonly name: CollectorName;
  /** Whether the root cgroup is read. */
  readonly root: boolean;
  readonly readings: Readonly<Record<ReadLevel, ReadingPlan>>;
  readonly processes: readonly ProcessPlan[];
  /** Tables that its rows are exported from. */
  readonly tables: readonly Table[];
  readonly usage: readonly UsageColumn[];
}

/** A column whose numbers are measured between scrapes. */
export interface UsageColumn extends Pick<UsageRow, 'level' | 'of'> {
  readonly usage: UsageRow['types'][number];
  readonly column: number;
}

/** A family of the snapshot: columns with constant labels, or a list, whose items have one more label. */
export interface FamilyPlan extends Family {
  readonly name: FamilyName;
  readonly collector: CollectorName;
  readonly level: Level;
  readonly series: readonly { readonly labels: readonly string[]; readonly column: number }[];
  /** Position of the list; -1 for none. */
  readonly list: number;
}

/** The rows, compiled for one kernel. */
export interface Plan {
  readonly collectors: readonly CollectorPlan[];
  readonly families: readonly FamilyPlan[];
  readonly facts: readonly { readonly collector: CollectorName; readonly row: FactRow }[];
  readonly tables: readonly { readonly collector: CollectorName; readonly row: TableRow }[];
  /** Number of columns by level. */
  readonly widths: Readonly<Record<Level, number>>;
  /** Length of the cache of a target, in numbers, by level. */
  readonly cacheSizes: Readonly<Record<Level, number>>;
  /** Number of lists. */
  readonly lists: number;
}
