import type { FileReader } from '../kernel/file-reader.ts';
import { collidingKeys } from '../metrics/label-names.ts';
import { perLevel, type Level } from '../metrics/row.ts';
import type { CgroupFinder, ContainerCgroup, CgroupInventory, PodCgroup } from '../node/cgroup-tree.ts';
import { findNodeCgroups } from '../node/node-cgroups.ts';
import type { SandboxFinder } from '../node/sandbox.ts';
import type { ContainerRecord, PodRecord } from '../pods/pod.ts';
import type { PodIndex } from '../pods/pod-index.ts';
import type { Plan } from '../plan/plan.ts';
import type { SnapshotBuilder } from '../snapshot/builder.ts';
import type { Subject } from '../snapshot/subject.ts';
import { nameContainer, nameOther, namePod, nameSandbox, podOwner, type Owner } from './naming.ts';
import { StrayReports, type Stray } from './stray-reports.ts';
import type { Target } from './target.ts';
import { TrackedCgroups, type TrackedCgroup } from './tracked-cgroups.ts';

/** An exported pod, with what is needed to read its network. */
export interface DiscoveredPod {
  readonly subject: Subject;
  readonly cgroup: PodCgroup;
  readonly pause: ContainerCgroup | undefined;
}

/** The result of a walk: what is kept between scrapes, at the positions of the snapshot's subjects. */
export interface Discovered {
  readonly targets: Readonly<Record<Level, readonly Target[]>>;
  readonly pods: readonly DiscoveredPod[];
}

export interface DiscoveryParts {
  readonly tree: CgroupFinder;
  readonly sandboxes: SandboxFinder;
  readonly reader: FileReader;
  readonly plan: Plan;
  /** The index that names pods; absent where pods are named by their UID. */
  readonly index: PodIndex | undefined;
  /** Names a pod by its cgroup's UID where the index does not; returns the same object while nothing changes. */
  readonly record?: (cgroupUid: string) => PodRecord | undefined;
}

/** Collects what is found, by level. */
class Found implements Discovered {
  readonly subjects: Record<Level, Subject[]> = perLevel(() => []);
  readonly targets: Record<Level, Target[]> = perLevel(() => []);
  readonly pods: DiscoveredPod[] = [];
  readonly unmatched: string[] = [];
  readonly strays: Stray[] = [];

  add(subject: Subject, { target }: TrackedCgroup): void {
    this.subjects[subject.level].push(subject);
    this.targets[subject.level].push(target);
  }
}

/** Finds the cgroups to measure, and names them. */
export class Discovery {
  readonly #parts: DiscoveryParts;
  readonly #cgroups: TrackedCgroups;
  readonly #strayReports = new StrayReports();

  constructor(parts: DiscoveryParts) {
    this.#parts = parts;
    this.#cgroups = new TrackedCgroups(parts.reader, parts.plan);
  }

  /** Finds the cgroups that exist now. */
  walk(): CgroupInventory {
    return this.#parts.tree.walk();
  }

  /** Names what a walk found and prepares `snapshot` for it. */
  identify(walked: CgroupInventory, snapshot: SnapshotBuilder): Discovered {
    const { tree, index } = this.#parts;
    this.#cgroups.begin();
    index?.retain(new Set(walked.pods.map(({ uid }) => uid)));
    const found = new Found();
    for (const path of walked.slices) this.#other('cgroup', path, path, found);
    for (const { name, path } of findNodeCgroups(tree.directory, walked)) this.#other('node', path, name, found);
    const pods = this.#withoutNamesakes(walked.pods);
    for (const cgroup of pods) this.#pod(cgroup, found, snapshot);
    this.#cgroups.sweep();
    const { subjects, unmatched, strays } = found;
    snapshot.counts = {
      pod: pods.filter(({ path }) => path !== '').length,
      container: subjects.container.length,
      pause: subjects.sandbox.length,
      slice: walked.slices.length,
      unmatched: unmatched.length + strays.length,
    };
    snapshot.notices.push(...this.#strayReports.of(strays));
    snapshot.unmatched = unmatched;
    snapshot.prepare(subjects);
    return found;
  }

  /** Drops what is kept of a cgroup that vanished while it was read. */
  drop(subject: Subject): void {
    this.#cgroups.drop(subject);
  }

  /** While a StatefulSet's old pod is being removed, two cgroups can have the name of one pod: the newer one counts. */
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

  #other(level: 'cgroup' | 'node', path: string, name: string, found: Found): void {
    const tracked = this.#cgroups.find(level, path);
    found.add(nameOther(tracked, level, path, name), tracked);
  }

  #pod(cgroup: PodCgroup, found: Found, snapshot: SnapshotBuilder): void {
    const { index } = this.#parts;
    const record = index?.find(cgroup.uid) ?? this.#parts.record?.(cgroup.uid);
    if (record === undefined && index !== undefined) {
      found.unmatched.push(cgroup.uid, ...cgroup.containers.map(({ id }) => id));
      return;
    }
    const tracked = this.#cgroups.find('pod', cgroup.path);
    if (record !== undefined && tracked.subject?.pod !== record) reportCollisions(record, snapshot);
    const owner = podOwner(tracked, record, cgroup.uid);
    const pause = this.#containers(cgroup, owner, found);
    const sandbox = pause === undefined ? undefined : this.#sandbox(pause, owner, found);
    const subject = namePod(tracked, cgroup.path, owner, sandbox);
    found.add(subject, tracked);
    found.pods.push({ subject, cgroup, pause });
  }

  /** Returns the pause container, if there is one. */
  #containers(cgroup: PodCgroup, owner: Owner, found: Found): ContainerCgroup | undefined {
    const { record: pod } = owner;
    const known = pod?.containers ?? [];
    const nameless: ContainerCgroup[] = [];
    for (const container of cgroup.containers) {
      const record = known.find(({ id }) => id === container.id);
      if (record === undefined) nameless.push(container);
      else this.#container(container, owner, record, found);
    }
    const { sandbox, strays } = this.#parts.sandboxes.decide(cgroup, nameless, known);
    for (const container of nameless) {
      if (container === sandbox) continue;
      if (pod === undefined || known.length === 0) {
        this.#container(container, owner, undefined, found);
      } else if (strays.includes(container)) found.strays.push({ cgroup: container, pod });
      else found.unmatched.push(container.id);
    }
    return sandbox;
  }

  #container(cgroup: ContainerCgroup, owner: Owner, record: ContainerRecord | undefined, found: Found): void {
    const tracked = this.#cgroups.find('container', cgroup.path);
    found.add(nameContainer(tracked, cgroup, owner, record), tracked);
  }

  #sandbox(cgroup: ContainerCgroup, owner: Owner, found: Found): Subject {
    const tracked = this.#cgroups.find('sandbox', cgroup.path);
    const subject = nameSandbox(tracked, cgroup, owner);
    found.add(subject, tracked);
    return subject;
  }
}

/**
 * Reports keys that differ only in characters that a label name cannot have; docs/pods.md has the resulting names.
 * Tenants choose the keys, so the notice has no text of theirs: all of them are one cause.
 */
function reportCollisions({ labels, annotations }: PodRecord, { notices }: SnapshotBuilder): void {
  const keys = [...collidingKeys(labels), ...collidingKeys(annotations)].flat().length;
  if (keys === 0) return;
  notices.push({ message: 'added suffixes _conflict1, _conflict2, ... to colliding label names', fields: { keys } });
}

function supersedes(index: PodIndex, record: PodRecord, other: PodRecord | undefined): boolean {
  if (other === undefined) return true;
  const deleted = Number(index.isDeleted(other.uid)) - Number(index.isDeleted(record.uid));
  return deleted === 0 ? (record.startTime ?? 0) > (other.startTime ?? 0) : deleted > 0;
}
