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

/** Pods with network errors, over all pods. */
export const network: Page = {
  name: 'network',
  title: 'Network health',
  description: 'Pods with the most retransmissions, drops, resets and queue overflows.',
  variables: ['node', 'namespace'],
  rows: [
    {
      title: 'Traffic',
      panels: [
        graph({
          title: 'Received, top pods',
          description: 'The ten pods that receive the most.',
          unit: 'binBps',
          queries: [{ legend: LEGEND, expr: top(sumBy(POD, rate(`pod_network_receive_bytes_total{${CHOSEN}}`))) }],
        }),
        graph({
          title: 'Sent, top pods',
          description: 'The ten pods that send the most.',
          unit: 'binBps',
          queries: [{ legend: LEGEND, expr: top(sumBy(POD, rate(`pod_network_transmit_bytes_total{${CHOSEN}}`))) }],
        }),
        graph({
          title: 'TCP connections, top pods',
          description: 'TCP connections in state ESTABLISHED or CLOSE-WAIT.',
          unit: 'short',
          queries: [{ legend: LEGEND, expr: top(sumBy(POD, `pod_network_tcp_connections{${CHOSEN}}`)) }],
        }),
        graph({
          title: 'Sockets in TIME-WAIT, top pods',
          description: 'Many of them indicate many short connections, which can exhaust the local ports.',
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
            'Share of the sent segments that were retransmitted. Users notice 1 % and more; the network or the peer loses packets.',
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
          'Connections dropped because the accept queue of a listening socket was full.',
          'pod_network_tcp_listen_overflows_total',
        ),
        largest(
          'SYN retransmissions',
          'SYN segments retransmitted because a connection attempt got no answer.',
          'pod_network_tcp_syn_retransmits_total',
        ),
        largest(
          'Failed connection attempts',
          'TCP connections that failed before they were established, refused ones included.',
          'pod_network_tcp_attempt_fails_total',
        ),
        largest('Resets', 'Established connections that were reset.', 'pod_network_tcp_established_resets_total'),
        largest('Timeouts', 'Expired retransmission timers.', 'pod_network_tcp_timeouts_total'),
      ],
    },
    {
      title: 'Packets and UDP',
      panels: [
        largest(
          'Received packets dropped',
          'Received packets that an interface of the pod dropped.',
          'pod_network_receive_packets_dropped_total',
        ),
        largest(
          'UDP receive buffer errors',
          'Datagrams dropped because the receive buffer of the socket was full.',
          'pod_network_udp_receive_buffer_errors_total',
        ),
      ],
    },
  ],
};
