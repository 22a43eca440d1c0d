import type { CollectorName } from '../../metrics/index.ts';

/** The collectors of a summary of CPU and memory only. */
export const CPU_AND_MEMORY_COLLECTORS = [
  'cpu',
  'memory',
  'node-cpu',
  'node-memory',
  'node-state',
  'node-start',
  'pressure-averages',
] as const satisfies readonly CollectorName[];

/** Names of the collectors that have the numbers. */
export const SUMMARY_COLLECTORS: readonly CollectorName[] = [
  ...CPU_AND_MEMORY_COLLECTORS,
  'pids',
  'network',
  'node-network',
  'volumes',
  'ephemeral-storage',
];
