import { CONTAINER_AND_POD, type CgroupRow, type Collector } from './row.ts';

/** Since Linux 6.14. */
const rows = [
  {
    name: 'dmem_usage_bytes',
    type: 'gauge',
    help: 'Device memory usage, such as video memory, by region.',
    stability: 'experimental',
    by: ['region'],
    levels: CONTAINER_AND_POD,
    from: { v1: { file: 'dmem.current' }, v2: { file: 'dmem.current' } },
  },
] as const satisfies readonly CgroupRow[];

/** https://docs.kernel.org/admin-guide/cgroup-v2.html#dmem */
export const dmem = {
  name: 'dmem',
  about: 'Memory of devices such as GPUs, by region.',
  enabled: false,
  cgroup: rows,
} as const satisfies Collector;
