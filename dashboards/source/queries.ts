/** Parts of queries that many panels have. */

/** Series of the clusters that are chosen. */
export const CLUSTER = 'cluster=~"$cluster"';

/** Series of the pods that are chosen. */
export const PODS = `${CLUSTER},namespace=~"$namespace",pod=~"$pod"`;

/** Growth in a second, over as long as the data allows. */
export function rate(series: string): string {
  return `rate(${series}[$__rate_interval])`;
}

/** `sum by (…)`; the cluster's label is always kept apart. */
export function sumBy(labels: string, expr: string): string {
  return `sum by (${labels}) (${expr})`;
}

/** The largest ten of them. */
export function top(expr: string): string {
  return `topk(10, ${expr})`;
}

/** Gives series of pods the labels `workload_kind` and `workload`; pods without a controller have none. */
export function withWorkload(expr: string, selector: string): string {
  const workloads = `max by (cluster, namespace, pod, workload_kind, workload) (pod_info{${selector}})`;
  return `(${expr}) * on (cluster, namespace, pod) group_left (workload_kind, workload) ${workloads}`;
}
