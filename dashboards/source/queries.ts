/** Parts of queries that several panels share. */

/** Selects the chosen clusters. */
export const CLUSTER = 'cluster=~"$cluster"';

/** Selects the chosen pods. */
export const PODS = `${CLUSTER},namespace=~"$namespace",pod=~"$pod"`;

/** Per-second rate over Grafana's rate interval. */
export function rate(series: string): string {
  return `rate(${series}[$__rate_interval])`;
}

/** Number of events within a range such as `1h`. Rounded, because `increase()` extrapolates. */
export function events(series: string, range: string): string {
  return `round(sum(increase(${series}[${range}])))`;
}

/** `sum by (…)`. */
export function sumBy(labels: string, expr: string): string {
  return `sum by (${labels}) (${expr})`;
}

/** The ten largest series. */
export function top(expr: string): string {
  return `topk(10, ${expr})`;
}

/** Adds the labels `workload_kind` and `workload` to series of pods; pods without a controller have none. */
export function withWorkload(expr: string, selector: string): string {
  const workloads = `max by (cluster, namespace, pod, workload_kind, workload) (pod_info{${selector}})`;
  return `(${expr}) * on (cluster, namespace, pod) group_left (workload_kind, workload) ${workloads}`;
}
