import type { FileName } from '../kernel/file-table.ts';
import type { ContainerRecord, PodRecord } from '../pods/pod.ts';
import type { Table, TableKeys } from './table.ts';
import type { UsageType } from '../usage/usage-cache.ts';

/** A metric is a row: what it is called, what it means, and where the kernel keeps it. */

/**
 * The levels a row can be exported at; each makes a family of its own, so that every family can be summed. Of `node`
 * are the node as a whole and the cgroups that Kubernetes accounts to it, of `sandbox` the pause containers; only
 * views beside `/metrics` show these two.
 */
export const LEVELS = ['container', 'pod', 'sandbox', 'cgroup', 'node'] as const;

export type Level = (typeof LEVELS)[number];

/** What `make` makes for each level. */
export function perLevel<T>(make: (level: Level) => T): Record<Level, T> {
  return Object.fromEntries(LEVELS.map((level) => [level, make(level)])) as Record<Level, T>;
}

/** Counters end in `_total`, gauges do not. */
export type MetricType = 'counter' | 'gauge';

/** One number of one kernel file. */
export interface Field {
  /** Name below the cgroup, `/proc/<pid>` or `/proc`. Of two, the first that exists is read. */
  readonly file: FileName | readonly [FileName, FileName];
  /**
   * Address in the file, as its format has it: `anon` (flat keyed), `some.total` (nested keyed),
   * `Tcp.CurrEstab` (protocol table), `1` (second of several values). Left out: the first value.
   */
  readonly key?: string;
}

/** How a sample is made of numbers. An operand that is absent makes the sample absent. */
export interface Source extends Field {
  /** What one base unit has: 1e6 for microseconds. */
  readonly divisor?: number;
  /** Added if it exists. */
  readonly plus?: Field;
  /** Subtracted, down to zero. */
  readonly minus?: Field;
  /** Divided by. */
  readonly per?: Field;
  /** There is a sample only if this is a number; a limit of `max` is not. */
  readonly onlyIf?: Field;
  /** Zero means "not set", so that there is no sample. */
  readonly unlessZero?: true;
  /** What "no limit" is written as; left out, there is no sample then. */
  readonly unlimited?: 0;
  /** Fewer levels than the row's. */
  readonly levels?: readonly Level[];
}

/** Where a number is on one version of cgroups, or that this version does not have it. */
export type Origin = Source | 'absent';

/** Both versions; the compiler asks for both, so that an absence is always a decision. */
export interface Origins {
  readonly v1: Origin;
  readonly v2: Origin;
}

/** What users can rely on; CONTRIBUTING.md has the policy. */
export type Stability = 'stable' | 'experimental' | `deprecated since ${string}`;

/** What all rows have. */
export interface Family {
  /** Without the level's prefix (`container_`, `pod_`, `cgroup_`) where there are levels. */
  readonly name: string;
  readonly type: MetricType;
  /** A sentence, with a full stop. */
  readonly help: string;
  /** Names of the labels besides those of the level. */
  readonly by?: readonly string[];
  /** Stable unless stated. */
  readonly stability?: Stability;
}

/** The HELP of a family as it is exported: that of a deprecated one begins with `(Deprecated since 1.2.0)`. */
export function exportedHelp({ help, stability = 'stable' }: Pick<Family, 'help' | 'stability'>): string {
  const [, version] = /^deprecated since (.+)$/.exec(stability) ?? [];
  return version === undefined ? help : `(Deprecated since ${version}) ${help}`;
}

/** Numbers of a cgroup. */
export interface CgroupRow extends Family {
  readonly levels: readonly Level[];
  /** One series; or several, each with the values of the labels in `by`. */
  readonly from: Origins | readonly (Origins & { readonly labels: readonly string[] })[];
}

/** Numbers of a pod's network namespace, the same on both versions. */
export interface NetworkRow extends Family {
  readonly source: Source | readonly (Source & { readonly labels: readonly string[] })[];
}

/** Numbers of the node as a whole, from a file below `/proc`, the same on both versions. */
export interface NodeRow extends Family {
  readonly source: Source;
}

/** Open descriptors and sockets of the processes in a cgroup itself, and limit and start time of the first process. */
export type ProcessNumber = 'descriptors' | 'sockets' | 'descriptor_limit' | 'started';

/** Numbers of the processes in a cgroup, from `/proc/<pid>`, the same on both versions. */
export interface ProcessRow extends Family {
  readonly levels: readonly Level[];
  readonly number: ProcessNumber;
}

/** Disk usage measured between scrapes, or the time of the measurement; a series per type. */
export interface UsageRow extends Family {
  readonly level: 'container' | 'pod';
  readonly types: readonly UsageType[];
  readonly of: 'bytes' | 'time';
}

/** A sample of a fact; labels that are `undefined` are omitted. */
export interface FactSample {
  readonly labels?: Readonly<Record<string, string | undefined>>;
  readonly value: number;
}

/** A fact that Kubernetes reports about a pod whose cgroup exists. */
export interface PodFact extends Family {
  readonly of: 'pod';
  readonly samples: (pod: PodRecord) => readonly FactSample[];
}

/** A fact that Kubernetes reports about a container. */
export interface ContainerFact extends Family {
  readonly of: 'container';
  /** Only while the container's cgroup exists, or as long as the pod's does. */
  readonly while: 'running' | 'known';
  readonly samples: (container: ContainerRecord) => readonly FactSample[];
}

export type FactRow = PodFact | ContainerFact;

/** A number that the entries of one table have. */
interface NumberOf<T extends Table> extends Family {
  readonly table: T;
  readonly key: TableKeys[T];
  /** What one base unit has: 1e3 for milliseconds. */
  readonly divisor?: number;
}

/** A number that the entries of a table have. */
export type TableRow = { readonly [T in Table]: NumberOf<T> }[Table];

/** A set of rows that is switched on and off together; its name is the flag's and the self-metrics' label. */
export interface Collector {
  readonly name: string;
  /** A sentence for the documentation. */
  readonly about: string;
  readonly enabled: boolean;
  /** The root cgroup is read as well; for most files it has none, or one that takes very long to read. */
  readonly root?: true;
  readonly cgroup?: readonly CgroupRow[];
  readonly network?: readonly NetworkRow[];
  readonly node?: readonly NodeRow[];
  readonly processes?: readonly ProcessRow[];
  readonly usage?: readonly UsageRow[];
  readonly facts?: readonly FactRow[];
  /** About the node as a whole: excluded when a single pod is exported. */
  readonly nodeWide?: true;
  /** It may wait for file systems, so that it is read after all others. */
  readonly slow?: true;
  readonly tables?: readonly TableRow[];
}

/** c, p: the levels most rows have. */
export const CONTAINER_AND_POD = ['container', 'pod'] as const satisfies readonly Level[];

/** c, p, g: with the cgroups above the pods. */
export const EVERY_LEVEL = ['container', 'pod', 'cgroup'] as const satisfies readonly Level[];
