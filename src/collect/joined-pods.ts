import { toCgroupUid } from '../base/cgroup-uid.ts';
import type { OldestProcess } from '../node/cgroup-processes.ts';
import type { CgroupInventory, ContainerCgroup, PodCgroup } from '../node/cgroup-tree.ts';
import type { OutsideContainer } from '../node/outside-containers.ts';
import type { PodIndex } from '../pods/pod-index.ts';

/** The cgroups of a walk, with the containers outside of pods added to their pods. */
export interface JoinedCgroups {
  readonly pods: readonly PodCgroup[];
  /** Containers of other programs, with different IDs. */
  readonly outside: readonly OutsideContainer[];
  /** IDs of containers that only Kubernetes can have started and that belong to no known pod. */
  readonly unmatched: readonly string[];
  /** Number of further cgroups of containers, which are not measured. */
  readonly duplicates: number;
}

export interface JoinedPodsParts {
  /** Identifies containers; absent where pods are named by their UID. */
  readonly index: PodIndex | undefined;
  /** The oldest process of the cgroup at a path. */
  readonly oldest: (path: string) => OldestProcess | undefined;
  /** The network namespace of the node. */
  readonly hostInode: () => number | undefined;
}

/** A pod with containers outside of its cgroup; the same object from walk to walk. */
class JoinedPod implements PodCgroup {
  readonly uid: string;
  readonly path: string;
  readonly qos?: NonNullable<PodCgroup['qos']>;
  containers: readonly ContainerCgroup[] = [];

  constructor({ uid, path, qos }: Pick<PodCgroup, 'uid' | 'path' | 'qos'>) {
    this.uid = uid;
    this.path = path;
    if (qos !== undefined) this.qos = qos;
  }
}

/** The process of most sandboxes. */
const PAUSE = 'pause';

/**
 * Adds containers whose cgroup is not in that of their pod to the pod: by the status that has their ID, by the UID in
 * their path, and sandboxes of CRI-O, which no status has and whose path has no UID, by their network namespace.
 *
 * Such layouts result from a runtime with another cgroup driver than the kubelet's (kubernetes/kubernetes#106514),
 * runtimes that restore or place containers themselves (containerd/runwasi#821, ctrox/zeropod#65) and rootless CRI-O
 * (cri-o/cri-o#10074).
 */
export class JoinedPods {
  readonly #parts: JoinedPodsParts;
  /** By UID. */
  #joined = new Map<string, JoinedPod>();

  constructor(parts: JoinedPodsParts) {
    this.#parts = parts;
  }

  /** Joins what a walk found. Without containers outside of pods this returns the walk's own objects. */
  join({ pods, outside, kubepodsRoots }: CgroupInventory): JoinedCgroups {
    if (outside.length === 0) {
      this.#joined.clear();
      return { pods, outside, unmatched: [], duplicates: 0 };
    }
    const cgroups = new Map(pods.map((pod) => [pod.uid, pod]));
    const added = new Map<string, OutsideContainer[]>();
    const unknown: OutsideContainer[] = [];
    const ids = new Set(pods.flatMap(({ containers }) => containers.map(({ id }) => id)));
    let duplicates = 0;
    for (const container of outside.toSorted(byOrigin)) {
      const uid = this.#podUid(container, cgroups);
      if (uid === undefined) unknown.push(container);
      else if (ids.has(container.id)) duplicates++;
      else append(added, uid, container);
      if (uid !== undefined) ids.add(container.id);
    }
    const unmatched = this.#addSandboxes(unknown, added);
    const joined = new Map([...added].map(([uid, more]) => [uid, this.#pod(uid, cgroups.get(uid), more)]));
    this.#joined = joined;
    return {
      pods: [
        ...pods.map((pod) => joined.get(pod.uid) ?? pod),
        ...[...joined.values()].filter(({ uid }) => !cgroups.has(uid)),
      ],
      outside: this.#ofOthers(unknown, kubepodsRoots, ids),
      unmatched,
      duplicates,
    };
  }

  /**
   * The containers that Kubernetes did not start. None until a pod is known, because they may be containers of pods; nor
   * those with the pods of a node in them, or in another container, which would be counted twice in sums.
   */
  #ofOthers(
    unknown: readonly OutsideContainer[],
    kubepodsRoots: readonly string[],
    ids: ReadonlySet<string>,
  ): readonly OutsideContainer[] {
    if (this.#parts.index?.size === 0) return [];
    const seen = new Set(ids);
    return unknown.filter(({ ofKubernetes, isNested, path, id }) => {
      if (ofKubernetes || isNested || seen.has(id)) return false;
      seen.add(id);
      return !kubepodsRoots.some((root) => root.startsWith(`${path}/`));
    });
  }

  /** The UID that identifies the pod of a container here, which is the config hash in the cgroup of a static pod. */
  #podUid({ id, podUid }: OutsideContainer, cgroups: ReadonlyMap<string, PodCgroup>): string | undefined {
    const { index } = this.#parts;
    if (index === undefined) return podUid;
    const record = index.findByContainer(id) ?? index.find(podUid ?? '');
    if (record === undefined) return cgroups.has(podUid ?? '') ? podUid : undefined;
    const uids = [record.uid, record.configHash ?? record.uid].map(toCgroupUid);
    // Of several mirror pods with the same hash, one has the cgroup.
    return uids.find((uid) => cgroups.has(uid) && index.find(uid) === record) ?? uids[0];
  }

  /** Adds the sandboxes among `unknown`; returns the IDs of the other containers that only Kubernetes has. */
  #addSandboxes(unknown: readonly OutsideContainer[], added: Map<string, OutsideContainer[]>): readonly string[] {
    const candidates = unknown.filter(({ ofKubernetes }) => ofKubernetes);
    if (candidates.length === 0) return [];
    const namespaces = this.#namespaces(added);
    return candidates.flatMap((candidate) => {
      const oldest = candidate.podUid === undefined ? this.#parts.oldest(candidate.path) : undefined;
      const uid = oldest?.inode === undefined ? undefined : namespaces.get(oldest.inode);
      if (uid !== undefined) append(added, uid, candidate);
      return uid !== undefined || oldest?.name === PAUSE ? [] : [candidate.id];
    });
  }

  /** The pods by their network namespaces, without those in that of the node. */
  #namespaces(added: ReadonlyMap<string, readonly OutsideContainer[]>): ReadonlyMap<number, string> {
    const namespaces = new Map<number, string>();
    for (const [uid, containers] of added) {
      for (const { path } of containers) {
        const inode = this.#parts.oldest(path)?.inode;
        if (inode !== undefined) namespaces.set(inode, uid);
      }
    }
    const host = this.#parts.hostInode();
    if (host !== undefined) namespaces.delete(host);
    return namespaces;
  }

  #pod(uid: string, cgroup: PodCgroup | undefined, outside: readonly OutsideContainer[]): JoinedPod {
    const known = this.#joined.get(uid);
    const pod = known?.path === (cgroup?.path ?? '') ? known : new JoinedPod(cgroup ?? { uid, path: '' });
    pod.containers = [...(cgroup?.containers ?? []), ...outside];
    return pod;
  }
}

/** First those that only Kubernetes can have started: who may make cgroups elsewhere may give them any name. */
function byOrigin(left: OutsideContainer, right: OutsideContainer): number {
  return Number(right.ofKubernetes) - Number(left.ofKubernetes);
}

function append<T>(map: Map<string, T[]>, key: string, value: T): void {
  const values = map.get(key);
  if (values === undefined) map.set(key, [value]);
  else values.push(value);
}
