import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { SelfFamily } from './self-family.ts';

/** Sampling interval in milliseconds. It runs only while requests are answered. */
const RESOLUTION_MS = 1;

/** Lives as long as the process, or Node 24 may abort while it lists active handles. */
const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });

const STATISTICS = ['min', 'max', 'mean', 'stddev'] as const;
const PERCENTILES = [50, 90, 99] as const;

/**
 * Starts or stops sampling the delay of the event loop: the time between two callbacks of a timer with an interval of
 * 1 ms. A timer that also ran between scrapes would be most of what an idle exporter costs.
 */
export function sampleEventLoopDelay(isBusy: boolean): void {
  if (isBusy) histogram.enable();
  else histogram.disable();
}

/** Statistics of the delay since the last call; none without a sample. */
export function eventLoopDelayFamilies(): readonly SelfFamily[] {
  if (histogram.count === 0) return [];
  const families = [
    ...STATISTICS.map((name) => family(name, `${NAMES[name]} of the`, histogram[name])),
    ...PERCENTILES.map((rank) => family(`p${rank}`, `The ${rank}th percentile of the`, histogram.percentile(rank))),
  ];
  histogram.reset();
  return families;
}

const NAMES = { min: 'Minimum', max: 'Maximum', mean: 'Mean', stddev: 'Standard deviation' } as const;

/** `value` is in nanoseconds. */
function family(name: string, what: string, value: number): SelfFamily {
  const full = `nodejs_eventloop_lag_${name}_seconds`;
  return {
    name: full,
    type: 'gauge',
    help: `${what} event loop delay while requests were answered, since the previous scrape.`,
    samples: [{ name: full, labels: [], value: value / 1e9 }],
  };
}
