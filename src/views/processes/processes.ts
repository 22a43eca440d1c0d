import type { Process, ProcessList } from '../../snapshot/process.ts';
import type { Snapshot } from '../../snapshot/snapshot.ts';
import type { Subject } from '../../snapshot/subject.ts';
import type { SnapshotAnswer } from '../endpoint.ts';
import { sendTexts } from '../json-answer.ts';

/** The processes of the container whose cgroup is at a path; `undefined` if none is visible. */
export type ReadProcesses = (path: string) => ProcessList | undefined;

/** The labels of the series of a pod, or of those of a container outside of pods. */
type Selection = { readonly namespace: string; readonly pod: string } | { readonly container: string };

/** The processes of a pod or a container as JSON; docs/api/v1/processes.schema.json is the schema. */
export class ProcessesView {
  readonly #read: ReadProcesses;

  constructor(read: ReadProcesses) {
    this.#read = read;
  }

  /** The containers of what does not exist are an empty list. */
  answer(selection: Selection): SnapshotAnswer {
    return {
      kind: 'snapshot',
      // The walk of the cgroups, which every collection makes, finds the containers.
      collectors: new Set(),
      contentType: 'application/json',
      write: (snapshot, output) => sendTexts(this.#texts(snapshot, selection), output),
    };
  }

  *#texts({ subjects, time }: Snapshot, selection: Selection): Generator<string> {
    yield `${JSON.stringify({ time_seconds: time, ...selection }).slice(0, -1)},"containers":[`;
    let separator = '';
    for (const subject of subjects.container) {
      if (!isSelected(subject, selection)) continue;
      yield `${separator}${JSON.stringify(this.#container(subject))}`;
      separator = ',';
    }
    yield ']}\n';
  }

  #container({ container, outside, containerId, path, labels }: Subject): object {
    const { processes, omitted } = this.#read(path) ?? {};
    return {
      name: outside === undefined ? container?.name : labels[0]?.[1],
      id: containerId,
      time_seconds: Date.now() / 1000,
      processes: processes?.map(fieldsOf),
      omitted,
    };
  }
}

function isSelected({ labels, outside }: Subject, selection: Selection): boolean {
  const [first, second] = labels.map(([, value]) => value);
  if ('container' in selection) return outside !== undefined && first === selection.container;
  return outside === undefined && first === selection.namespace && second === selection.pod;
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
