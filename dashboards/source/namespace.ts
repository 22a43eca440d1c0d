import { linkTo, type Page } from './dashboards.ts';
import { graph, stat, table } from './panels.ts';
import { CLUSTER, events, rate, sumBy, withWorkload } from './queries.ts';

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
  description: 'Usage of a namespace, by workload and by pod.',
  variables: ['namespace'],
  single: ['namespace'],
  rows: [
    {
      title: 'Now',
      panels: [
        stat({ title: 'Pods', description: 'Pods with a cgroup.', unit: 'short', expr: `count(pod_info{${CHOSEN}})` }),
        stat({
          title: 'CPU / requests',
          description: 'CPU usage as a share of the CPU requests.',
          unit: 'percentunit',
          expr: `sum(${rate(`pod_cpu_usage_seconds_total{${CHOSEN}}`)}) / sum(container_resource_requests{${CHOSEN},resource="cpu"})`,
        }),
        stat({
          title: 'Memory / requests',
          description: 'Working set as a share of the memory requests.',
          unit: 'percentunit',
          expr: `sum(pod_memory_working_set_bytes{${CHOSEN}}) / sum(container_resource_requests{${CHOSEN},resource="memory"})`,
        }),
        stat({
          title: 'Throttled',
          description: 'Share of CFS periods that were throttled, over all containers with a CPU limit.',
          unit: 'percentunit',
          expr: `sum(${rate(`container_cpu_cfs_throttled_periods_total{${CHOSEN}}`)}) / sum(${rate(`container_cpu_cfs_periods_total{${CHOSEN}}`)})`,
          thresholds: [0.1, 0.25],
        }),
        stat({
          title: 'OOM kills (1h)',
          description: 'Containers that the kubelet reported as OOMKilled.',
          unit: 'short',
          expr: events(`container_terminated_oom_total{${CHOSEN}}`, '1h'),
          thresholds: [1, 5],
        }),
        stat({
          title: 'Restarts (1h)',
          description: 'Container restarts, for any reason.',
          unit: 'short',
          expr: events(`container_restarts_total{${CHOSEN}}`, '1h'),
          thresholds: [1, 10],
        }),
      ],
    },
    {
      title: 'Workloads',
      panels: [
        graph({
          title: 'CPU by workload',
          description:
            'CPU usage of the pods of each workload. Pods without a controller form one series without a name.',
          unit: 'cores',
          queries: [{ legend: LEGEND, expr: byWorkload(rate(`pod_cpu_usage_seconds_total{${CHOSEN}}`)) }],
          stacked: {},
        }),
        graph({
          title: 'Memory by workload',
          description: 'Working set of the pods of each workload.',
          unit: 'bytes',
          queries: [{ legend: LEGEND, expr: byWorkload(`pod_memory_working_set_bytes{${CHOSEN}}`) }],
          stacked: {},
        }),
        graph({
          title: 'Received by workload',
          description: 'Bytes received by pods with their own network namespace.',
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
          description: 'Bytes sent by pods with their own network namespace.',
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
          description: 'Usage and requests of each pod.',
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
