import type { Row } from './dashboards.ts';
import { graph } from './panels.ts';
import { PODS, rate, sumBy } from './queries.ts';

/** The network of one pod. */
export const podNetwork: Row = {
  title: 'Network',
  panels: [
    graph({
      title: 'Bytes by interface',
      description: "Bytes in the pod's network namespace; none for a pod on the node's network.",
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
      description: 'Packets that were dropped or broken. Anything but zero is worth a look.',
      unit: 'pps',
      queries: [
        {
          legend: 'received, dropped',
          expr: sumBy('pod', rate(`pod_network_receive_packets_dropped_total{${PODS}}`)),
        },
        {
          legend: 'sent, dropped',
          expr: sumBy('pod', rate(`pod_network_transmit_packets_dropped_total{${PODS}}`)),
        },
        { legend: 'received, broken', expr: sumBy('pod', rate(`pod_network_receive_errors_total{${PODS}}`)) },
        { legend: 'sent, broken', expr: sumBy('pod', rate(`pod_network_transmit_errors_total{${PODS}}`)) },
      ],
    }),
    graph({
      title: 'TCP connections',
      description: 'Established connections, and how many are opened in a second.',
      unit: 'short',
      queries: [
        { legend: 'established', expr: `sum(pod_network_tcp_connections{${PODS}})` },
        { legend: 'opened from here, per second', expr: `sum(${rate(`pod_network_tcp_active_opens_total{${PODS}}`)})` },
        { legend: 'accepted, per second', expr: `sum(${rate(`pod_network_tcp_passive_opens_total{${PODS}}`)})` },
      ],
    }),
    graph({
      title: 'TCP trouble',
      description: 'Retransmissions, resets, and connections that a full accept queue turned away.',
      unit: 'ops',
      queries: [
        {
          legend: 'retransmitted segments',
          expr: `sum(${rate(`pod_network_tcp_retransmitted_segments_total{${PODS}}`)})`,
        },
        { legend: 'resets received', expr: `sum(${rate(`pod_network_tcp_established_resets_total{${PODS}}`)})` },
        { legend: 'listen overflows', expr: `sum(${rate(`pod_network_tcp_listen_overflows_total{${PODS}}`)})` },
        { legend: 'timeouts', expr: `sum(${rate(`pod_network_tcp_timeouts_total{${PODS}}`)})` },
      ],
    }),
  ],
};
