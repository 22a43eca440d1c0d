import type { FileReader } from '../kernel/file-reader.ts';
import { collidingKeys } from '../metrics/label-names.ts';
import { perLevel, type Level } from '../metrics/row.ts';
import type { CgroupFinder, ContainerCgroup, NodeCgroups, PodCgroup } from '../node/cgroup-tree.ts';
import { nodeCgroups } from '../node/node-cgroups.ts';
import type { PauseFinder } from '../node/sandbox.ts';
import type { ContainerRecord, PodRecord } from '../pods/pod.ts';
import type { PodIndex } from '../pods/pod-index.ts';
import type { Plan } from '../plan/plan.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import { Target } from './target.ts';

/** Digits of a container's ID by which it is called where nothing else is known; as runtimes print it. */
const SHORT_ID = 12;

/** A pod that is exported, with what reading its network needs. */
export interface DiscoveredPod {
  readonly target: Target;
  readonly cgroup: PodCgroup;
  readonly pause: ContainerCgroup | undefined;
}

export interface DiscoveryParts {
  readonly tree: CgroupFinder;
  readonly sandboxes: PauseFinder;
  readonly reader: FileReader;
  readonly plan: Plan;
  /** The index that names pods; absent where pods are named by their UID. */
  readonly index: PodIndex | undefined;
  /** Names a pod by its cgroup's UID where the index does not; the same object as long as it says the same. */
  readonly record?: (cgroupUid: string) => PodRecord | undefined;
}

/** Finds what is there to be measured, and names it. */
export class Discovery {
  readonly #parts: DiscoveryParts;
  readonly #targets: Readonly<Record<Level, Map<string, Target>>> = perLevel(() => new Map());
  #generation = 0;

  constructor(parts: DiscoveryParts) {
    this.#parts = parts;
  }

  /** Finds what exists now. */
  walk(): NodeCgroups {
    return this.#parts.tree.walk();
  }

  /** Names what was found and puts it into `snapshot`; returns the pods. */
  identify(found: NodeCgroups, snapshot: Snapshot): readonly DiscoveredPod[] {
    this.#generation++;
    this.#parts.index?.retain(new Set(found.pods.map(({ uid }) => uid)));
    const counts = { pod: 0, container: 0, slice: found.slices.length };
    const { unmatched } = snapshot;
    const pods: DiscoveredPod[] = [];
    const subjects = {
      container: [] as Target[],
      pod: [] as Target[],
      sandbox: [] as Target[],
      cgroup: found.slices.map((path) => this.#slice(path)),
      node: nodeCgroups(this.#parts.tree.directory, found).map(({ name, path }) => this.#nodeCgroup(name, path)),
    };
    for (const cgroup of this.#withoutNamesakes(found.pods)) {
      if (cgroup.path !== '') counts.pod++;
      const record = this.#parts.index?.find(cgroup.uid) ?? this.#parts.record?.(cgroup.uid);
      if (record === undefined && this.#parts.index !== undefined) {
        unmatched.push(cgroup.uid, ...cgroup.containers.map(({ id }) => id));
        continue;
      }
      const target = this.#pod(cgroup, record, snapshot);
      const named = this.#containers(cgroup, record, target);
      counts.container += named.targets.length;
      unmatched.push(...named.unmatched);
      subjects.sandbox.push(...this.#sandbox(named.pause, target));
      subjects.pod.push(target);
      subjects.container.push(...named.targets);
      pods.push({ target, cgroup, pause: named.pause });
    }
    Object.assign(snapshot.subjects, subjects);
    snapshot.counts = { ...counts, pause: subjects.sandbox.length, unmatched: unmatched.length };
    this.#sweep();
    return pods;
  }

  /** Two cgroups may carry one pod's name while a StatefulSet's old pod is being removed: the newer one is it. */
  #withoutNamesakes(pods: readonly PodCgroup[]): readonly PodCgroup[] {
    const { index } = this.#parts;
    if (index === undefined) return pods;
    const byName = new Map<string, PodCgroup>();
    const nameless: PodCgroup[] = [];
    for (const pod of pods) {
      const record = index.find(pod.uid);
      if (record === undefined) {
        nameless.push(pod);
        continue;
      }
      const name = `${record.namespace}/${record.name}`;
      const other = byName.get(name);
      if (other === undefined || supersedes(index, record, index.find(other.uid))) byName.set(name, pod);
    }
    return [...byName.values(), ...nameless];
  }

  #containers(
    cgroup: PodCgroup,
    record: PodRecord | undefined,
    pod: Target,
  ): { targets: Target[]; pause: ContainerCgroup | undefined; unmatched: readonly string[] } {
    const targets: Target[] = [];
    const nameless: ContainerCgroup[] = [];
    for (const container of cgroup.containers) {
      const known = record?.containers.find(({ id }) => id === container.id);
      if (known === undefined) nameless.push(container);
      else targets.push(this.#container(container, pod, { name: known.name, record: known }));
    }
    const isNamed = record !== undefined && record.containers.length > 0;
    const pause = this.#parts.sandboxes.pause(cgroup, nameless, !isNamed);
    if (isNamed) {
      const unmatched = nameless.flatMap((container) => (container === pause ? [] : [container.id]));
      return { targets, pause, unmatched };
    }
    for (const container of nameless) {
      if (container !== pause) targets.push(this.#container(container, pod, { name: container.id.slice(0, SHORT_ID) }));
    }
    return { targets, pause, unmatched: [] };
  }

  #pod(cgroup: PodCgroup, record: PodRecord | undefined, snapshot: Snapshot): Target {
    const target = this.#target('pod', cgroup.path);
    if (record !== undefined && target.pod !== record) {
      target.identify(podLabels(record.namespace, record.name), record);
      reportCollisions(record, snapshot);
    } else if (target.labels.length === 0) {
      target.labels = podLabels('', cgroup.uid);
    }
    return target;
  }

  #container(cgroup: ContainerCgroup, pod: Target, named: { name: string; record?: ContainerRecord }): Target {
    const target = this.#target('container', cgroup.path);
    target.containerId = cgroup.id;
    const labels = (): Target['labels'] => [...pod.labels, ['container', named.name]];
    if (pod.pod !== undefined && target.pod !== pod.pod) target.identify(labels(), pod.pod, named.record);
    else if (target.labels.length === 0) target.labels = labels();
    return target;
  }

  /** The pod's sandbox, with the pod's labels, if it has one. */
  #sandbox(pause: ContainerCgroup | undefined, pod: Target): readonly Target[] {
    pod.sandbox = undefined;
    if (pause === undefined) return [];
    const target = this.#target('sandbox', pause.path);
    target.containerId = pause.id;
    pod.sandbox = target;
    if (pod.pod !== undefined && target.pod !== pod.pod) target.identify([...pod.labels], pod.pod);
    else if (target.labels.length === 0) target.labels = [...pod.labels];
    return [target];
  }

  #slice(path: string): Target {
    const target = this.#target('cgroup', path);
    if (target.labels.length === 0) target.labels = [['cgroup', path]];
    return target;
  }

  #nodeCgroup(name: string, path: string): Target {
    const target = this.#target('node', path);
    if (target.labels.length === 0) target.labels = [['name', name]];
    return target;
  }

  #target(level: Level, path: string): Target {
    const targets = this.#targets[level];
    const known = targets.get(path);
    const target =
      known === undefined || known.gone ? new Target(level, path, this.#parts.plan.memories[level]) : known;
    if (known !== target) {
      known?.release(this.#parts.reader);
      targets.set(path, target);
    }
    target.seen = this.#generation;
    return target;
  }

  /** Lets go of what the walk no longer found. */
  #sweep(): void {
    for (const targets of Object.values(this.#targets)) {
      for (const [path, target] of targets) {
        if (target.seen === this.#generation) continue;
        target.release(this.#parts.reader);
        targets.delete(path);
      }
    }
  }
}

/** Keys that differ only in what a label's name cannot have; what they are called then is in the documentation. */
function reportCollisions({ labels, annotations }: PodRecord, { notices }: Snapshot): void {
  for (const keys of [...collidingKeys(labels), ...collidingKeys(annotations)]) {
    const message = `labels or annotations of pods become equal and are told apart by _conflict1, ...: ${keys.join(' ')}`;
    notices.push({ cause: `collision ${keys.join(' ')}`, message });
  }
}

function podLabels(namespace: string, pod: string): Target['labels'] {
  return [
    ['namespace', namespace],
    ['pod', pod],
  ];
}

function supersedes(index: PodIndex, record: PodRecord, other: PodRecord | undefined): boolean {
  if (other === undefined) return true;
  const deleted = Number(index.deleted(other.uid)) - Number(index.deleted(record.uid));
  return deleted === 0 ? (record.startTime ?? 0) > (other.startTime ?? 0) : deleted > 0;
}
