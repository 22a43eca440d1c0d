import type { Page, Row } from './dashboards.ts';
import { graph } from './graph.ts';
import { SERIES } from './links.ts';
import { networkHeader } from './network-header.ts';
import { EXPORTER, rate, share, sumBy, topGauges, topRates, topShares } from './queries.ts';

const CHOSEN = `${EXPORTER},node=~"$node",namespace=~"$namespace"`;
const OBJECT = 'namespace, pod';
const LEGEND = '{{namespace}}/{{pod}}';
const NONE = 'None in the time range';

function of(name: string): string {
  return `pod_network_${name}{${CHOSEN}}`;
}

function largest(
  title: string,
  description: string,
  name: string,
  unit: 'cps' | 'packets' = 'cps',
): ReturnType<typeof graph> {
  return graph({
    title,
    description,
    unit,
    queries: [{ legend: LEGEND, expr: topRates(OBJECT, of(name)) }],
    links: [SERIES.pod],
    noValue: NONE,
  });
}

const traffic: Row = {
  title: 'Traffic',
  panels: [
    graph({
      title: 'Received, top pods',
      description: 'The ten pods that receive the most over the time range.',
      unit: 'binBps',
      queries: [{ legend: LEGEND, expr: topRates(OBJECT, of('receive_bytes_total')) }],
      links: [SERIES.pod],
      noValue: 'Pods with hostNetwork have no network series',
    }),
    graph({
      title: 'Sent, top pods',
      description: 'The ten pods that send the most over the time range.',
      unit: 'binBps',
      queries: [{ legend: LEGEND, expr: topRates(OBJECT, of('transmit_bytes_total')) }],
      links: [SERIES.pod],
      noValue: 'Pods with hostNetwork have no network series',
    }),
    graph({
      title: 'TCP connections, top pods',
      description: 'TCP connections in state ESTABLISHED or CLOSE-WAIT.',
      unit: 'short',
      queries: [{ legend: LEGEND, expr: topGauges(OBJECT, of('tcp_connections')) }],
      links: [SERIES.pod],
      noValue: NONE,
    }),
    graph({
      title: 'Sockets in TIME-WAIT, top pods',
      description: 'Many of them indicate many short connections, which can exhaust the local ports.',
      unit: 'short',
      queries: [
        {
          legend: LEGEND,
          expr: topGauges(OBJECT, `pod_network_sockets{${CHOSEN},protocol="tcp",state="timewait"}`),
        },
      ],
      links: [SERIES.pod],
      noValue: NONE,
    }),
  ],
};

const tcp: Row = {
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
          expr: topShares(OBJECT, of('tcp_retransmitted_segments_total'), of('tcp_sent_segments_total')),
        },
      ],
      links: [SERIES.pod],
      thresholds: [0.01, 0.05],
      noValue: NONE,
    }),
    graph({
      title: 'Listen overflows and drops',
      description:
        'Connections that listening sockets dropped, all pods. An overflow is a full accept queue; drops include overflows.',
      unit: 'cps',
      queries: [
        { legend: 'overflows', expr: `sum(${rate(of('tcp_listen_overflows_total'))})` },
        { legend: 'drops', expr: `sum(${rate(of('tcp_listen_drops_total'))})` },
      ],
      noValue: 'Pods with hostNetwork have no network series',
    }),
    largest(
      'SYN retransmissions',
      'SYN segments retransmitted because a connection attempt got no answer.',
      'tcp_syn_retransmits_total',
    ),
    largest(
      'Failed connection attempts',
      'TCP connections that failed before they were established, refused ones included.',
      'tcp_attempt_fails_total',
    ),
    largest('Resets', 'Established connections that were reset.', 'tcp_established_resets_total'),
    largest('Timeouts', 'Expired retransmission timers.', 'tcp_timeouts_total'),
  ],
};

const packets: Row = {
  title: 'Packets and UDP',
  panels: [
    largest(
      'Received packets dropped',
      'Received packets that an interface of the pod dropped.',
      'receive_packets_dropped_total',
      'packets',
    ),
    largest(
      'UDP receive buffer errors',
      'Datagrams dropped because the receive buffer of the socket was full.',
      'udp_receive_buffer_errors_total',
      'packets',
    ),
    graph({
      title: 'Receive errors by node',
      description: 'Packets with receive errors in the pods of each node. Errors on one node point at its network.',
      unit: 'packets',
      queries: [{ legend: '{{node}}', expr: sumBy('node', rate(of('receive_errors_total'))) }],
      links: [SERIES.node],
      noValue: 'Pods with hostNetwork have no network series',
    }),
    graph({
      title: 'Retransmitted segments by node',
      description: 'Share of the segments sent by the pods of each node. Many on one node point at its network.',
      unit: 'percentunit',
      queries: [
        {
          legend: '{{node}}',
          expr: share(
            sumBy('node', rate(of('tcp_retransmitted_segments_total'))),
            sumBy('node', rate(of('tcp_sent_segments_total'))),
          ),
        },
      ],
      links: [SERIES.node],
      thresholds: [0.01, 0.05],
      noValue: 'No TCP segment was sent',
    }),
  ],
};

/** Pods with network errors, over all pods. */
export const network: Page = {
  name: 'network',
  title: 'Network health',
  description: 'Pods with the most retransmissions, drops, resets and queue overflows.',
  variables: ['node', 'namespace'],
  rows: [networkHeader(CHOSEN), tcp, packets, traffic],
};
