import type { NetworkRow } from './row.ts';

/** UDP errors. https://docs.kernel.org/networking/snmp_counter.html */
export const udp = [
  {
    name: 'pod_network_udp_received_datagrams_total',
    type: 'counter',
    help: 'UDP datagrams received.',
    by: ['family'],
    source: [
      { labels: ['ipv4'], file: 'net/snmp', key: 'Udp.InDatagrams' },
      { labels: ['ipv6'], file: 'net/snmp6', key: 'Udp6InDatagrams' },
    ],
  },
  {
    name: 'pod_network_udp_sent_datagrams_total',
    type: 'counter',
    help: 'UDP datagrams sent.',
    by: ['family'],
    source: [
      { labels: ['ipv4'], file: 'net/snmp', key: 'Udp.OutDatagrams' },
      { labels: ['ipv6'], file: 'net/snmp6', key: 'Udp6OutDatagrams' },
    ],
  },
  {
    name: 'pod_network_udp_no_ports_total',
    type: 'counter',
    help: 'UDP datagrams received for a port without a listener.',
    by: ['family'],
    source: [
      { labels: ['ipv4'], file: 'net/snmp', key: 'Udp.NoPorts' },
      { labels: ['ipv6'], file: 'net/snmp6', key: 'Udp6NoPorts' },
    ],
  },
  {
    name: 'pod_network_udp_receive_errors_total',
    type: 'counter',
    help: 'UDP datagrams not delivered for reasons other than a missing listener.',
    by: ['family'],
    source: [
      { labels: ['ipv4'], file: 'net/snmp', key: 'Udp.InErrors' },
      { labels: ['ipv6'], file: 'net/snmp6', key: 'Udp6InErrors' },
    ],
  },
  {
    name: 'pod_network_udp_receive_buffer_errors_total',
    type: 'counter',
    help: 'UDP datagrams dropped because the receive buffer was full.',
    by: ['family'],
    source: [
      { labels: ['ipv4'], file: 'net/snmp', key: 'Udp.RcvbufErrors' },
      { labels: ['ipv6'], file: 'net/snmp6', key: 'Udp6RcvbufErrors' },
    ],
  },
  {
    name: 'pod_network_udp_send_buffer_errors_total',
    type: 'counter',
    help: 'UDP datagrams dropped because the send buffer was full.',
    by: ['family'],
    source: [
      { labels: ['ipv4'], file: 'net/snmp', key: 'Udp.SndbufErrors' },
      { labels: ['ipv6'], file: 'net/snmp6', key: 'Udp6SndbufErrors' },
    ],
  },
] as const satisfies readonly NetworkRow[];
