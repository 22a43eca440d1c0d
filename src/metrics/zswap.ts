import { CONTAINER_AND_POD, type CgroupRow, type Collector } from './row.ts';

const rows = [
  {
    name: 'memory_zswap_bytes',
    type: 'gauge',
    help: 'Memory consumed by the compressed pages in zswap.',
    stability: 'experimental',
    levels: CONTAINER_AND_POD,
    from: { v1: 'absent', v2: { file: 'memory.stat', key: 'zswap' } },
  },
  {
    name: 'memory_zswapped_bytes',
    type: 'gauge',
    help: 'Application memory swapped out to zswap, before compression.',
    stability: 'experimental',
    levels: CONTAINER_AND_POD,
    from: { v1: 'absent', v2: { file: 'memory.stat', key: 'zswapped' } },
  },
  {
    name: 'memory_zswap_in_pages_total',
    type: 'counter',
    help: 'Pages moved from zswap into memory.',
    stability: 'experimental',
    levels: CONTAINER_AND_POD,
    from: { v1: 'absent', v2: { file: 'memory.stat', key: 'zswpin' } },
  },
  {
    name: 'memory_zswap_out_pages_total',
    type: 'counter',
    help: 'Pages moved from memory into zswap.',
    stability: 'experimental',
    levels: CONTAINER_AND_POD,
    from: { v1: 'absent', v2: { file: 'memory.stat', key: 'zswpout' } },
  },
] as const satisfies readonly CgroupRow[];

/** https://docs.kernel.org/admin-guide/mm/zswap.html */
export const zswap = {
  name: 'zswap',
  about: 'Compressed swap in memory, for nodes with swap and zswap enabled.',
  enabled: false,
  cgroup: rows,
} as const satisfies Collector;
