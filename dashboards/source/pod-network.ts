import type { Row } from './dashboards.ts';
import { graph } from './panels.ts';
import { PODS, rate, sumBy } from './queries.ts';

/** The network of one pod. */
export const podNetwork: Row = {
  title: 'Network',
  panels: [
    graph({
      title: 'Bytes by interface',
      description: 'Traffic in the network namespace of the pod. Empty for a pod with hostNetwork.',
      unit: 'binBps',
      queries: [
        {
          legend: '{{interface}} received',
          expr: sumBy('interface', rate(`pod_network_receive_bytes_total{${PODS}}`)),
        },
        { legend: '{{interface}} sent', expr: sumBy('interface', rate(`pod_network_transmit_bytes_total{${PODS}}`)) },
      ],
    }),
    graph({
      title: 'Drops and errors',
      description: 'Packets dropped and packets with errors. Any value above zero is worth a look.',
      unit: 'pps',
      queries: [
        {
          legend: 'receive drops',
          expr: sumBy('pod', rate(`pod_network_receive_packets_dropped_total{${PODS}}`)),
        },
        {
          legend: 'transmit drops',
          expr: sumBy('pod', rate(`pod_network_transmit_packets_dropped_total{${PODS}}`)),
        },
        { legend: 'receive errors', expr: sumBy('pod', rate(`pod_network_receive_errors_total{${PODS}}`)) },
        { legend: 'transmit errors', expr: sumBy('pod', rate(`pod_network_transmit_errors_total{${PODS}}`)) },
      ],
    }),
    graph({
      title: 'TCP connections',
      description: 'Established connections, and connections opened per second.',
      unit: 'short',
      queries: [
        { legend: 'established', expr: `sum(pod_network_tcp_connections{${PODS}})` },
        { legend: 'active opens per second', expr: `sum(${rate(`pod_network_tcp_active_opens_total{${PODS}}`)})` },
        { legend: 'passive opens per second', expr: `sum(${rate(`pod_network_tcp_passive_opens_total{${PODS}}`)})` },
      ],
    }),
    graph({
      title: 'TCP errors',
      description: 'Retransmissions, resets, timeouts, and connections dropped because the accept queue was full.',
      unit: 'ops',
      queries: [
        {
          legend: 'retransmitted segments',
          expr: `sum(${rate(`pod_network_tcp_retransmitted_segments_total{${PODS}}`)})`,
        },
        { legend: 'resets', expr: `sum(${rate(`pod_network_tcp_established_resets_total{${PODS}}`)})` },
        { legend: 'listen overflows', expr: `sum(${rate(`pod_network_tcp_listen_overflows_total{${PODS}}`)})` },
        { legend: 'timeouts', expr: `sum(${rate(`pod_network_tcp_timeouts_total{${PODS}}`)})` },
      ],
    }),
  ],
};
