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

/** Delay of the event loop, when it was measured last; 0 until then. */
const LAG = 'nodejs_eventloop_lag_seconds';

/** Statistics of the delays since they were read last. Without any delay the mean is NaN and the minimum 292 years. */
const LAG_STATISTICS = /^nodejs_eventloop_lag_(?:min|max|mean|stddev|p\d+)_seconds$/;
const LAG_MEAN = 'nodejs_eventloop_lag_mean_seconds';

/** Removes what the library reports of the event loop without a measurement. */
export function withoutEmptyLag(families: readonly SelfFamily[]): SelfFamily[] {
  const valueOf = (wanted: string): number => families.find(({ name }) => name === wanted)?.samples[0]?.value ?? 0;
  const isEmpty = Number.isNaN(valueOf(LAG_MEAN));
  const isUnmeasured = valueOf(LAG) === 0;
  return families.filter(({ name }) => !(isEmpty && LAG_STATISTICS.test(name)) && !(isUnmeasured && name === LAG));
}
