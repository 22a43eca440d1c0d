/** A family with its samples, as the exposition wants them. */
export interface SelfFamily {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram' | 'summary';
  readonly help: string;
  readonly samples: readonly SelfSample[];
}

export interface SelfSample {
  /** Differs from the family's for the parts of a histogram. */
  readonly name: string;
  readonly labels: readonly (readonly [name: string, value: string])[];
  readonly value: number;
}
