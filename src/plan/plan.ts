import type { Parser } from '../kernel/formats/keyed.ts';
import type { RowsParser } from '../kernel/formats/row-tables.ts';
import type { CollectorName, FamilyName } from '../metrics/index.ts';
import type { FactRow, Family, Level, ProcessNumber, TableRow, UsageRow } from '../metrics/row.ts';
import type { Table } from '../metrics/table.ts';

/** Where numbers are read: one of the levels' cgroups, a pod's network namespace, or what `/proc` says of the node. */
export type Place = Level | 'network' | 'machine';

/** Position of an operand among the numbers of a target; -1 for none. */
export type Operand = number;

/** How a column of the snapshot is made of the numbers of a target. */
export interface ColumnPlan {
  readonly column: number;
  readonly value: Operand;
  readonly divisor: number;
  readonly plus: Operand;
  readonly minus: Operand;
  readonly per: Operand;
  readonly when: Operand;
  readonly unlessZero: boolean;
  /** The value where the kernel says that there is no limit. */
  readonly unlimited: number;
}

/** A file to read. */
export interface FilePlan {
  /** The first that exists is read. */
  readonly names: readonly string[];
  /** The v1 hierarchy it lives in. */
  readonly controller: string;
  readonly settled: boolean;
  readonly certain: boolean;
  /** Position of its descriptor among those that a target keeps; -1 if none is kept. */
  readonly kept: number;
  /** It is read only if this number is there: everything that is made of the file depends on it. */
  readonly gate: Operand;
  /** Takes the numbers out of the file, or the rows. */
  readonly parse: Parser | undefined;
  readonly parseRows: RowsParser | undefined;
  /** Places that {@link parse} fills. */
  readonly places: readonly number[];
  /** For {@link parseRows}: the list that the number at each place goes to, and its divisor. */
  readonly lists: readonly { readonly list: number; readonly divisor: number }[];
}

/** What a collector reads of one target. */
export interface ReadingPlan {
  readonly files: readonly FilePlan[];
  readonly columns: readonly ColumnPlan[];
  /** The numbers of the target that is being read, by place. */
  readonly numbers: Float64Array;
  /** Places of the numbers of settled files. */
  readonly settled: readonly number[];
  /** Where a target keeps them: the time at which they are read again, then the numbers. */
  readonly memory: number;
  /** Position among all readings of the level, by which a target remembers what is wrong with its files. */
  readonly id: number;
}

/** A column that the processes in the cgroups of a level fill. */
export interface ProcessPlan {
  readonly level: Level;
  readonly column: number;
  readonly number: ProcessNumber;
}

export interface CollectorPlan {
  readonly name: CollectorName;
  /** Whether the root cgroup is read. */
  readonly root: boolean;
  readonly readings: Readonly<Record<Place, ReadingPlan>>;
  readonly processes: readonly ProcessPlan[];
  /** Tables that its rows are about. */
  readonly tables: readonly Table[];
  readonly usage: readonly UsageColumn[];
}

/** A column for what was measured between scrapes. */
export interface UsageColumn extends Pick<UsageRow, 'level' | 'of'> {
  readonly usage: UsageRow['types'][number];
  readonly column: number;
}

/** A family of the snapshot: columns with constant labels, or a list with a label that is found while reading. */
export interface FamilyPlan extends Family {
  readonly name: FamilyName;
  readonly collector: CollectorName;
  readonly level: Level;
  readonly series: readonly { readonly labels: readonly string[]; readonly column: number }[];
  readonly list: number;
}

/** The rows, compiled for one kernel. */
export interface Plan {
  readonly collectors: readonly CollectorPlan[];
  readonly families: readonly FamilyPlan[];
  readonly facts: readonly { readonly collector: CollectorName; readonly row: FactRow }[];
  readonly tables: readonly { readonly collector: CollectorName; readonly row: TableRow }[];
  /** Columns by level. */
  readonly widths: Readonly<Record<Level, number>>;
  /** How many numbers a target of a level keeps between scrapes. */
  readonly memories: Readonly<Record<Level, number>>;
  readonly lists: number;
}
