import type { NetworkRow } from './row.ts';

/** Traffic by interface. https://docs.kernel.org/networking/statistics.html */
export const interfaces: readonly NetworkRow[] = [
  {
    name: 'pod_network_receive_bytes_total',
    type: 'counter',
    help: 'Bytes received.',
    by: ['interface'],
    source: { file: 'net/dev', key: '0' },
  },
  {
    name: 'pod_network_receive_packets_total',
    type: 'counter',
    help: 'Packets received.',
    by: ['interface'],
    source: { file: 'net/dev', key: '1' },
  },
  {
    name: 'pod_network_receive_errors_total',
    type: 'counter',
    help: 'Packets not received because of an error.',
    by: ['interface'],
    source: { file: 'net/dev', key: '2' },
  },
  {
    name: 'pod_network_receive_packets_dropped_total',
    type: 'counter',
    help: 'Packets dropped that were to be received.',
    by: ['interface'],
    source: { file: 'net/dev', key: '3' },
  },
  {
    name: 'pod_network_transmit_bytes_total',
    type: 'counter',
    help: 'Bytes sent.',
    by: ['interface'],
    source: { file: 'net/dev', key: '8' },
  },
  {
    name: 'pod_network_transmit_packets_total',
    type: 'counter',
    help: 'Packets sent.',
    by: ['interface'],
    source: { file: 'net/dev', key: '9' },
  },
  {
    name: 'pod_network_transmit_errors_total',
    type: 'counter',
    help: 'Packets not sent because of an error.',
    by: ['interface'],
    source: { file: 'net/dev', key: '10' },
  },
  {
    name: 'pod_network_transmit_packets_dropped_total',
    type: 'counter',
    help: 'Packets dropped that were to be sent.',
    by: ['interface'],
    source: { file: 'net/dev', key: '11' },
  },
];
