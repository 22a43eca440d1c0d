/** What the page uses of the document of `/api/v1/pods`; docs/api/v1/pods.schema.json is the schema. */
export interface PodsDocument {
  readonly time_seconds: number;
  readonly scope: 'node' | 'pod';
  readonly node: NodeObject;
  readonly collectors: readonly { readonly name: string; readonly success: boolean }[];
  readonly pods: readonly PodObject[];
  /** Those that belong to no pod; absent for the scope of a pod. */
  readonly containers?: readonly OutsideObject[];
}

/** Numbers by section; `rates` has those of counters per second, under the same names. */
export interface Measured {
  readonly rates?: object;
}

export interface NodeObject extends Measured {
  readonly name?: string;
  readonly kernel_version?: string;
  readonly os_image?: string;
}

export interface PodObject extends Measured {
  readonly uid: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly qos_class?: string;
  readonly host_network?: boolean;
  readonly workload?: { readonly kind: string; readonly name: string };
  readonly priority_class?: string;
  readonly pod_ip?: string;
  readonly start_time_seconds?: number;
  readonly volumes?: readonly VolumeObject[];
  readonly containers: readonly ContainerObject[];
  /** The container that is shown as this pod, because it belongs to none. */
  readonly outside?: OutsideObject;
}

export interface ContainerObject extends Measured {
  readonly name?: string;
  readonly type?: string;
  readonly id?: string;
  readonly image?: string;
  readonly state?: string;
  readonly state_reason?: string;
  readonly start_time_seconds?: number;
  readonly restarts_total?: number;
  readonly terminated_oom_total?: number;
}

/** A container outside of pods; it has the network that a pod has. */
export interface OutsideObject extends Measured {
  readonly name: string;
  readonly id: string;
  readonly runtime?: string;
  readonly image?: string;
  readonly compose_project?: string;
  readonly compose_service?: string;
  readonly created_time_seconds?: number;
}

export interface VolumeObject {
  readonly name: string;
  readonly persistentvolumeclaim?: string;
  readonly type?: string;
  readonly capacity_bytes?: number;
  readonly available_bytes?: number;
  readonly used_bytes?: number;
  readonly inodes?: number;
  readonly inodes_used?: number;
  readonly readonly?: boolean;
  readonly stuck?: boolean;
}

/** The document of `/api/v1/processes`; docs/api/v1/processes.schema.json is the schema. */
export interface ProcessesDocument {
  readonly containers: readonly {
    readonly name?: string;
    readonly id: string;
    readonly time_seconds: number;
    readonly processes?: readonly ProcessObject[];
    readonly omitted?: number;
  }[];
}

export interface ProcessObject {
  readonly pid: number;
  readonly name: string;
  readonly state: string;
  readonly threads: number;
  readonly cpu_seconds_total: number;
  readonly resident_bytes?: number;
  readonly swap_bytes?: number;
  readonly start_time_seconds: number;
}

/** The names on the way to a value. */
export type Path = readonly string[];

/** Reads `memory.rss_bytes`. It is read once, not for every row of every document. */
export function pathOf(text: string): Path {
  return text.split('.');
}

/** The number at a path; `undefined` if there is none. */
export function numberAt(source: object | undefined, path: Path): number | undefined {
  const value = valueAt(source, path);
  return typeof value === 'number' ? value : undefined;
}

/** The increase per second of the counter at a path. */
export function rateAt(source: Measured | undefined, path: Path): number | undefined {
  return numberAt(source?.rates, path);
}

/** The sum of a field over the items of a list, such as the devices of `io.devices`; `undefined` without any. */
export function sumAt(source: object | undefined, path: Path, field: Path): number | undefined {
  const items = valueAt(source, path);
  return Array.isArray(items) ? sum(items.map((item: object) => numberAt(item, field))) : undefined;
}

/** `undefined` if all are. */
export function sum(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : known.reduce((total, value) => total + value, 0);
}

/** `undefined` if one of them is, or for a divisor of 0. */
export function ratio(part: number | undefined, whole: number | undefined): number | undefined {
  return part === undefined || whole === undefined || whole <= 0 ? undefined : part / whole;
}

function valueAt(source: object | undefined, path: Path): unknown {
  let value: unknown = source;
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[key];
  }
  return value;
}
