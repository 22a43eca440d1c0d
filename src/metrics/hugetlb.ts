import { CONTAINER_AND_POD, type CgroupRow, type Collector } from './row.ts';

/** `*` matches each page size that the kernel has files for (`2MB`, `1GB`); the size is the label value. */
const rows = [
  {
    name: 'hugetlb_usage_bytes',
    type: 'gauge',
    help: 'Huge page usage, by page size.',
    by: ['pagesize'],
    levels: CONTAINER_AND_POD,
    from: { v1: { file: 'hugetlb.*.usage_in_bytes' }, v2: { file: 'hugetlb.*.current' } },
  },
  {
    name: 'hugetlb_limit_bytes',
    type: 'gauge',
    help: 'Huge page limit, by page size. Absent without a limit.',
    by: ['pagesize'],
    levels: CONTAINER_AND_POD,
    from: { v1: { file: 'hugetlb.*.limit_in_bytes' }, v2: { file: 'hugetlb.*.max' } },
  },
] as const satisfies readonly CgroupRow[];

/** https://docs.kernel.org/admin-guide/cgroup-v2.html#hugetlb */
export const hugetlb = {
  name: 'hugetlb',
  about: 'Huge pages, by page size.',
  enabled: false,
  cgroup: rows,
} as const satisfies Collector;
