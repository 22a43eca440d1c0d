import type { OutsideRecord } from '../engine/outside-record.ts';
import type { FileName } from '../kernel/file-table.ts';
import type { ContainerRecord, PodRecord } from '../pods/pod.ts';
import type { Table, TableKeys } from './table.ts';
import type { UsageType } from '../usage/usage-cache.ts';

/** A metric is a row: its name, its HELP, and its source in the kernel. */

/**
 * The levels at which a row can be exported, each as a separate family, so that every family can be summed. `node`
 * is the node and the cgroups that Kubernetes accounts to it, `sandbox` the pause containers; only views other than
 * `/metrics` export these two. `netns` is the network namespace of a container outside of pods.
 */
export const LEVELS = ['container', 'pod', 'sandbox', 'cgroup', 'node', 'netns'] as const;

export type Level = (typeof LEVELS)[number];

/** The result of `make` for each level. */
export function perLevel<T>(make: (level: Level) => T): Record<Level, T> {
  return Object.fromEntries(LEVELS.map((level) => [level, make(level)])) as Record<Level, T>;
}

/** Counters end in `_total`, gauges do not. */
export type MetricType = 'counter' | 'gauge';

/** One number of one kernel file. */
export interface Field {
  /** Path below the cgroup, `/proc/<pid>` or `/proc`. If there are two, the first that exists is read. */
  readonly file: FileName | readonly [FileName, FileName];
  /**
   * Key in the file, in the syntax of its format: `anon` (flat keyed), `some.total` (nested keyed),
   * `Tcp.CurrEstab` (protocol table), `1` (second of several values). Defaults to the first value.
   */
  readonly key?: string;
}

/** How a sample is computed from numbers. If an operand is absent, so is the sample. */
export interface Source extends Field {
  /** Units per base unit: 1e6 for microseconds. */
  readonly divisor?: number;
  /** Added if it exists. */
  readonly plus?: Field;
  /** Subtracted; the result is at least zero. */
  readonly minus?: Field;
  /** Divided by. */
  readonly per?: Field;
  /** The sample exists only if this is a number; a limit of `max` is not. */
  readonly onlyIf?: Field;
  /** Zero means "not set": the sample is absent. */
  readonly unlessZero?: true;
  /** The value exported for "no limit"; the sample is absent if undefined. */
  readonly unlimited?: 0;
  /** Fewer levels than the row's. */
  readonly levels?: readonly Level[];
}

/** Source of a number on one version of cgroups; `absent` if this version does not have it. */
export type Origin = Source | 'absent';

/** Both are required, so that an absence is always explicit. */
export interface Origins {
  readonly v1: Origin;
  readonly v2: Origin;
}

/** The stability of a family; see the policy in CONTRIBUTING.md. */
export type Stability = 'stable' | 'experimental' | `deprecated since ${string}`;

/** Fields of every row. */
export interface Family {
  /** Without the level's prefix (`container_`, `pod_`, `cgroup_`) where there are levels. */
  readonly name: string;
  readonly type: MetricType;
  /** A sentence, with a full stop. */
  readonly help: string;
  /** Names of the labels in addition to those of the level. */
  readonly by?: readonly string[];
  /** Stable by default. */
  readonly stability?: Stability;
}

/** The exported HELP of a family; that of a deprecated one starts with `(Deprecated since 1.2.0)`. */
export function exportedHelp({ help, stability = 'stable' }: Pick<Family, 'help' | 'stability'>): string {
  const [, version] = /^deprecated since (.+)$/.exec(stability) ?? [];
  return version === undefined ? help : `(Deprecated since ${version}) ${help}`;
}

/** Numbers of a cgroup. */
export interface CgroupRow extends Family {
  readonly levels: readonly Level[];
  /** One series, or several with the values of the labels in `by`. */
  readonly from: Origins | readonly (Origins & { readonly labels: readonly string[] })[];
}

/**
 * Numbers of a network namespace, the same on both versions: that of a pod, and as `container_*` that of a container
 * outside of pods.
 */
export interface NetworkRow extends Family {
  readonly name: `pod_${string}`;
  readonly source: Source | readonly (Source & { readonly labels: readonly string[] })[];
}

/** The name of a network row for containers outside of pods. */
export type ContainerNetworkName<Name extends string> = Name extends `pod_${infer Rest}` ? `container_${Rest}` : never;

/** As {@link ContainerNetworkName}. */
export function containerNetworkName<Name extends NetworkRow['name']>(name: Name): ContainerNetworkName<Name> {
  return name.replace(/^pod_/, 'container_') as ContainerNetworkName<Name>;
}

/** Numbers of the node, from a file below `/proc`, the same on both versions. */
export interface NodeRow extends Family {
  readonly source: Source;
}

/**
 * Open descriptors and sockets of the processes in the cgroup itself, and of those below that of a container; limit and
 * start time of the first process; when the cgroup was created.
 */
export type ProcessNumber = 'descriptors' | 'sockets' | 'descriptor_limit' | 'started' | 'created';

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
  /** The same of a container outside of pods; `by` are labels in addition to `container`. */
  readonly outside?: {
    readonly by: readonly string[];
    readonly samples: (container: OutsideRecord) => readonly FactSample[];
  };
}

export type FactRow = PodFact | ContainerFact;

/** A number of each entry of one table. */
interface NumberOf<T extends Table> extends Family {
  readonly table: T;
  readonly key: TableKeys[T];
  /** Units per base unit: 1e3 for milliseconds. */
  readonly divisor?: number;
}

/** A number of each entry of a table. */
export type TableRow = { readonly [T in Table]: NumberOf<T> }[Table];

/** A set of rows with a common flag; its name is used in the flag and as a label value of the self-metrics. */
export interface Collector {
  readonly name: string;
  /** A sentence for the documentation. */
  readonly about: string;
  readonly enabled: boolean;
  /** Also read the root cgroup, which does not have most files, or has some that take very long to read. */
  readonly root?: true;
  readonly cgroup?: readonly CgroupRow[];
  readonly network?: readonly NetworkRow[];
  readonly node?: readonly NodeRow[];
  readonly processes?: readonly ProcessRow[];
  readonly usage?: readonly UsageRow[];
  readonly facts?: readonly FactRow[];
  /** Excluded when a single pod is exported. */
  readonly nodeWide?: true;
  /** It may block on file systems and is read after all other collectors. */
  readonly slow?: true;
  readonly tables?: readonly TableRow[];
}

/** c, p: the levels of most rows. */
export const CONTAINER_AND_POD = ['container', 'pod'] as const satisfies readonly Level[];

/** c, p, g: also the cgroups above the pods. */
export const EVERY_LEVEL = ['container', 'pod', 'cgroup'] as const satisfies readonly Level[];
