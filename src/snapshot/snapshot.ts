import type { CollectorName } from '../metrics/index.ts';
import type { Level } from '../metrics/row.ts';
import type { Table, TableNumbers } from '../metrics/table.ts';
import type { PodRecord } from '../pods/pod.ts';
import type { FamilyPlan } from '../plan/plan.ts';
import type { Labels, Subject } from './subject.ts';

/** The values of a row by position of the subject; NaN where there is no sample. It may be longer than the subjects. */
export interface Column extends ArrayLike<number> {
  /** A copy of the values from `start` to before `end`. */
  slice(start?: number, end?: number): Float64Array;
}

/** Samples with a label that is found while reading: a device, an interface. */
export interface SampleList {
  /** Positions of the subjects among those of the family's level. */
  readonly subjects: readonly number[];
  readonly names: readonly string[];
  readonly values: readonly number[];
}

/** A row of a table: a disk, a mount, a volume, or another part of the node that is not a cgroup. */
export interface Entry<T extends Table = Table> {
  /** Labels of its series. Tables with many entries keep the array from snapshot to snapshot while nothing changes. */
  readonly labels: Labels;
  /** NaN or `undefined` where there is no sample. */
  readonly numbers: TableNumbers<T>;
}

/** The entries of the tables that were read. */
export interface TableEntries {
  get<T extends Table>(table: T): readonly Entry<T>[] | undefined;
}

/** The result of a collector. */
export interface Outcome {
  readonly collector: string;
  readonly seconds: number;
  /** False if the collector failed, sees nothing or was cut off by the deadline; then none of its samples is exported. */
  readonly success: boolean;
}

/** Number of cgroups by kind. */
export interface CgroupCounts {
  readonly pod: number;
  readonly container: number;
  /** Containers outside of pods. */
  readonly outside: number;
  readonly pause: number;
  readonly slice: number;
  readonly unmatched: number;
  /** Containers that are nodes themselves and whose pods are not read. */
  readonly nested: number;
  /** Further cgroups of pods, which are not measured: with the UID of another, or below `user.slice`. */
  readonly duplicate: number;
}

/** A pod, or a container of it, that runs according to its status and has no cgroup. */
export interface MissingCgroup {
  readonly pod: PodRecord;
  /** Name and ID; absent for the pod itself. */
  readonly container?: string;
  readonly id?: string;
}

/** What Kubernetes reports as running on this node and the cgroup walk did not find. */
export interface Missing {
  readonly pods: readonly MissingCgroup[];
  readonly containers: readonly MissingCgroup[];
}

/** A condition that affects the whole scrape; the operator finds it in the log as a warning. */
export interface Notice {
  /** Constant, lower case, verb first. */
  readonly message: string;
  /** What varies: the cause, and a hint at the remedy. */
  readonly fields: Readonly<Record<string, string | number>>;
}

/** Why a collector sees nothing of what it reads. */
export interface Blindness {
  readonly cause: string;
  /** The right or mount that is missing. */
  readonly hint: string;
}

/** The node at one instant: identities and numbers. Nothing in a snapshot changes while it is in use. */
export interface Snapshot {
  /** The families whose samples are in {@link columns} and {@link lists}. */
  readonly families: readonly FamilyPlan[];
  /** Unix seconds at which reading began. */
  readonly time: number;
  readonly subjects: Readonly<Record<Level, readonly Subject[]>>;
  /** Positions of subjects that vanished while they were read; they have no samples. */
  readonly gone: Readonly<Record<Level, ReadonlySet<number>>>;
  readonly lists: readonly SampleList[];
  readonly tables: TableEntries;
  readonly outcomes: readonly Outcome[];
  /** Number of failed reads, by collector and error code. */
  readonly errors: ReadonlyMap<CollectorName, ReadonlyMap<string, number>>;
  readonly notices: readonly Notice[];
  /** The numbers (`8:0`) of the block devices whose names are in the lists. */
  readonly devices: ReadonlyMap<string, string>;
  /** Whether the cgroup walk was complete; without it there are no subjects and no counts. */
  readonly walked: boolean;
  readonly counts: CgroupCounts;
  /** Paths of the kubepods cgroups that the walk found. */
  readonly kubepods: readonly string[];
  /** Collectors that see nothing because a right or a mount is missing, so that their outcome is no success. */
  readonly blind: ReadonlyMap<string, Blindness>;
  /** Absent where pods are not known. */
  readonly missing: Missing | undefined;
  /** UIDs and container IDs of the cgroups that belong to no known pod. */
  readonly unmatched: readonly string[];
  /** Duration of the scrape. */
  readonly seconds: number;
  /** Milliseconds of the scrape's clock at which the reading of each collector began; only differences count. */
  readonly began: ReadonlyMap<CollectorName, number>;
  /** The columns of a level. */
  readonly columns: (level: Level) => readonly Column[];
  /** Unix seconds at which the reading of `collector` began; {@link time} if it was not read. */
  readonly readAt: (collector: CollectorName) => number;
  /** Whether `collector` read everything. */
  readonly succeeded: (collector: CollectorName) => boolean;
}
