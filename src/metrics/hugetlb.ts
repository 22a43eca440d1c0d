import { CONTAINER_AND_POD, type CgroupRow, type Collector } from './row.ts';

/** `*` stands for each page size the kernel has files for (`2MB`, `1GB`); it is the value of the label. */
const rows: readonly CgroupRow[] = [
  {
    name: 'hugetlb_usage_bytes',
    type: 'gauge',
    help: 'Huge pages in use.',
    by: ['pagesize'],
    levels: CONTAINER_AND_POD,
    from: { v1: { file: 'hugetlb.*.usage_in_bytes' }, v2: { file: 'hugetlb.*.current' } },
  },
  {
    name: 'hugetlb_limit_bytes',
    type: 'gauge',
    help: 'Limit of huge pages.',
    by: ['pagesize'],
    levels: CONTAINER_AND_POD,
    from: { v1: { file: 'hugetlb.*.limit_in_bytes' }, v2: { file: 'hugetlb.*.max' } },
  },
];

/** https://docs.kernel.org/admin-guide/cgroup-v2.html#hugetlb */
export const hugetlb: Collector = { name: 'hugetlb', about: 'Huge pages by page size.', enabled: false, cgroup: rows };
