import type { CollectorName } from '../../metrics/index.ts';
import type { Snapshot } from '../../snapshot/snapshot.ts';
import type { Subject } from '../../snapshot/subject.ts';
import { CONTAINER_FACTS, factsOf, POD_FACTS } from './facts.ts';
import { nodeOf, nodeRates } from './node.ts';
import { OutsideContainers } from './outside.ts';
import { WithRates, type DocumentParts } from './with-rates.ts';
import { podKey, volumesByPod } from './volumes.ts';

/** The document as JSON, in pieces; docs/api/v1/pods.schema.json is the schema. */
export function* podsDocument(snapshot: Snapshot, parts: DocumentParts): Generator<string> {
  const { scope, nodeName, collectors, rates } = parts;
  const pods = new Pods(snapshot, parts);
  const name = nodeName ?? snapshot.subjects.pod.find(({ pod }) => pod?.node !== undefined)?.pod?.node;
  const ofNode = scope === 'node' ? { ...nodeOf(snapshot, collectors), rates: nodeRates(rates, collectors) } : {};
  const head = {
    time_seconds: snapshot.time,
    scope,
    node: { name, ...ofNode },
    collectors: [...collectors].map((collector) => outcomeOf(snapshot, collector)),
  };
  yield `${JSON.stringify(head).slice(0, -1)},"pods":`;
  yield* list(pods);
  if (scope === 'node') {
    yield ',"containers":';
    yield* list(new OutsideContainers(snapshot, parts));
  }
  yield '}\n';
}

interface Listed {
  readonly positions: readonly number[];
  at(position: number): object;
}

function* list(listed: Listed): Generator<string> {
  let separator = '[';
  for (const position of listed.positions) {
    yield `${separator}${JSON.stringify(listed.at(position))}`;
    separator = ',';
  }
  yield separator === '[' ? '[]' : ']';
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
  readonly #pods: WithRates;
  readonly #containers: WithRates;
  readonly #volumes: ReturnType<typeof volumesByPod>;
  /** Positions of containers by the key of their pod. */
  readonly #inPod: ReadonlyMap<string, readonly number[]>;

  constructor(snapshot: Snapshot, parts: DocumentParts) {
    const { subjects, gone } = snapshot;
    this.#snapshot = snapshot;
    this.#pods = new WithRates(snapshot, 'pod', parts);
    this.#containers = new WithRates(snapshot, 'container', parts);
    this.#volumes = parts.collectors.has('volumes') ? volumesByPod(snapshot) : new Map();
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
