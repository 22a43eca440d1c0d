import { basename, dirname } from 'node:path';
import { parseCgroupName } from './cgroup-names.ts';
import { isDelegated } from './delegated-cgroups.ts';

/** A container whose cgroup is not in that of a pod. Every walk returns the same object while the cgroup exists. */
export interface OutsideContainer {
  readonly id: string;
  /** Relative to {@link mount}, with a leading slash; other hierarchies may have it elsewhere. */
  readonly path: string;
  /** The mount in which it was found. */
  readonly mount: string;
  /** The UID of its pod, where the path contains it; as in {@link parseCgroupName}. */
  readonly podUid?: string;
  /** Whether only a runtime of Kubernetes names cgroups like this. */
  readonly ofKubernetes: boolean;
  /** Whether it is in the cgroup of another container. */
  readonly isNested: boolean;
}

/** The cgroups of containers that a walk found in one mount. */
export interface MountContainers {
  readonly directory: string;
  readonly containers: readonly string[];
}

/** The prefixes of CRI-O and of containerd's CRI plugin. */
const OF_KUBERNETES = /(?:^|:)(?:crio|cri-containerd)[-:]/;

/** The namespace of containerd's CRI plugin, whose containers some runtimes place in a cgroup of this name. */
const CRI_NAMESPACE = '/k8s.io/';

/** Whether only a runtime of Kubernetes names a cgroup like this. */
export function isNamedByKubernetes(name: string): boolean {
  return OF_KUBERNETES.test(name);
}

/** Limits the series of containers that users of the node may make without end. */
const MAX_CONTAINERS = 1000;

/** The containers outside of pods that the last walk found. */
export class OutsideContainers {
  #all: readonly OutsideContainer[] = [];
  #found: readonly MountContainers[] = [];

  /**
   * Replaces them by those of a walk. A container that several mounts have is that of the first mount; those that users
   * of the node can have made come last.
   */
  update(found: readonly MountContainers[]): readonly OutsideContainer[] {
    if (isSame(found, this.#found)) return this.#all;
    this.#found = found.map(({ directory, containers }) => ({ directory, containers: [...containers] }));
    const known = new Map(this.#all.map((container) => [container.mount + container.path, container]));
    const ids = new Set<string>();
    const all: OutsideContainer[] = [];
    for (const { directory, containers } of found) {
      const here = containers.flatMap((path) => known.get(directory + path) ?? read(directory, path) ?? []);
      const added = here.filter(({ id }) => !ids.has(id));
      for (const { id } of added) ids.add(id);
      all.push(...added);
    }
    const byOrigin = all.toSorted((left, right) => Number(isDelegated(left.path)) - Number(isDelegated(right.path)));
    this.#all = byOrigin.slice(0, MAX_CONTAINERS);
    return this.#all;
  }
}

function isSame(left: readonly MountContainers[], right: readonly MountContainers[]): boolean {
  return (
    left.length === right.length &&
    left.every(({ directory, containers }, index) => {
      const other = right[index];
      return (
        other?.directory === directory &&
        other.containers.length === containers.length &&
        containers.every((path, at) => path === other.containers[at])
      );
    })
  );
}

/**
 * Docker's cgroupfs driver takes the slice of the pod for a directory and makes one for the container in it. A parent
 * that only begins with `pod` may be anything.
 */
function podOfSlice(parent: string): string | undefined {
  const recognised = parent.endsWith('.slice') ? parseCgroupName(parent) : undefined;
  return recognised?.kind === 'pod' ? recognised.uid : undefined;
}

function read(mount: string, path: string): OutsideContainer | undefined {
  const name = basename(path);
  const recognised = parseCgroupName(name);
  if (recognised.kind !== 'container') return undefined;
  const podUid = recognised.podUid ?? podOfSlice(basename(dirname(path)));
  const ofKubernetes = podUid !== undefined || isNamedByKubernetes(name) || path.includes(CRI_NAMESPACE);
  const isNested = dirname(path)
    .split('/')
    .some((above) => parseCgroupName(above).kind === 'container');
  return { id: recognised.id, path, mount, ofKubernetes, isNested, ...(podUid === undefined ? {} : { podUid }) };
}
