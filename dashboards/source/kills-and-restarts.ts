import { stat } from './stat.ts';
import type { StatLayout } from './stat.ts';

const COUNT = { unit: 'none', decimals: 0, thresholds: [1, 10] } as const;

/** OOM kills and restarts of what the queries select, in the time range. */
export function killsAndRestarts(kills: string, restarts: string, layout: StatLayout = {}): ReturnType<typeof stat>[] {
  return [
    stat({
      title: 'OOM kills',
      description: 'Processes killed by the OOM killer in the time range, in containers that live on as well.',
      ...COUNT,
      ...layout,
      expr: `sum(${kills})`,
    }),
    stat({
      title: 'Restarts',
      description: 'Container restarts in the time range, for any reason.',
      ...COUNT,
      ...layout,
      expr: `sum(${restarts})`,
    }),
  ];
}
