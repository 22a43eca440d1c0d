import { createHistogram } from 'node:perf_hooks';
import type { SelfFamily } from './self-family.ts';

/** Sampling interval in milliseconds. */
const RESOLUTION_MS = 1;

const STATISTICS = [
  ['min', 'Minimum'],
  ['max', 'Maximum'],
  ['mean', 'Mean'],
  ['stddev', 'Standard deviation'],
] as const;
const PERCENTILES = [50, 90, 99] as const;

const nameOf = (statistic: string): string => `nodejs_eventloop_lag_${statistic}_seconds`;

/** Names of the families. The library has the same, of a timer that runs all the time. */
export const LAG_STATISTICS = [...STATISTICS.map(([name]) => name), ...PERCENTILES.map((rank) => `p${rank}`)].map(
  nameOf,
);

/**
 * Delay of the event loop while requests are answered: the time between two callbacks of a timer with an interval of
 * 1 ms. A timer that also ran between scrapes would be most of what an idle exporter costs. The one of `node:perf_hooks`
 * does not measure the time before its first callback, which is the longest delay of many scrapes.
 */
export class EventLoopDelay {
  readonly #histogram = createHistogram();
  #timer: NodeJS.Timeout | undefined;

  /** Starts or stops sampling. */
  sample(isBusy: boolean): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    if (!isBusy) return;
    let last = process.hrtime.bigint();
    this.#timer = setInterval(() => {
      const now = process.hrtime.bigint();
      this.#histogram.record(now - last);
      last = now;
    }, RESOLUTION_MS).unref();
  }

  /** Statistics since the last call; none without a sample. */
  families(): readonly SelfFamily[] {
    const histogram = this.#histogram;
    if (histogram.count === 0) return [];
    const families = [
      ...STATISTICS.map(([name, title]) => family(name, `${title} of the`, histogram[name])),
      ...PERCENTILES.map((rank) => family(`p${rank}`, `The ${rank}th percentile of the`, histogram.percentile(rank))),
    ];
    histogram.reset();
    return families;
  }
}

/** `value` is in nanoseconds. */
function family(statistic: string, what: string, value: number): SelfFamily {
  const name = nameOf(statistic);
  return {
    name,
    type: 'gauge',
    help: `${what} event loop delay while requests were answered, since the previous scrape.`,
    samples: [{ name, labels: [], value: value / 1e9 }],
  };
}
