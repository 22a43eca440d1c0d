/** Parts of queries that several panels share. */

/** The job of the exporter and the chosen cluster. It is part of every selector, and stated only here. */
export const EXPORTER = 'job="$job",cluster="$cluster"';

/** Selects what belongs to a pod. Containers outside of pods have `container_*` series without namespace and pod. */
export const IN_PODS = 'pod!=""';

/** Selects the chosen pods, and nothing while there is none to choose. */
export const PODS = `${EXPORTER},namespace=~"$namespace",pod=~"$pod",${IN_PODS}`;

/** A pod, and the node that it runs on. */
export const POD = 'node, namespace, pod';

/** Per-second rate over Grafana's rate interval. */
export function rate(series: string): string {
  return `rate(${series}[$__rate_interval])`;
}

/** Mean per-second rate over the chosen time range. */
export function rangeRate(series: string): string {
  return `rate(${series}[$__range])`;
}

/** Number of events in the chosen time range, for each series. Rounded, because `increase()` extrapolates. */
export function rangeEvents(series: string): string {
  return `round(increase(${series}[$__range]))`;
}

/** `sum by (…)`. */
export function sumBy(labels: string, expr: string): string {
  return `sum by (${labels}) (${expr})`;
}

/** `max by (…)`. */
export function maxBy(labels: string, expr: string): string {
  return `max by (${labels}) (${expr})`;
}

/** A quotient without the series whose divisor is 0, which would be NaN. */
export function share(part: string, whole: string): string {
  return `${part} / (${whole} > 0)`;
}

/**
 * Sums of rates, of the ten groups with the highest rate over the whole time range. A `topk` at every step would show
 * as many series as groups that were ever among the ten.
 */
export function topRates(labels: string, series: string): string {
  const overRange = sumBy(labels, `rate(${series}[$__range] @ end())`);
  return `${sumBy(labels, rate(series))} and on (${labels}) topk(10, ${overRange} > 0)`;
}

/** Sums of gauges, of the ten groups with the highest sum of maxima in the time range. */
export function topGauges(labels: string, series: string): string {
  const overRange = sumBy(labels, `max_over_time(${series}[$__range] @ end())`);
  return `${sumBy(labels, series)} and on (${labels}) topk(10, ${overRange} > 0)`;
}

/** Quotients of rates, of the ten groups with the highest quotient over the time range. */
export function topShares(labels: string, part: string, whole: string): string {
  const over = (range: string): string =>
    share(sumBy(labels, `rate(${part}${range})`), sumBy(labels, `rate(${whole}${range})`));
  return `${over('[$__rate_interval]')} and on (${labels}) topk(10, ${over('[$__range] @ end()')} > 0)`;
}

/**
 * Effective requests or limits of the selected pods, summed by `labels` of {@link POD}: pod-level resources and overhead
 * included, or else the sum of the containers, from an exporter that does not have the family.
 */
export function requested(
  kind: 'requests' | 'limits',
  resource: 'cpu' | 'memory',
  selector: string,
  labels: string,
): string {
  const of = (level: 'pod' | 'container'): string =>
    sumBy(POD, `${level}_resource_${kind}{${selector},resource="${resource}"}`);
  const whole = `${of('pod')} or ${of('container')}`;
  return labels === '' ? `sum(${whole})` : sumBy(labels, whole);
}

/** Highest anonymous memory in the time range, as a share of the limit, for each container. */
export function memoryOfLimit(selector: string): string {
  return `max_over_time(container_memory_rss{${selector}}[$__range]) / (max_over_time(container_memory_limit_bytes{${selector}}[$__range]) > 0)`;
}

/** Adds the labels `workload_kind` and `workload` to series of pods; a pod without a controller is named so. */
export function withWorkload(expr: string, selector: string): string {
  const workloads = `topk by (namespace, pod) (1, ${maxBy('namespace, pod, workload_kind, workload', `pod_info{${selector}}`)})`;
  const joined = `(${expr}) * on (namespace, pod) group_left (workload_kind, workload) ${workloads}`;
  return namedWorkload(joined);
}

/** Names the workload of pods without a controller so. The page of the workload knows it by the same name. */
export function namedWorkload(expr: string): string {
  return `label_replace(${expr}, "workload", "pods without a controller", "workload", "")`;
}

/** The pods of the chosen workload. No selector compares it, because pods without a controller have no such label. */
export function chosenPods(selector: string): string {
  const chosen = 'label_replace(vector(1), "workload", "$workload", "", "")';
  return maxBy('namespace, pod', `${namedWorkload(`pod_info{${selector}}`)} and on (workload) ${chosen}`);
}

/**
 * OOM kills of each pod within `range`, such as `$__range`, with the labels of {@link POD}. The kernel's counter of the
 * pod (cgroup v2) has all of them and survives the containers. Without it, the kills that the kernel counts in living
 * containers and the terminations that the kubelet reports are added: a counter of the kernel ends with its container.
 */
export function oomKills(selector: string, range: string): string {
  const increase = (name: string): string => `round(increase(${name}{${selector}}[${range}]))`;
  const tagged = (name: string, source: string): string =>
    `label_replace(${increase(name)}, "source", "${source}", "", "")`;
  const ofPod = sumBy(POD, increase('pod_oom_kills_total'));
  const ofContainers = `${tagged('container_oom_kills_total', 'kernel')} or ${tagged('container_terminated_oom_total', 'kubelet')}`;
  return `((${ofPod} > 0) or ${sumBy(POD, ofContainers)})`;
}

/** Share of the space of each volume that is in use, with the labels of {@link VOLUME}. */
export function volumeUsed(selector: string): string {
  return `1 - ${maxBy(VOLUME, `pod_volume_available_bytes{${selector}} / (pod_volume_capacity_bytes{${selector}} > 0)`)}`;
}

/** The volumes with more than 85 % of their space in use, without those that are read-only and do not fill up. */
export function fullVolumes(selector: string): string {
  return `${volumeUsed(selector)} > 0.85 unless on (${VOLUME}) pod_volume_readonly{${selector}} == 1`;
}

/** A volume of a pod. */
export const VOLUME = `${POD}, volume, persistentvolumeclaim`;

/**
 * Seconds until no space is left, from the change in the last six hours; only within 30 days. A trend needs two hours of
 * history, and space that becomes less in the last hour as well: a download at the start of a node is none.
 */
export function secondsUntilFull(series: string): string {
  const untilFull = `${series} / -(deriv(${series}[6h]) < 0) < 30 * 86400`;
  return `(${untilFull} and deriv(${series}[1h]) < 0 and ${series} offset 2h)`;
}
