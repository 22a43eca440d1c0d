import { parseExposition, type Sample } from './exposition.ts';

/** The samples of one exposition, by name and labels. */
export class SampleTable {
  readonly text: string;
  readonly samples: readonly Sample[];
  readonly #byKey = new Map<string, number>();

  /** @throws {Error} if a line is no sample, or a series occurs twice. */
  constructor(text: string) {
    this.text = text;
    this.samples = parseExposition(text);
    for (const { name, labels, value } of this.samples) {
      const key = keyOf(name, labels);
      if (this.#byKey.has(key)) throw new Error(`series twice: ${key}`);
      this.#byKey.set(key, value);
    }
  }

  /** The value of the series with exactly these labels; `undefined` if there is none. */
  value(name: string, labels: Sample['labels'] = {}): number | undefined {
    return this.#byKey.get(keyOf(name, labels));
  }

  /** Every series, by name and sorted labels. */
  keys(): readonly string[] {
    return [...this.#byKey.keys()];
  }

  /** The samples of a family. */
  family(name: string): readonly Sample[] {
    return this.samples.filter((sample) => sample.name === name);
  }

  /** The samples of a pod, or of one of its containers. */
  of(labels: { readonly namespace: string; readonly pod: string; readonly container?: string }): readonly Sample[] {
    return this.samples.filter(({ labels: own }) => Object.entries(labels).every(([key, value]) => own[key] === value));
  }
}

function keyOf(name: string, labels: Sample['labels']): string {
  return `${name} ${JSON.stringify(Object.entries(labels).toSorted(([left], [right]) => (left < right ? -1 : 1)))}`;
}
