import { CONTAINER_AND_POD, type CgroupRow, type Collector } from './row.ts';

/** Files without `_recursive` exclude descendants; old kernels only have these. */
const BYTES = ['blkio.throttle.io_service_bytes_recursive', 'blkio.throttle.io_service_bytes'] as const;
const OPERATIONS = ['blkio.throttle.io_serviced_recursive', 'blkio.throttle.io_serviced'] as const;

const rows = [
  {
    name: 'fs_reads_bytes_total',
    type: 'counter',
    help: 'Bytes read from the block device.',
    by: ['device'],
    levels: CONTAINER_AND_POD,
    from: { v1: { file: BYTES, key: 'Read' }, v2: { file: 'io.stat', key: 'rbytes' } },
  },
  {
    name: 'fs_writes_bytes_total',
    type: 'counter',
    help: 'Bytes written to the block device. Buffered writes are counted at writeback.',
    by: ['device'],
    levels: CONTAINER_AND_POD,
    from: { v1: { file: BYTES, key: 'Write' }, v2: { file: 'io.stat', key: 'wbytes' } },
  },
  {
    name: 'fs_reads_total',
    type: 'counter',
    help: 'Read operations on the block device.',
    by: ['device'],
    levels: CONTAINER_AND_POD,
    from: { v1: { file: OPERATIONS, key: 'Read' }, v2: { file: 'io.stat', key: 'rios' } },
  },
  {
    name: 'fs_writes_total',
    type: 'counter',
    help: 'Write operations on the block device.',
    by: ['device'],
    levels: CONTAINER_AND_POD,
    from: { v1: { file: OPERATIONS, key: 'Write' }, v2: { file: 'io.stat', key: 'wios' } },
  },
  {
    name: 'fs_discards_bytes_total',
    type: 'counter',
    help: 'Bytes discarded on the block device.',
    by: ['device'],
    levels: CONTAINER_AND_POD,
    from: { v1: { file: BYTES, key: 'Discard' }, v2: { file: 'io.stat', key: 'dbytes' } },
  },
] as const satisfies readonly CgroupRow[];

/** https://docs.kernel.org/admin-guide/cgroup-v2.html#io · https://docs.kernel.org/admin-guide/cgroup-v1/blkio-controller.html */
export const io = {
  name: 'io',
  about: 'Block I/O by device.',
  enabled: true,
  cgroup: rows,
} as const satisfies Collector;
