import type { ContainerNames } from '../engine/engines.ts';
import type { FileReader } from '../kernel/file-reader.ts';
import { collidingKeys } from '../metrics/label-names.ts';
import type { CgroupFinder, ContainerCgroup, CgroupInventory, PodCgroup } from '../node/cgroup-tree.ts';
import { findNodeCgroups } from '../node/node-cgroups.ts';
import type { OutsideContainer } from '../node/outside-containers.ts';
import type { SandboxFinder } from '../node/sandbox.ts';
import type { ContainerRecord, PodRecord } from '../pods/pod.ts';
import type { PodIndex } from '../pods/pod-index.ts';
import type { Plan } from '../plan/plan.ts';
import type { SnapshotBuilder } from '../snapshot/builder.ts';
import type { Subject } from '../snapshot/subject.ts';
import { Found, type Discovered } from './discovered.ts';
import { DeducedNames } from './deduced-names.ts';
import { nameContainer, nameNetns, nameOther, namePod, nameSandbox, podOwner, type Owner } from './naming.ts';
import { withoutRepeatedIds } from './duplicates.ts';
import { JoinedPods, type JoinedPodsParts } from './joined-pods.ts';
import { MissingCgroups } from './missing-cgroups.ts';
import { NewCauses } from './new-causes.ts';
import { nameOutsideContainers } from './outside-subjects.ts';
import { skippedNotices } from './skipped-notices.ts';
import { StrayReports } from './stray-reports.ts';
import { TrackedCgroups, type TrackedCgroup } from './tracked-cgroups.ts';

export interface DiscoveryParts {
  readonly tree: CgroupFinder;
  readonly sandboxes: SandboxFinder;
  readonly reader: FileReader;
  readonly plan: Plan;
  /** The index that names pods; absent where pods are named by their UID. */
  readonly index: PodIndex | undefined;
  /** Names a pod by its cgroup's UID where the index does not; returns the same object while nothing changes. */
  readonly record?: (cgroupUid: string) => PodRecord | undefined;
  /** Names containers outside of pods; without it, and where it has no name, they are named by their short IDs. */
  readonly names?: ContainerNames | undefined;
  /** Reads the processes of containers outside of pods. */
  readonly processes: Omit<JoinedPodsParts, 'index'>;
}

/** Finds the cgroups to measure, and names them. */
export class Discovery {
  readonly #parts: DiscoveryParts;
  readonly #cgroups: TrackedCgroups;
  readonly #strayReports = new StrayReports();
  readonly #joined: JoinedPods;
  readonly #missing: MissingCgroups | undefined;
  readonly #skipped = new NewCauses();
  readonly #deduced: DeducedNames;

  constructor(parts: DiscoveryParts) {
    this.#parts = parts;
    this.#joined = new JoinedPods({ ...parts.processes, index: parts.index });
    // The other pods of the node are not expected to be visible to a pod that exports itself.
    this.#missing =
      parts.index === undefined || parts.record !== undefined ? undefined : new MissingCgroups(parts.index);
    this.#cgroups = new TrackedCgroups(parts.reader, parts.plan);
    this.#deduced = new DeducedNames(() => parts.tree.directory);
  }

  /** Finds the cgroups that exist now. */
  walk(): CgroupInventory {
    return this.#parts.tree.walk();
  }

  /** Names what a walk found and prepares `snapshot` for it. */
  identify(walked: CgroupInventory, snapshot: SnapshotBuilder): Discovered {
    const { tree, index } = this.#parts;
    const joined = this.#joined.join(walked);
    this.#cgroups.begin();
    index?.retain(new Set(joined.pods.map(({ uid }) => uid)));
    const found = new Found();
    for (const path of walked.slices) this.#other('cgroup', path, path, found);
    const isKnown = (uid: string): boolean => index?.find(uid) !== undefined;
    const node = findNodeCgroups(tree.directory, walked, isKnown);
    for (const { name, path } of node) this.#other('node', path, name, found);
    const pods = this.#withoutNamesakes(joined.pods);
    for (const cgroup of pods) this.#pod(cgroup, found, snapshot);
    this.#outside(joined.outside, found);
    this.#cgroups.sweep();
    const { subjects, strays } = found;
    const unmatched = [...found.unmatched, ...joined.unmatched];
    const duplicates = walked.duplicates + joined.duplicates + found.duplicates;
    snapshot.counts = {
      pod: pods.filter(({ path }) => path !== '').length,
      container: subjects.container.length - found.outside.length,
      outside: found.outside.length,
      pause: subjects.sandbox.length,
      slice: walked.slices.length,
      unmatched: unmatched.length + strays.length,
      nested: walked.nestedNodes.length,
      duplicate: duplicates,
    };
    snapshot.notices.push(
      ...this.#strayReports.of(strays),
      ...this.#skipped.of(skippedNotices(walked.nestedNodes, duplicates)),
    );
    snapshot.kubepods = walked.kubepodsRoots;
    this.#reportMissing(joined.pods, walked, snapshot);
    snapshot.unmatched = unmatched;
    snapshot.prepare(subjects);
    return found;
  }

  #reportMissing(pods: readonly PodCgroup[], { kubepodsRoots }: CgroupInventory, snapshot: SnapshotBuilder): void {
    if (this.#missing === undefined) return;
    const { directory } = this.#parts.tree;
    const missing = this.#missing.find(pods);
    snapshot.missing = missing;
    const where = { directory, hasKubepods: kubepodsRoots.length > 0, now: snapshot.clock };
    snapshot.notices.push(...this.#missing.notices(missing, where));
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

  #outside(containers: readonly OutsideContainer[], found: Found): void {
    if (containers.length === 0) return;
    const track = (container: OutsideContainer): TrackedCgroup => this.#cgroups.find('container', container.path);
    for (const { container, subject, tracked } of nameOutsideContainers(containers, this.#parts.names, track)) {
      found.add(subject, tracked);
      const netns = this.#cgroups.find('netns', container.path);
      found.add(nameNetns(netns, subject), netns);
      found.outside.push(container);
    }
  }

  #pod(cgroup: PodCgroup, found: Found, snapshot: SnapshotBuilder): void {
    const { index } = this.#parts;
    const record = index?.find(cgroup.uid) ?? this.#parts.record?.(cgroup.uid);
    if (record === undefined && index !== undefined) {
      found.unmatched.push(cgroup.uid, ...cgroup.containers.map(({ id }) => id));
      return;
    }
    const tracked = this.#cgroups.find('pod', keyOf(cgroup));
    if (record !== undefined && tracked.subject?.pod !== record) reportCollisions(record, snapshot);
    const owner = podOwner(tracked, record, cgroup.uid);
    const pause = this.#containers(cgroup, owner, found);
    const sandbox = pause && this.#sandbox(pause, owner, found);
    const subject = namePod(tracked, cgroup.path, owner, sandbox);
    found.add(subject, tracked);
    found.pods.push({ subject, cgroup, pause });
  }

  /** Returns the pause container, if there is one. */
  #containers(cgroup: PodCgroup, owner: Owner, found: Found): ContainerCgroup | undefined {
    const { record: pod } = owner;
    const known = pod?.containers ?? [];
    const containers = withoutRepeatedIds(cgroup.containers);
    found.duplicates += cgroup.containers.length - containers.length;
    const nameless = containers.filter((container) => {
      const record = known.find(({ id }) => id === container.id);
      if (record !== undefined) this.#container(container, owner, record, found);
      return record === undefined;
    });
    const decision = this.#parts.sandboxes.decide(cgroup, nameless, known);
    const { sandbox, strays } = decision;
    const deduced = this.#deduced.of(pod, containers, nameless, decision);
    for (const container of nameless) {
      if (container === sandbox) continue;
      const record = deduced.get(container);
      if (pod === undefined || known.length === 0 || record !== undefined) {
        this.#container(container, owner, record, found);
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

/** A pod without a cgroup of its own has an empty path. */
function keyOf({ path, uid }: PodCgroup): string {
  return path === '' ? uid : path;
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
