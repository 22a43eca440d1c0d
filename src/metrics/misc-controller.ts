import { CONTAINER_AND_POD, type CgroupRow, type Collector } from './row.ts';

const rows = [
  {
    name: 'misc_usage',
    type: 'gauge',
    help: 'Usage of a resource of the misc controller, such as encryption keys of confidential virtual machines.',
    stability: 'experimental',
    by: ['resource'],
    levels: CONTAINER_AND_POD,
    from: { v1: { file: 'misc.current' }, v2: { file: 'misc.current' } },
  },
  {
    name: 'misc_limit',
    type: 'gauge',
    help: 'Limit of a resource of the misc controller. Absent without a limit.',
    stability: 'experimental',
    by: ['resource'],
    levels: CONTAINER_AND_POD,
    from: { v1: { file: 'misc.max' }, v2: { file: 'misc.max' } },
  },
  {
    name: 'misc_limit_hits_total',
    type: 'counter',
    help: 'Times the usage of a resource of the misc controller was about to exceed its limit.',
    stability: 'experimental',
    by: ['resource'],
    levels: CONTAINER_AND_POD,
    from: { v1: { file: 'misc.events', key: 'max' }, v2: { file: 'misc.events', key: 'max' } },
  },
] as const satisfies readonly CgroupRow[];

/** https://docs.kernel.org/admin-guide/cgroup-v2.html#misc */
export const misc = {
  name: 'misc',
  about: 'Resources of the misc controller: AMD SEV address space identifiers and Intel TDX key identifiers.',
  enabled: false,
  cgroup: rows,
} as const satisfies Collector;
