import { memoryAmounts } from './memory-amounts.ts';
import { memoryEvents } from './memory-events.ts';
import type { Collector } from './row.ts';

/** https://docs.kernel.org/admin-guide/cgroup-v2.html#memory · https://docs.kernel.org/admin-guide/cgroup-v1/memory.html */
export const memory = {
  name: 'memory',
  about: 'Memory usage by kind, limits, reclaim and OOM kills.',
  enabled: true,
  cgroup: [...memoryAmounts, ...memoryEvents],
} as const satisfies Collector;
