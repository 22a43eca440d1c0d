import type { Page } from './dashboards.ts';
import { graph } from './panels.ts';
import { CLUSTER, rate, sumBy } from './queries.ts';

const POD = 'cluster, namespace, pod';
const CHOSEN = `${CLUSTER},namespace=~"$namespace"`;
const MEMBERS = `max by (${POD}) (pod_info{${CHOSEN},workload=~"$workload"})`;

/** Restricts series to the pods of the workload. */
function members(expr: string): string {
  return `${expr} * on (${POD}) group_left () ${MEMBERS}`;
}

function byPod(series: string): string {
  return members(sumBy(POD, rate(`${series}{${CHOSEN}}`)));
}

function requested(kind: 'requests' | 'limits', resource: 'cpu' | 'memory'): string {
  return `sum(${members(sumBy(POD, `container_resource_${kind}{${CHOSEN},resource="${resource}"}`))})`;
}

const LEGEND = '{{pod}}';
const TOGETHER = '^(requests|limits)$';

/** One workload: its pods compared with each other and with their limits. */
export const workload: Page = {
  name: 'workload',
  title: 'Workload',
  description: 'Pods of a Deployment, StatefulSet, DaemonSet, Job or CronJob, side by side.',
  variables: ['namespace', 'workload'],
  single: ['namespace', 'workload'],
  rows: [
    {
      title: 'CPU',
      panels: [
        graph({
          title: 'CPU by pod',
          description: 'CPU usage of each pod, against the sum of the requests and of the limits.',
          unit: 'cores',
          queries: [
            { legend: LEGEND, expr: byPod('pod_cpu_usage_seconds_total') },
            { legend: 'requests', expr: requested('requests', 'cpu') },
            { legend: 'limits', expr: requested('limits', 'cpu') },
          ],
          stacked: { except: TOGETHER },
        }),
        graph({
          title: 'Throttled periods',
          description: 'Share of CFS periods in which a container of the pod was throttled.',
          unit: 'percentunit',
          queries: [
            {
              legend: LEGEND,
              expr: `${byPod('container_cpu_cfs_throttled_periods_total')} / ${sumBy(POD, rate(`container_cpu_cfs_periods_total{${CHOSEN}}`))}`,
            },
          ],
        }),
      ],
    },
    {
      title: 'Memory',
      panels: [
        graph({
          title: 'Memory by pod',
          description: 'Working set of each pod, against the sum of the requests and of the limits.',
          unit: 'bytes',
          queries: [
            { legend: LEGEND, expr: members(sumBy(POD, `pod_memory_working_set_bytes{${CHOSEN}}`)) },
            { legend: 'requests', expr: requested('requests', 'memory') },
            { legend: 'limits', expr: requested('limits', 'memory') },
          ],
          stacked: { except: TOGETHER },
        }),
        graph({
          title: 'OOM kills and restarts',
          description: 'OOM kills and restarts within five minutes, by pod.',
          unit: 'short',
          queries: [
            {
              legend: '{{pod}} OOM kills',
              expr: members(sumBy(POD, `increase(container_terminated_oom_total{${CHOSEN}}[5m])`)),
            },
            {
              legend: '{{pod}} restarts',
              expr: members(sumBy(POD, `increase(container_restarts_total{${CHOSEN}}[5m])`)),
            },
          ],
        }),
      ],
    },
    {
      title: 'Network and disk',
      panels: [
        graph({
          title: 'Received by pod',
          description: 'Bytes received by each pod.',
          unit: 'binBps',
          queries: [{ legend: LEGEND, expr: byPod('pod_network_receive_bytes_total') }],
        }),
        graph({
          title: 'Sent by pod',
          description: 'Bytes sent by each pod.',
          unit: 'binBps',
          queries: [{ legend: LEGEND, expr: byPod('pod_network_transmit_bytes_total') }],
        }),
        graph({
          title: 'Retransmitted segments',
          description: 'Share of the sent TCP segments that were retransmitted. Users notice 1 % and more.',
          unit: 'percentunit',
          queries: [
            {
              legend: LEGEND,
              expr: `${byPod('pod_network_tcp_retransmitted_segments_total')} / ${sumBy(POD, rate(`pod_network_tcp_sent_segments_total{${CHOSEN}}`))}`,
            },
          ],
        }),
        graph({
          title: 'Disk by pod',
          description: 'Bytes read and written by each pod, on all devices.',
          unit: 'binBps',
          queries: [
            { legend: '{{pod}} read', expr: byPod('pod_fs_reads_bytes_total') },
            { legend: '{{pod}} written', expr: byPod('pod_fs_writes_bytes_total') },
          ],
        }),
      ],
    },
  ],
};
