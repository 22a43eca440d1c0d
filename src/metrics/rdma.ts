import { CONTAINER_AND_POD, type CgroupRow, type Collector } from './row.ts';

const rows = [
  {
    name: 'rdma_hca_handles',
    type: 'gauge',
    help: 'Handles of the RDMA device in use.',
    stability: 'experimental',
    by: ['device'],
    levels: CONTAINER_AND_POD,
    from: { v1: { file: 'rdma.current', key: 'hca_handle' }, v2: { file: 'rdma.current', key: 'hca_handle' } },
  },
  {
    name: 'rdma_hca_objects',
    type: 'gauge',
    help: 'Objects of the RDMA device in use.',
    stability: 'experimental',
    by: ['device'],
    levels: CONTAINER_AND_POD,
    from: { v1: { file: 'rdma.current', key: 'hca_object' }, v2: { file: 'rdma.current', key: 'hca_object' } },
  },
] as const satisfies readonly CgroupRow[];

/** https://docs.kernel.org/admin-guide/cgroup-v2.html#rdma */
export const rdma = {
  name: 'rdma',
  about: 'Resources of RDMA devices.',
  enabled: false,
  cgroup: rows,
} as const satisfies Collector;
