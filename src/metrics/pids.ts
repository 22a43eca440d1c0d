import { CONTAINER_AND_POD, type CgroupRow, type Collector } from './row.ts';

const rows = [
  {
    name: 'processes',
    type: 'gauge',
    help: 'Processes, including those in cgroups that the container created.',
    levels: ['container'],
    // v1 omits processes of other PID namespaces, v2 lists them as 0: on v1 an empty list does not mean zero processes.
    from: { v1: { file: 'cgroup.procs', unlessZero: true }, v2: { file: 'cgroup.procs' } },
  },
  {
    name: 'threads',
    type: 'gauge',
    help: 'Threads, including the main threads of processes.',
    levels: CONTAINER_AND_POD,
    from: { v1: { file: 'pids.current' }, v2: { file: 'pids.current' } },
  },
  {
    name: 'threads_max',
    type: 'gauge',
    help: 'Maximum number of threads. Absent without a limit.',
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
    help: 'Failed attempts to start a thread because of the limit.',
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
