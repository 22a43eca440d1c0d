import { SERIES } from './links.ts';
import { chosenPods, EXPORTER, rate, requested, sumBy } from './queries.ts';

/** A pod of the workload. */
export const POD = 'namespace, pod';
/** Selects the namespace of the workload. */
export const CHOSEN = `${EXPORTER},namespace=~"$namespace"`;
/** The pods of the workload. */
export const MEMBERS = chosenPods(CHOSEN);
export const LEGEND = '{{pod}}';
export const LINKS = [SERIES.pod];

/** Restricts series to the pods of the workload; series of pods have no label `workload`. */
export function members(expr: string): string {
  return `${expr} and on (${POD}) ${MEMBERS}`;
}

/** Rates of the pods of the workload. */
export function ratesByPod(series: string): string {
  return members(sumBy(POD, rate(`${series}{${CHOSEN}}`)));
}

/** Requests or limits of all pods of the workload. */
export function requestedInAll(kind: 'requests' | 'limits', resource: 'cpu' | 'memory'): string {
  return `sum(${members(requested(kind, resource, CHOSEN, POD))})`;
}
