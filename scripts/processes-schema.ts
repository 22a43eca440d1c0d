import { processesEndpoint } from '../src/views/processes/endpoint.ts';
import type { Schema } from './pods-schema.ts';

/** File of the schema, from the repository root. */
export const PROCESSES_SCHEMA_FILE = 'docs/api/v1/processes.schema.json';

function number(description: string): Schema {
  return { description, type: 'number', minimum: 0 };
}

function text(description: string): Schema {
  return { description, type: 'string' };
}

const process = {
  type: 'object',
  properties: {
    pid: number('Process ID on the node.'),
    name: text('Name of the main thread, at most 15 bytes, without control characters.'),
    state: text('State: running, sleeping, disk sleep, stopped, tracing stop, zombie, idle, dead or unknown.'),
    threads: number('Threads.'),
    cpu_seconds_total: number('CPU time consumed, excluding child processes.'),
    resident_bytes: number('Resident memory, including what is shared with other processes; absent for a zombie.'),
    swap_bytes: number('Swapped-out memory; absent for a zombie.'),
    start_time_seconds: number('Unix time at which the process started.'),
  },
  required: ['pid', 'name', 'state', 'threads', 'cpu_seconds_total', 'start_time_seconds'],
} as const satisfies Schema;

const container = {
  type: 'object',
  properties: {
    name: text('Name; absent without pod metadata. Outside of pods, that of the request.'),
    id: text('ID of the container runtime.'),
    time_seconds: number('Unix time at which the processes were read.'),
    processes: {
      description: 'By PID, at most 500. Absent if none is visible, as without hostPID.',
      type: 'array',
      items: process,
    },
    omitted: number('Processes beyond the first 500.'),
  },
  required: ['id', 'time_seconds'],
} as const satisfies Schema;

/** The schema of the document with the processes of a pod, or of a container outside of pods. */
export const processesSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'Processes of a pod or container',
  description: `Response of GET ${processesEndpoint.path}. Fields may be added; clients must ignore unknown fields.`,
  type: 'object',
  properties: {
    time_seconds: number('Unix time at which the cgroups were found.'),
    namespace: text('Namespace, as in a request for a pod.'),
    pod: text('Name of the pod, as in a request for a pod.'),
    container: text('Name of the container outside of pods, as in the request for it.'),
    containers: {
      description: 'Running containers of the pod, or the container outside of pods; empty if there is none.',
      type: 'array',
      items: container,
    },
  },
  required: ['time_seconds', 'containers'],
} as const satisfies Schema & { readonly $schema: string; readonly title: string };
