import type { Process, ProcessList } from '../../snapshot/process.ts';
import type { Snapshot } from '../../snapshot/snapshot.ts';
import type { Subject } from '../../snapshot/subject.ts';
import type { SnapshotAnswer } from '../endpoint.ts';
import { sendTexts } from '../json-answer.ts';

/** The processes of the container whose cgroup is at a path; `undefined` if none is visible. */
export type ReadProcesses = (path: string) => ProcessList | undefined;

/** The labels of a pod's series. */
interface PodName {
  readonly namespace: string;
  readonly pod: string;
}

/** The processes of one pod as JSON; docs/api/v1/processes.schema.json is the schema. */
export class ProcessesView {
  readonly #read: ReadProcesses;

  constructor(read: ReadProcesses) {
    this.#read = read;
  }

  /** The containers of a pod that does not exist are an empty list. */
  answer(name: PodName): SnapshotAnswer {
    return {
      kind: 'snapshot',
      // The walk of the cgroups, which every collection makes, finds the containers.
      collectors: new Set(),
      contentType: 'application/json',
      write: (snapshot, output) => sendTexts(this.#texts(snapshot, name), output),
    };
  }

  *#texts({ subjects, time }: Snapshot, { namespace, pod }: PodName): Generator<string> {
    yield `${JSON.stringify({ time_seconds: time, namespace, pod }).slice(0, -1)},"containers":[`;
    let separator = '';
    for (const subject of subjects.container) {
      const [[, ownNamespace] = ['', ''], [, ownPod] = ['', '']] = subject.labels;
      if (ownNamespace !== namespace || ownPod !== pod) continue;
      yield `${separator}${JSON.stringify(this.#container(subject))}`;
      separator = ',';
    }
    yield ']}\n';
  }

  #container({ container, containerId, path }: Subject): object {
    const { processes, omitted } = this.#read(path) ?? {};
    return {
      name: container?.name,
      id: containerId,
      time_seconds: Date.now() / 1000,
      processes: processes?.map(fieldsOf),
      omitted,
    };
  }
}

function fieldsOf(process: Process): object {
  return {
    pid: process.pid,
    name: process.name,
    state: process.state,
    threads: process.threads,
    cpu_seconds_total: process.cpuSeconds,
    resident_bytes: process.residentBytes,
    swap_bytes: process.swapBytes,
    start_time_seconds: process.startTime,
  };
}
