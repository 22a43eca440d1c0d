import type { Collector, ProcessRow } from './row.ts';

const NODE = ['node'] as const;

const startRows = [
  {
    name: 'creation_time_seconds',
    type: 'gauge',
    help: 'Unix time at which the cgroup was created.',
    levels: NODE,
    number: 'created',
  },
  {
    name: 'first_process_start_seconds',
    type: 'gauge',
    help: 'Unix time at which the first process of the cgroup itself started.',
    levels: NODE,
    number: 'started',
  },
] as const satisfies readonly ProcessRow[];

/** The root is not read: it was created at the boot. */
export const nodeStart = {
  name: 'node-start',
  about: 'When the cgroups that Kubernetes accounts to the node were created.',
  enabled: true,
  processes: startRows,
} as const satisfies Collector;
