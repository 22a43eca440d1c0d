import { linkTo, type Page } from './dashboards.ts';
import { graph, stat, table } from './panels.ts';
import { CLUSTER, rate, sumBy, withWorkload } from './queries.ts';

const CHOSEN = `${CLUSTER},namespace=~"$namespace"`;
const BY_WORKLOAD = 'workload_kind, workload';
const LEGEND = '{{workload_kind}} {{workload}}';
const TO_POD = linkTo('pod', ['namespace', '${namespace}'], ['pod', '${__value.text}']);

function byWorkload(expr: string): string {
  return sumBy(BY_WORKLOAD, withWorkload(expr, CHOSEN));
}

/** One namespace, by workload and by pod. */
export const namespace: Page = {
  name: 'namespace',
  title: 'Namespace',
  description: 'What the workloads and pods of a namespace use.',
  variables: ['namespace'],
  single: ['namespace'],
  rows: [
    {
      title: 'Now',
      panels: [
        stat({ title: 'Pods', description: 'Pods with a cgroup.', unit: 'short', expr: `count(pod_info{${CHOSEN}})` }),
        stat({
          title: 'CPU of requests',
          description: 'CPU used, as a share of what was requested.',
          unit: 'percentunit',
          expr: `sum(${rate(`pod_cpu_usage_seconds_total{${CHOSEN}}`)}) / sum(container_resource_requests{${CHOSEN},resource="cpu"})`,
        }),
        stat({
          title: 'Memory of requests',
          description: 'Working set as a share of what was requested.',
          unit: 'percentunit',
          expr: `sum(pod_memory_working_set_bytes{${CHOSEN}}) / sum(container_resource_requests{${CHOSEN},resource="memory"})`,
        }),
        stat({
          title: 'Throttled',
          description: 'Share of enforcement periods in which a CPU limit was reached, over all containers with one.',
          unit: 'percentunit',
          expr: `sum(${rate(`container_cpu_cfs_throttled_periods_total{${CHOSEN}}`)}) / sum(${rate(`container_cpu_cfs_periods_total{${CHOSEN}}`)})`,
          thresholds: [0.1, 0.25],
        }),
        stat({
          title: 'OOM kills in an hour',
          description: 'Containers that Kubernetes reports as killed for want of memory.',
          unit: 'short',
          expr: `sum(increase(container_terminated_oom_total{${CHOSEN}}[1h]))`,
          thresholds: [1, 5],
        }),
        stat({
          title: 'Restarts in an hour',
          description: 'Restarts of containers, whatever the reason.',
          unit: 'short',
          expr: `sum(increase(container_restarts_total{${CHOSEN}}[1h]))`,
          thresholds: [1, 10],
        }),
      ],
    },
    {
      title: 'Workloads',
      panels: [
        graph({
          title: 'CPU by workload',
          description: 'CPU used by the pods of a workload. Pods without a controller are one series without a name.',
          unit: 'cores',
          queries: [{ legend: LEGEND, expr: byWorkload(rate(`pod_cpu_usage_seconds_total{${CHOSEN}}`)) }],
          stacked: {},
        }),
        graph({
          title: 'Memory by workload',
          description: 'Working set of the pods of a workload.',
          unit: 'bytes',
          queries: [{ legend: LEGEND, expr: byWorkload(`pod_memory_working_set_bytes{${CHOSEN}}`) }],
          stacked: {},
        }),
        graph({
          title: 'Received by workload',
          description: 'Bytes received by pods with a network of their own.',
          unit: 'binBps',
          queries: [
            {
              legend: LEGEND,
              expr: byWorkload(sumBy('cluster, namespace, pod', rate(`pod_network_receive_bytes_total{${CHOSEN}}`))),
            },
          ],
          stacked: {},
        }),
        graph({
          title: 'Sent by workload',
          description: 'Bytes sent by pods with a network of their own.',
          unit: 'binBps',
          queries: [
            {
              legend: LEGEND,
              expr: byWorkload(sumBy('cluster, namespace, pod', rate(`pod_network_transmit_bytes_total{${CHOSEN}}`))),
            },
          ],
          stacked: {},
        }),
      ],
    },
    {
      title: 'Pods',
      panels: [
        table({
          title: 'Pods',
          description: 'What each pod uses, beside what it asked for.',
          row: { label: 'pod', name: 'Pod', link: TO_POD },
          columns: [
            { name: 'CPU', unit: 'cores', expr: sumBy('pod', rate(`pod_cpu_usage_seconds_total{${CHOSEN}}`)) },
            {
              name: 'CPU requests',
              unit: 'cores',
              expr: sumBy('pod', `container_resource_requests{${CHOSEN},resource="cpu"}`),
            },
            { name: 'Memory', unit: 'bytes', expr: sumBy('pod', `pod_memory_working_set_bytes{${CHOSEN}}`) },
            {
              name: 'Memory requests',
              unit: 'bytes',
              expr: sumBy('pod', `container_resource_requests{${CHOSEN},resource="memory"}`),
            },
            {
              name: 'Received',
              unit: 'binBps',
              expr: sumBy('pod', rate(`pod_network_receive_bytes_total{${CHOSEN}}`)),
            },
            { name: 'Sent', unit: 'binBps', expr: sumBy('pod', rate(`pod_network_transmit_bytes_total{${CHOSEN}}`)) },
            { name: 'Restarts', unit: 'short', expr: sumBy('pod', `container_restarts_total{${CHOSEN}}`) },
            {
              name: 'Started',
              unit: 'dateTimeFromNow',
              expr: `max by (pod) (pod_start_time_seconds{${CHOSEN}}) * 1000`,
            },
          ],
        }),
      ],
    },
  ],
};
