/** A document of `/api/v1/pods`, as far as it is shown. Every number may be absent. */

/** Sections of numbers by name. */
export type Sections = Readonly<Record<string, unknown>>;

/** A container of a pod. */
export interface ContainerDocument extends Sections {
  readonly name?: string;
  readonly id?: string;
  readonly state?: string;
  readonly state_reason?: string;
}

/** A container outside of pods. */
export interface OutsideDocument extends Sections {
  readonly name: string;
  readonly id: string;
  /** What a container engine reports; absent without one. */
  readonly runtime?: string;
  readonly image?: string;
  readonly compose_project?: string;
  readonly compose_service?: string;
}

export interface VolumeDocument {
  readonly name: string;
  readonly persistentvolumeclaim?: string;
  readonly readonly?: boolean;
  readonly capacity_bytes?: number;
  readonly available_bytes?: number;
  readonly inodes?: number;
  readonly inodes_used?: number;
  readonly stuck?: boolean;
}

export interface PodDocument extends Sections {
  readonly uid: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly volumes?: readonly VolumeDocument[];
  readonly containers: readonly ContainerDocument[];
}

export interface NodeDocument {
  readonly time_seconds: number;
  readonly node: Sections & { readonly name?: string };
  readonly pods: readonly PodDocument[];
  /** Absent in the document of one pod. */
  readonly containers?: readonly OutsideDocument[];
}

/**
 * Reads a document.
 *
 * @throws {Error} one line, if the text is none.
 */
export function parseDocument(text: string): NodeDocument {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    throw new Error('the response is not JSON', { cause: error });
  }
  if (isDocument(document)) return document;
  throw new Error('the response is not a document of pods');
}

function isDocument(value: unknown): value is NodeDocument {
  if (typeof value !== 'object' || value === null) return false;
  const { time_seconds: time, node, pods, containers = [] } = value as Partial<NodeDocument>;
  return (
    typeof time === 'number' && typeof node === 'object' && isListOf(pods, isPod) && isListOf(containers, isOutside)
  );
}

function isListOf(value: unknown, isItem: (item: object) => boolean): boolean {
  return (
    Array.isArray(value) && value.every((item) => typeof item === 'object' && item !== null && isItem(item as object))
  );
}

function isPod({ containers }: Partial<PodDocument>): boolean {
  return Array.isArray(containers);
}

function isOutside({ name, id }: Partial<OutsideDocument>): boolean {
  return typeof name === 'string' && typeof id === 'string';
}

/** The number at a path; `undefined` if there is none. */
export function numberAt(from: unknown, ...path: readonly string[]): number | undefined {
  let value = from;
  for (const key of path) value = (value as Sections | undefined)?.[key];
  return typeof value === 'number' ? value : undefined;
}

/** The sum of a field of the items of a list, such as `devices` of the section `io`; `undefined` if no item has it. */
export function sumAt(from: unknown, [section, items]: readonly [string, string], field: string): number | undefined {
  const list = ((from as Sections | undefined)?.[section] as Sections | undefined)?.[items];
  if (!Array.isArray(list)) return undefined;
  return sum(list.map((item) => numberAt(item, field)));
}

/** The sum of the numbers that there are. */
export function sum(numbers: readonly (number | undefined)[]): number | undefined {
  let total: number | undefined;
  for (const number of numbers) if (number !== undefined) total = (total ?? 0) + number;
  return total;
}

/** `part / whole`; `undefined` without either, or if the whole is zero. */
export function ratio(part: number | undefined, whole: number | undefined): number | undefined {
  return part === undefined || whole === undefined || whole === 0 ? undefined : part / whole;
}
