import type { CollectorName } from '../../metrics/index.ts';
import type { Snapshot } from '../../snapshot/snapshot.ts';
import type { Subject } from '../../snapshot/subject.ts';
import type { Scope, SnapshotAnswer } from '../endpoint.ts';
import { sendTexts } from '../json-answer.ts';
import { CONTAINER_FACTS, factsOf, POD_FACTS } from './facts.ts';
import { nodeOf } from './node.ts';
import { Numbers } from './numbers.ts';
import { podKey, volumesByPod } from './volumes.ts';

/** The collectors that read of the node what a collector reads of pods. */
export const NODE_COLLECTORS: ReadonlyMap<string, CollectorName> = new Map([
  ['cpu', 'node-cpu'],
  ['memory', 'node-memory'],
]);

interface PodsParts {
  readonly scope: Scope;
  /** Taken from a pod if absent. */
  readonly nodeName?: string;
}

/** Node, pods and containers with their numbers as JSON; docs/api/v1/pods.schema.json is the schema. */
export class PodsView {
  readonly #parts: PodsParts;

  constructor(parts: PodsParts) {
    this.#parts = parts;
  }

  /** The answer with the numbers of `collectors`. */
  answer(collectors: ReadonlySet<string>): SnapshotAnswer {
    const ofNode =
      this.#parts.scope === 'node' ? [...collectors].flatMap((name) => NODE_COLLECTORS.get(name) ?? []) : [];
    const all = new Set([...collectors, ...ofNode]);
    return {
      kind: 'snapshot',
      collectors: all,
      contentType: 'application/json',
      write: (snapshot, output) => sendTexts(this.#texts(snapshot, all), output),
    };
  }

  *#texts(snapshot: Snapshot, collectors: ReadonlySet<string>): Generator<string> {
    const { scope, nodeName } = this.#parts;
    const pods = new Pods(snapshot, collectors);
    const name = nodeName ?? snapshot.subjects.pod.find(({ pod }) => pod?.node !== undefined)?.pod?.node;
    const head = {
      time_seconds: snapshot.time,
      scope,
      node: { name, ...(scope === 'node' ? nodeOf(snapshot, collectors) : {}) },
      collectors: [...collectors].map((collector) => outcomeOf(snapshot, collector)),
    };
    yield `${JSON.stringify(head).slice(0, -1)},"pods":[`;
    let separator = '';
    for (const position of pods.positions) {
      yield `${separator}${JSON.stringify(pods.at(position))}`;
      separator = ',';
    }
    yield ']}\n';
  }
}

function outcomeOf(snapshot: Snapshot, name: string): object {
  const outcome = snapshot.outcomes.find(({ collector }) => collector === name);
  if (outcome === undefined) return { name, success: false };
  const { success, seconds } = outcome;
  return { name, success, time_seconds: snapshot.readAt(name as CollectorName), duration_seconds: seconds };
}

/** The pods of a snapshot with their containers. */
class Pods {
  /** Positions among the pods of the snapshot, by namespace and name. */
  readonly positions: readonly number[];
  readonly #snapshot: Snapshot;
  readonly #pods: Numbers;
  readonly #containers: Numbers;
  readonly #volumes: ReturnType<typeof volumesByPod>;
  /** Positions of containers by the key of their pod. */
  readonly #inPod: ReadonlyMap<string, readonly number[]>;

  constructor(snapshot: Snapshot, collectors: ReadonlySet<string>) {
    const { subjects, gone } = snapshot;
    this.#snapshot = snapshot;
    this.#pods = new Numbers(snapshot, 'pod', collectors);
    this.#containers = new Numbers(snapshot, 'container', collectors);
    this.#volumes = collectors.has('volumes') ? volumesByPod(snapshot) : new Map();
    const containers = [...subjects.container.keys()].filter((position) => !gone.container.has(position));
    this.#inPod = Map.groupBy(containers, (position) => podKey((subjects.container[position] as Subject).labels));
    const keys = subjects.pod.map(({ labels }) => podKey(labels));
    this.positions = [...keys.keys()]
      .filter((position) => !gone.pod.has(position))
      .toSorted((left, right) => ((keys[left] as string) < (keys[right] as string) ? -1 : 1));
  }

  /** The pod at a position. */
  at(position: number): object {
    const { labels, pod } = this.#snapshot.subjects.pod[position] as Subject;
    const key = podKey(labels);
    return {
      ...(pod === undefined ? { uid: labels[1]?.[1] } : factsOf(POD_FACTS, pod)),
      ...this.#pods.at(position),
      volumes: this.#volumes.get(key),
      containers: this.#containersOf(pod, this.#inPod.get(key) ?? []),
    };
  }

  /** Every container of the record, with numbers if its cgroup exists; then those that the record does not know. */
  #containersOf(pod: Subject['pod'], positions: readonly number[]): readonly object[] {
    const { container: subjects } = this.#snapshot.subjects;
    const byName = new Map(positions.map((position) => [subjects[position]?.container?.name, position]));
    const known = (pod?.containers ?? []).map((record) => {
      const position = byName.get(record.name);
      return { ...factsOf(CONTAINER_FACTS, record), ...(position === undefined ? {} : this.#containers.at(position)) };
    });
    const unknown = positions.filter((position) => subjects[position]?.container === undefined);
    return [
      ...known,
      ...unknown.map((position) => ({ id: subjects[position]?.containerId, ...this.#containers.at(position) })),
    ];
  }
}
