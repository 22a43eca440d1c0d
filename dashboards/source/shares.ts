import { QUARTER, stat } from './stat.ts';

/** Queries of shares of requests and limits, of a group of pods. */
export interface Shares {
  readonly cpuOfRequests: string;
  readonly memoryOfRequests: string;
  readonly memoryOfLimit: string;
  readonly throttled: string;
}

const PERCENT = { unit: 'percentunit', decimals: 0, ...QUARTER } as const;

/** How much of their requests and limits the pods use. */
export function shares({ cpuOfRequests, memoryOfRequests, ...limits }: Shares): readonly ReturnType<typeof stat>[] {
  return [
    stat({
      title: 'CPU of requests',
      description: 'CPU usage as a share of the CPU requests.',
      ...PERCENT,
      expr: cpuOfRequests,
      noValue: 'No request, or exporter down',
    }),
    stat({
      title: 'Memory of requests',
      description: 'Working set as a share of the memory requests.',
      ...PERCENT,
      expr: memoryOfRequests,
      noValue: 'No request, or exporter down',
    }),
    ...sharesOfLimits(limits),
  ];
}

/** How close the pods are to their limits. */
export function sharesOfLimits(given: Pick<Shares, 'memoryOfLimit' | 'throttled'>): readonly ReturnType<typeof stat>[] {
  return [
    stat({
      title: 'Memory of limit',
      description:
        'Highest anonymous memory in the time range, as a share of the limit, of the container closest to it. Page cache is reclaimable and excluded.',
      ...PERCENT,
      expr: given.memoryOfLimit,
      thresholds: [0.8, 0.95],
      noValue: 'No limit, or exporter down',
    }),
    stat({
      title: 'Throttled',
      description: 'Share of the CFS periods of the time range that were throttled, of the most throttled container.',
      ...PERCENT,
      expr: given.throttled,
      thresholds: [0.1, 0.25],
      noValue: 'No CPU limit, or idle',
    }),
  ];
}
