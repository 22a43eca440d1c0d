import type { CgroupRow, Collector } from './row.ts';

const RESOURCES = ['cpu', 'memory', 'io'] as const;

/** At least one task is stalled, or all non-idle tasks are. */
const SHARES = ['some', 'full'] as const;

/** Percent of the last 10, 60 and 300 s, and microseconds since the cgroup was created. */
const KEYS = ['avg10', 'avg60', 'avg300', 'total'] as const;

const rows = RESOURCES.flatMap((resource) =>
  SHARES.flatMap((share) =>
    KEYS.map((key) => {
      const source = { file: `${resource}.pressure`, key: `${share}.${key}` } as const;
      return {
        name: `pressure_${resource}_${share}_${key}`,
        type: key === 'total' ? 'counter' : 'gauge',
        help: `The kernel's ${key} of ${share} for ${resource}.`,
        levels: ['container', 'pod', 'node'],
        from: { v1: source, v2: source },
      } as const;
    }),
  ),
) satisfies readonly CgroupRow[];

/**
 * Pressure as the kernel prints it, averages included, for `/stats/summary`.
 * https://docs.kernel.org/accounting/psi.html
 */
export const pressureAverages = {
  name: 'pressure-averages',
  about: "Pressure stall information with the kernel's own averages.",
  enabled: true,
  root: true,
  cgroup: rows,
} as const satisfies Collector;
