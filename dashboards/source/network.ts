import type { Page } from './dashboards.ts';
import { graph } from './panels.ts';
import { CLUSTER, rate, sumBy, top } from './queries.ts';

const CHOSEN = `${CLUSTER},node=~"$node",namespace=~"$namespace"`;
const POD = 'namespace, pod';
const LEGEND = '{{namespace}}/{{pod}}';

function largest(title: string, description: string, name: string): ReturnType<typeof graph> {
  return graph({
    title,
    description,
    unit: 'ops',
    queries: [{ legend: LEGEND, expr: `${top(sumBy(POD, rate(`${name}{${CHOSEN}}`)))} > 0` }],
  });
}

/** Which pods have trouble with the network, over all of them. */
export const network: Page = {
  name: 'network',
  title: 'Network health',
  description: 'The pods with most retransmissions, drops, resets and full queues.',
  variables: ['node', 'namespace'],
  rows: [
    {
      title: 'Traffic',
      panels: [
        graph({
          title: 'Received, largest pods',
          description: 'The ten pods that receive most.',
          unit: 'binBps',
          queries: [{ legend: LEGEND, expr: top(sumBy(POD, rate(`pod_network_receive_bytes_total{${CHOSEN}}`))) }],
        }),
        graph({
          title: 'Sent, largest pods',
          description: 'The ten pods that send most.',
          unit: 'binBps',
          queries: [{ legend: LEGEND, expr: top(sumBy(POD, rate(`pod_network_transmit_bytes_total{${CHOSEN}}`))) }],
        }),
        graph({
          title: 'Connections, largest pods',
          description: 'Established TCP connections.',
          unit: 'short',
          queries: [{ legend: LEGEND, expr: top(sumBy(POD, `pod_network_tcp_connections{${CHOSEN}}`)) }],
        }),
        graph({
          title: 'Sockets in TIME_WAIT, largest pods',
          description: 'Many of them mean many short connections, and ports that are used up.',
          unit: 'short',
          queries: [
            { legend: LEGEND, expr: top(sumBy(POD, `pod_network_sockets{${CHOSEN},protocol="tcp",state="timewait"}`)) },
          ],
        }),
      ],
    },
    {
      title: 'TCP',
      panels: [
        graph({
          title: 'Retransmitted segments',
          description:
            'Share of sent segments. Above one percent users notice; the network, or the other end, loses packets.',
          unit: 'percentunit',
          queries: [
            {
              legend: LEGEND,
              expr: `topk(10, ${sumBy(POD, rate(`pod_network_tcp_retransmitted_segments_total{${CHOSEN}}`))} / ${sumBy(POD, rate(`pod_network_tcp_sent_segments_total{${CHOSEN}}`))}) > 0`,
            },
          ],
          thresholds: [0.01, 0.05],
        }),
        largest(
          'Listen overflows',
          'Connections turned away because the program did not accept them in time.',
          'pod_network_tcp_listen_overflows_total',
        ),
        largest(
          'SYN retransmissions',
          'Attempts to connect that got no answer.',
          'pod_network_tcp_syn_retransmits_total',
        ),
        largest('Failed attempts', 'Attempts to connect that were refused.', 'pod_network_tcp_attempt_fails_total'),
        largest('Resets', 'Established connections that were reset.', 'pod_network_tcp_established_resets_total'),
        largest('Timeouts', 'Retransmission timers that ran out.', 'pod_network_tcp_timeouts_total'),
      ],
    },
    {
      title: 'Packets and UDP',
      panels: [
        largest(
          'Received packets dropped',
          'Packets that an interface of the pod dropped on the way in.',
          'pod_network_receive_packets_dropped_total',
        ),
        largest(
          'UDP receive buffer errors',
          'Datagrams dropped because the program did not read them in time.',
          'pod_network_udp_receive_buffer_errors_total',
        ),
      ],
    },
  ],
};
