import type { Collector, NetworkRow } from './row.ts';

/** Keys are the states as printed in the column `st`. */
const rows = [
  {
    name: 'pod_network_tcp_states',
    type: 'gauge',
    help: 'TCP sockets, by state; IPv4 and IPv6 combined.',
    by: ['state'],
    source: [
      { labels: ['established'], file: 'net/tcp', key: '01', plus: { file: 'net/tcp6', key: '01' } },
      { labels: ['syn_sent'], file: 'net/tcp', key: '02', plus: { file: 'net/tcp6', key: '02' } },
      { labels: ['syn_recv'], file: 'net/tcp', key: '03', plus: { file: 'net/tcp6', key: '03' } },
      { labels: ['fin_wait1'], file: 'net/tcp', key: '04', plus: { file: 'net/tcp6', key: '04' } },
      { labels: ['fin_wait2'], file: 'net/tcp', key: '05', plus: { file: 'net/tcp6', key: '05' } },
      { labels: ['time_wait'], file: 'net/tcp', key: '06', plus: { file: 'net/tcp6', key: '06' } },
      { labels: ['close'], file: 'net/tcp', key: '07', plus: { file: 'net/tcp6', key: '07' } },
      { labels: ['close_wait'], file: 'net/tcp', key: '08', plus: { file: 'net/tcp6', key: '08' } },
      { labels: ['last_ack'], file: 'net/tcp', key: '09', plus: { file: 'net/tcp6', key: '09' } },
      { labels: ['listen'], file: 'net/tcp', key: '0A', plus: { file: 'net/tcp6', key: '0A' } },
      { labels: ['closing'], file: 'net/tcp', key: '0B', plus: { file: 'net/tcp6', key: '0B' } },
      { labels: ['new_syn_recv'], file: 'net/tcp', key: '0C', plus: { file: 'net/tcp6', key: '0C' } },
    ],
  },
] as const satisfies readonly NetworkRow[];

/** https://docs.kernel.org/networking/proc_net_tcp.html */
export const tcpStates = {
  name: 'tcp-states',
  about: 'TCP sockets by state. The cost grows with the number of connections; pods with very many are skipped.',
  enabled: false,
  network: rows,
} as const satisfies Collector;
