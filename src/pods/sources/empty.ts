import { PodIndex } from '../pod-index.ts';
import type { PodSource } from '../pod-source.ts';

/** A source that knows no pods. `reason` says why, if it was not asked for. */
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
