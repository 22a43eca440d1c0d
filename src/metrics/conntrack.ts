import type { Collector, NetworkRow } from './row.ts';

const rows = [
  {
    name: 'pod_network_conntrack_entries',
    type: 'gauge',
    help: 'Tracked connections.',
    source: { file: 'net/stat/nf_conntrack', key: 'entries' },
  },
  {
    name: 'pod_network_conntrack_found_total',
    type: 'counter',
    help: 'Lookups that found a tracked connection.',
    source: { file: 'net/stat/nf_conntrack', key: 'found' },
  },
  {
    name: 'pod_network_conntrack_invalid_total',
    type: 'counter',
    help: 'Packets that could not be tracked.',
    source: { file: 'net/stat/nf_conntrack', key: 'invalid' },
  },
  {
    name: 'pod_network_conntrack_insert_failed_total',
    type: 'counter',
    help: 'Connections that could not be tracked because another took their place.',
    source: { file: 'net/stat/nf_conntrack', key: 'insert_failed' },
  },
  {
    name: 'pod_network_conntrack_drop_total',
    type: 'counter',
    help: 'Packets dropped because tracking failed.',
    source: { file: 'net/stat/nf_conntrack', key: 'drop' },
  },
  {
    name: 'pod_network_conntrack_early_drop_total',
    type: 'counter',
    help: 'Tracked connections dropped to make room for new ones.',
    source: { file: 'net/stat/nf_conntrack', key: 'early_drop' },
  },
  {
    name: 'pod_network_conntrack_search_restart_total',
    type: 'counter',
    help: 'Lookups that had to begin anew.',
    source: { file: 'net/stat/nf_conntrack', key: 'search_restart' },
  },
] as const satisfies readonly NetworkRow[];

/** https://docs.kernel.org/networking/nf_conntrack-sysctl.html */
export const conntrack = {
  name: 'conntrack',
  about: 'Connection tracking in the network namespace of pods.',
  enabled: false,
  network: rows,
} as const satisfies Collector;
