import { CONTAINER_AND_POD, type CgroupRow, type Collector } from './row.ts';

const rows = [
  {
    name: 'processes',
    type: 'gauge',
    help: 'Processes in the cgroup itself.',
    levels: ['container'],
    // v1 leaves out processes of other PID namespaces, v2 writes them as 0: nothing seen is not nothing there.
    from: { v1: { file: 'cgroup.procs', unlessZero: true }, v2: { file: 'cgroup.procs' } },
  },
  {
    name: 'threads',
    type: 'gauge',
    help: 'Threads.',
    levels: CONTAINER_AND_POD,
    from: { v1: { file: 'pids.current' }, v2: { file: 'pids.current' } },
  },
  {
    name: 'threads_max',
    type: 'gauge',
    help: 'Limit of threads.',
    levels: CONTAINER_AND_POD,
    from: { v1: { file: 'pids.max' }, v2: { file: 'pids.max' } },
  },
  {
    name: 'threads_peak',
    type: 'gauge',
    help: 'Peak number of threads since the cgroup was created.',
    stability: 'experimental',
    levels: CONTAINER_AND_POD,
    from: { v1: { file: 'pids.peak' }, v2: { file: 'pids.peak' } },
  },
  {
    name: 'threads_limit_hits_total',
    type: 'counter',
    help: 'Times a thread could not be started because of the limit.',
    levels: CONTAINER_AND_POD,
    from: { v1: { file: 'pids.events', key: 'max' }, v2: { file: 'pids.events', key: 'max' } },
  },
] as const satisfies readonly CgroupRow[];

/** https://docs.kernel.org/admin-guide/cgroup-v2.html#pid */
export const pids = {
  name: 'pids',
  about: 'Processes and threads.',
  enabled: true,
  cgroup: rows,
} as const satisfies Collector;
