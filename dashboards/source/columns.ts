import type { Thresholds } from './panel.ts';
import type { Column } from './table.ts';

/** A share, as a bar from 0 to 100 %. */
export function bar(name: string, expr: string, thresholds: Thresholds): Column {
  return { name, expr, thresholds, unit: 'percentunit', decimals: 0, bar: true };
}

/** A share whose cell is colored. */
export function percent(name: string, expr: string, thresholds: Thresholds, decimals = 0): Column {
  return { name, expr, thresholds, unit: 'percentunit', decimals };
}

/** A number of things; the cell is colored if there are thresholds. */
export function count(name: string, expr: string, thresholds?: Thresholds): Column {
  return { name, expr, unit: 'none', decimals: 0, ...(thresholds === undefined ? {} : { thresholds }) };
}

export function cores(name: string, expr: string): Column {
  return { name, expr, unit: 'cores', decimals: 3 };
}

export function bytes(name: string, expr: string): Column {
  return { name, expr, unit: 'bytes', decimals: 1 };
}

export function bytesPerSecond(name: string, expr: string): Column {
  return { name, expr, unit: 'binBps', decimals: 1 };
}

/** Number of OOM kills or restarts. */
export const EVENTS: Thresholds = [1, 10];

/** Share of a limit. */
export const OF_LIMIT: Thresholds = [0.8, 0.95];

/** Share of the space of a volume. */
export const OF_SPACE: Thresholds = [0.85, 0.95];

/** Instead of numbers of volumes. */
export const NOT_MEASURED = 'Not measured: exporter down, or no deploy/components/volumes';

const DAY_SECONDS = 86_400;

/** Time until something is full. */
export function fullIn(expr: string): Column {
  const thresholds = [DAY_SECONDS, 4 * DAY_SECONDS] as const;
  return { name: 'Full in', expr, unit: 's', decimals: 1, thresholds, isLowBad: true };
}
