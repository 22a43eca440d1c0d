import type { Collector, NetworkRow } from './row.ts';

const rows = [
  {
    name: 'pod_network_conntrack_entries',
    type: 'gauge',
    help: 'Entries in the connection tracking table.',
    source: { file: 'net/stat/nf_conntrack', key: 'entries' },
  },
  {
    name: 'pod_network_conntrack_found_total',
    type: 'counter',
    help: 'Connection tracking lookups that found an entry.',
    source: { file: 'net/stat/nf_conntrack', key: 'found' },
  },
  {
    name: 'pod_network_conntrack_invalid_total',
    type: 'counter',
    help: 'Packets rejected by connection tracking as invalid.',
    source: { file: 'net/stat/nf_conntrack', key: 'invalid' },
  },
  {
    name: 'pod_network_conntrack_insert_failed_total',
    type: 'counter',
    help: 'Failed insertions into the connection tracking table.',
    source: { file: 'net/stat/nf_conntrack', key: 'insert_failed' },
  },
  {
    name: 'pod_network_conntrack_drop_total',
    type: 'counter',
    help: 'Packets dropped because connection tracking failed.',
    source: { file: 'net/stat/nf_conntrack', key: 'drop' },
  },
  {
    name: 'pod_network_conntrack_early_drop_total',
    type: 'counter',
    help: 'Connection tracking entries dropped to make room for new ones.',
    source: { file: 'net/stat/nf_conntrack', key: 'early_drop' },
  },
  {
    name: 'pod_network_conntrack_search_restart_total',
    type: 'counter',
    help: 'Connection tracking lookups that were restarted.',
    source: { file: 'net/stat/nf_conntrack', key: 'search_restart' },
  },
] as const satisfies readonly NetworkRow[];

/** https://docs.kernel.org/networking/nf_conntrack-sysctl.html */
export const conntrack = {
  name: 'conntrack',
  about: 'Connection tracking in the network namespaces of pods.',
  enabled: false,
  network: rows,
} as const satisfies Collector;
