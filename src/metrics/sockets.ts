import type { Collector, NetworkRow } from './row.ts';

const rows = [
  {
    name: 'pod_network_sockets',
    type: 'gauge',
    help: 'Sockets, by protocol and state. The kernel counts orphaned and allocated TCP sockets for the whole node.',
    by: ['protocol', 'state'],
    source: [
      {
        labels: ['tcp', 'inuse'],
        file: 'net/sockstat',
        key: 'TCP.inuse',
        plus: { file: 'net/sockstat6', key: 'TCP6.inuse' },
      },
      { labels: ['tcp', 'orphan'], file: 'net/sockstat', key: 'TCP.orphan' },
      { labels: ['tcp', 'timewait'], file: 'net/sockstat', key: 'TCP.tw' },
      { labels: ['tcp', 'allocated'], file: 'net/sockstat', key: 'TCP.alloc' },
      {
        labels: ['udp', 'inuse'],
        file: 'net/sockstat',
        key: 'UDP.inuse',
        plus: { file: 'net/sockstat6', key: 'UDP6.inuse' },
      },
      {
        labels: ['udplite', 'inuse'],
        file: 'net/sockstat',
        key: 'UDPLITE.inuse',
        plus: { file: 'net/sockstat6', key: 'UDPLITE6.inuse' },
      },
      {
        labels: ['raw', 'inuse'],
        file: 'net/sockstat',
        key: 'RAW.inuse',
        plus: { file: 'net/sockstat6', key: 'RAW6.inuse' },
      },
      {
        labels: ['frag', 'inuse'],
        file: 'net/sockstat',
        key: 'FRAG.inuse',
        plus: { file: 'net/sockstat6', key: 'FRAG6.inuse' },
      },
    ],
  },
] as const satisfies readonly NetworkRow[];

/** https://docs.kernel.org/filesystems/proc.html#networking-info-in-proc-net */
export const sockets = {
  name: 'sockets',
  about: 'Sockets in the network namespaces of pods.',
  enabled: true,
  network: rows,
} as const satisfies Collector;
