import { PodIndex } from '../pod-index.ts';
import type { PodSource } from '../pod-source.ts';

/** A source without pods. `reason` is set unless `--pods=none` selected it. */
export function openEmptySource(reason?: string): PodSource {
  return {
    name: 'none',
    ...(reason === undefined ? {} : { reason }),
    index: new PodIndex({ podLabels: [], podAnnotations: [] }),
    status: { synced: true, restarts: new Map() },
    start: () => Promise.resolve(),
    requestRelist: () => {},
    stop: () => Promise.resolve(),
  };
}
