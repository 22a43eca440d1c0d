import { ExpositionWriter, type FamilyMetadata } from '../../exposition/writer.ts';
import type { FamilyPlan } from '../../plan/plan.ts';
import type { SampleList } from '../../snapshot/snapshot.ts';
import type { Writing } from './numbers.ts';

/** Labels by position of the subject. */
export type Labels = Readonly<Record<number, Buffer | undefined>>;

export interface ListSample {
  readonly label: Buffer;
  readonly name: string;
  readonly value: number;
}

/** The samples of a list whose subjects have a row. */
export function* samplesOf(
  family: FamilyPlan | undefined,
  { snapshot }: Writing,
  labels: Labels,
): Generator<ListSample> {
  if (family === undefined || !snapshot.succeeded(family.collector)) return;
  const { subjects, names, values } = snapshot.lists[family.list] as SampleList;
  for (let index = 0; index < values.length; index++) {
    const label = labels[subjects[index] as number];
    if (label !== undefined) yield { label, name: names[index] as string, value: values[index] as number };
  }
}

/** Devices and interfaces come and go; a node has far fewer at a time. */
const MAX_CACHED_NAMES = 4096;

export function cached(bytes: Map<string, Buffer>, key: string, make: () => Buffer): Buffer {
  const known = bytes.get(key);
  if (known !== undefined) return known;
  const made = make();
  if (bytes.size >= MAX_CACHED_NAMES) bytes.clear();
  bytes.set(key, made);
  return made;
}

/** Writes the samples of one family under its head. */
export class FamilyText {
  readonly #head: Buffer;
  readonly #name: Buffer;

  constructor(family: FamilyMetadata) {
    this.#head = ExpositionWriter.head(family, 'text');
    this.#name = Buffer.from(family.name);
  }

  /** `written` is how many there were before. */
  sample(writer: ExpositionWriter, written: number, { label, value }: ListSample, more: Buffer): void {
    if (written === 0) writer.raw(this.#head);
    writer.sample(this.#name, label, more, value);
  }
}
