import type { Row } from './dashboards.ts';
import { graph } from './graph.ts';
import { PODS, rate, sumBy } from './queries.ts';

const HOST_NETWORK = 'A pod with hostNetwork has no network series';

function total(name: string): string {
  return `sum(${rate(`${name}{${PODS}}`)})`;
}

/** The network of one pod. */
export const podNetwork: Row = {
  title: 'Network',
  panels: [
    graph({
      title: 'Bytes by interface',
      description: 'Traffic in the network namespace of the pod.',
      unit: 'binBps',
      queries: [
        {
          legend: '{{interface}} received',
          expr: sumBy('interface', rate(`pod_network_receive_bytes_total{${PODS}}`)),
        },
        { legend: '{{interface}} sent', expr: sumBy('interface', rate(`pod_network_transmit_bytes_total{${PODS}}`)) },
      ],
      noValue: HOST_NETWORK,
    }),
    graph({
      title: 'Drops and errors',
      description: 'Packets dropped and packets with errors. Any value above zero is worth a look.',
      unit: 'packets',
      queries: [
        { legend: 'receive drops', expr: total('pod_network_receive_packets_dropped_total') },
        { legend: 'transmit drops', expr: total('pod_network_transmit_packets_dropped_total') },
        { legend: 'receive errors', expr: total('pod_network_receive_errors_total') },
        { legend: 'transmit errors', expr: total('pod_network_transmit_errors_total') },
        { legend: 'UDP receive buffer full', expr: total('pod_network_udp_receive_buffer_errors_total') },
      ],
      noValue: HOST_NETWORK,
    }),
    graph({
      title: 'TCP connections',
      description: 'Connections in state ESTABLISHED or CLOSE-WAIT, and sockets in TIME-WAIT.',
      unit: 'short',
      queries: [
        { legend: 'established', expr: `sum(pod_network_tcp_connections{${PODS}})` },
        { legend: 'TIME-WAIT', expr: `sum(pod_network_sockets{${PODS},protocol="tcp",state="timewait"})` },
      ],
      noValue: HOST_NETWORK,
    }),
    graph({
      title: 'TCP connections opened',
      description: 'Connections that the pod opened (active), accepted (passive), and failed attempts.',
      unit: 'cps',
      queries: [
        { legend: 'active', expr: total('pod_network_tcp_active_opens_total') },
        { legend: 'passive', expr: total('pod_network_tcp_passive_opens_total') },
        { legend: 'failed', expr: total('pod_network_tcp_attempt_fails_total') },
      ],
      noValue: HOST_NETWORK,
    }),
    graph({
      title: 'TCP errors',
      description: 'Retransmissions, resets, timeouts, and connections that a listening socket dropped.',
      unit: 'cps',
      queries: [
        { legend: 'retransmitted segments', expr: total('pod_network_tcp_retransmitted_segments_total') },
        { legend: 'retransmitted SYNs', expr: total('pod_network_tcp_syn_retransmits_total') },
        { legend: 'resets', expr: total('pod_network_tcp_established_resets_total') },
        { legend: 'timeouts', expr: total('pod_network_tcp_timeouts_total') },
        { legend: 'listen overflows', expr: total('pod_network_tcp_listen_overflows_total') },
        { legend: 'listen drops', expr: total('pod_network_tcp_listen_drops_total') },
      ],
      noValue: HOST_NETWORK,
    }),
    graph({
      title: 'TCP aborts',
      description: 'Connections that the kernel aborted, by reason.',
      unit: 'cps',
      queries: [{ legend: '{{reason}}', expr: sumBy('reason', rate(`pod_network_tcp_aborts_total{${PODS}}`)) }],
      noValue: HOST_NETWORK,
    }),
  ],
};
