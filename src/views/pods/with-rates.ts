import type { Snapshot } from '../../snapshot/snapshot.ts';
import type { Scope } from '../endpoint.ts';
import type { Sections } from './fields.ts';
import { Numbers } from './numbers.ts';
import type { Rates } from './rates.ts';

/** What the document shows besides a snapshot. */
export interface DocumentParts {
  readonly scope: Scope;
  /** Taken from a pod if absent. */
  readonly nodeName?: string;
  readonly collectors: ReadonlySet<string>;
  readonly rates?: Rates | undefined;
}

/** The sections of the subjects of a level, with their rates. */
export class WithRates {
  readonly #numbers: Numbers;
  readonly #rates: Numbers | undefined;
  readonly #intervalSeconds: number | undefined;

  constructor(snapshot: Snapshot, level: 'container' | 'pod' | 'netns', { collectors, rates }: DocumentParts) {
    this.#numbers = new Numbers(snapshot, level, collectors);
    this.#rates = rates === undefined ? undefined : new Numbers(rates, level, collectors);
    this.#intervalSeconds = rates?.intervalSeconds;
  }

  at(position: number): Sections {
    const sections = this.#numbers.at(position);
    const rates = this.#rates?.at(position) ?? {};
    return Object.keys(rates).length === 0
      ? sections
      : { ...sections, rates: { interval_seconds: this.#intervalSeconds, ...rates } };
  }
}
