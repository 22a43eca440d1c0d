import { basename, dirname } from 'node:path';
import { parseCgroupName } from './cgroup-names.ts';

/** A container whose cgroup is not in that of a pod. Every walk returns the same object while the cgroup exists. */
export interface OutsideContainer {
  readonly id: string;
  /** Relative to the mount of each hierarchy, with a leading slash. */
  readonly path: string;
  /** The UID of its pod, where the path contains it; as in {@link parseCgroupName}. */
  readonly podUid?: string;
  /** Whether only a runtime of Kubernetes names cgroups like this. */
  readonly ofKubernetes: boolean;
}

/** The prefixes of CRI-O and of containerd's CRI plugin. */
const OF_KUBERNETES = /(?:^|:)(?:crio|cri-containerd)[-:]/;

/** The containers outside of pods that the last walk found. */
export class OutsideContainers {
  #byPath = new Map<string, OutsideContainer>();
  #all: readonly OutsideContainer[] = [];

  /** Replaces them by those at `paths`. */
  update(paths: readonly string[]): readonly OutsideContainer[] {
    if (paths.length === this.#byPath.size && paths.every((path) => this.#byPath.has(path))) return this.#all;
    this.#all = paths.flatMap((path) => this.#byPath.get(path) ?? read(path) ?? []);
    this.#byPath = new Map(this.#all.map((container) => [container.path, container]));
    return this.#all;
  }
}

function read(path: string): OutsideContainer | undefined {
  const name = basename(path);
  const recognised = parseCgroupName(name);
  if (recognised.kind !== 'container') return undefined;
  // Docker's cgroupfs driver takes the slice of the pod for a directory and makes one for the container in it.
  const parent = parseCgroupName(basename(dirname(path)));
  const podUid = recognised.podUid ?? (parent.kind === 'pod' ? parent.uid : undefined);
  const ofKubernetes = podUid !== undefined || OF_KUBERNETES.test(name);
  return { id: recognised.id, path, ofKubernetes, ...(podUid === undefined ? {} : { podUid }) };
}
