import type { PodCgroup } from '../node/cgroup-tree.ts';
import type { PodRecord } from '../pods/pod.ts';
import type { PodIndex } from '../pods/pod-index.ts';
import { NewCauses } from './new-causes.ts';
import type { MissingCgroup, Missing, Notice } from '../snapshot/snapshot.ts';

/** Circumstances of a walk that hint at the cause of what it did not find. */
export interface Circumstances {
  /** The mount that was walked. */
  readonly directory: string;
  readonly hasKubepods: boolean;
}

interface Where extends Circumstances {
  /** Milliseconds of the scrape's clock. */
  readonly now: number;
}

/**
 * How long a cgroup is missing before it is reported: the status of a container that has just exited still is that of a
 * running one. If the first walk does not find most of them, this is reported at once.
 */
const GRACE_MS = 30_000;

/** Finds the pods and containers that run on this node according to their status and that have no cgroup. */
export class MissingCgroups {
  readonly #index: PodIndex;
  /** Milliseconds of the scrape's clock at which each became missing, by UID and container ID. */
  #since = new Map<string, number>();
  readonly #newCauses = new NewCauses();
  #isFirst = true;
  /** What runs according to its status. */
  #running = { pods: 0, containers: 0 };
  /** What was compared last. A cgroup of a pod gets another list when its containers change. */
  #compared:
    | { readonly generation: number; readonly cgroups: readonly PodCgroup[]; readonly containers: readonly unknown[] }
    | undefined;
  #missing: Missing = { pods: [], containers: [] };

  constructor(index: PodIndex) {
    this.#index = index;
  }

  /** Compares the index with the cgroups that exist; the same result as before if none of them has changed. */
  find(cgroups: readonly PodCgroup[]): Missing {
    if (!this.#isCompared(cgroups)) {
      this.#compared = {
        generation: this.#index.generation,
        cgroups,
        containers: cgroups.map((each) => each.containers),
      };
      this.#missing = this.#compare(cgroups);
    }
    return this.#missing;
  }

  #isCompared(now: readonly PodCgroup[]): boolean {
    if (this.#compared === undefined) return false;
    const { generation, cgroups, containers } = this.#compared;
    return (
      generation === this.#index.generation &&
      cgroups.length === now.length &&
      now.every((cgroup, index) => cgroup === cgroups[index] && cgroup.containers === containers[index])
    );
  }

  #compare(cgroups: readonly PodCgroup[]): Missing {
    const found = new Set(cgroups.flatMap(({ uid, path }) => (path === '' ? [] : [this.#index.find(uid)])));
    const ids = new Set(cgroups.flatMap(({ containers }) => containers.map(({ id }) => id)));
    const pods: MissingCgroup[] = [];
    const containers: MissingCgroup[] = [];
    this.#running = { pods: 0, containers: 0 };
    for (const pod of this.#here(cgroups)) {
      const running = pod.containers.filter(({ id, state }) => id !== undefined && state === 'running');
      this.#running.pods += Math.min(1, running.length);
      this.#running.containers += running.length;
      if (running.length > 0 && !found.has(pod)) pods.push({ pod });
      for (const { name, id = '' } of running) if (!ids.has(id)) containers.push({ pod, container: name, id });
    }
    return { pods, containers };
  }

  /** The pods of this node. An index without a node name may have those of other nodes. */
  #here(cgroups: readonly PodCgroup[]): readonly PodRecord[] {
    const nodes = new Set(cgroups.map(({ uid }) => this.#index.find(uid)?.node));
    nodes.delete(undefined);
    const pods = [...this.#index.records()];
    return nodes.size === 0 ? pods : pods.filter(({ node }) => node === undefined || nodes.has(node));
  }

  /** Notices of what has been missing for a while, once per cause until nothing is missing for this cause. */
  notices({ pods, containers }: Missing, where: Where): readonly Notice[] {
    const since = new Map<string, number>();
    const lasting = (all: readonly MissingCgroup[], running: number): readonly MissingCgroup[] => {
      const now = this.#isFirst && all.length * 2 >= running ? where.now - GRACE_MS : where.now;
      return all.filter(({ pod, id = pod.uid }) => {
        const first = this.#since.get(id) ?? now;
        since.set(id, first);
        return where.now - first >= GRACE_MS;
      });
    };
    const lastingPods = lasting(pods, this.#running.pods);
    const lastingContainers = lasting(containers, this.#running.containers);
    if (this.#index.size > 0) this.#isFirst = false;
    this.#since = since;
    return this.#newCauses.of(missingCauses({ pods: lastingPods, containers: lastingContainers }, where));
  }
}

/** A notice per cause, with the fields `count`, `example`, `cause` and `hint`. */
export function missingCauses({ pods, containers }: Missing, where: Circumstances): readonly Notice[] {
  return [
    ...noticesOf('found no cgroup of running pods', pods, (missing) => causeOfPod(missing, where)),
    ...noticesOf('found no cgroup of running containers', containers, causeOfContainer),
  ];
}

interface Cause {
  readonly cause: string;
  readonly hint: string;
}

function noticesOf(
  message: string,
  missing: readonly MissingCgroup[],
  causeOf: (missing: MissingCgroup) => Cause,
): readonly Notice[] {
  const byCause = Map.groupBy(missing, (each) => causeOf(each).cause);
  return [...byCause.values()].flatMap((all) => {
    const [first] = all;
    if (first === undefined) return [];
    const { pod, container } = first;
    const example = `${pod.namespace}/${pod.name}${container === undefined ? '' : `/${container}`}`;
    return [{ message, fields: { count: all.length, example, ...causeOf(first) } }];
  });
}

function causeOfPod({ pod }: MissingCgroup, { directory, hasKubepods }: Circumstances): Cause {
  if (!hasKubepods) {
    return {
      cause: `no kubepods cgroup below ${directory}`,
      hint: 'mount the cgroup file system of the node and set --path.cgroup; the kubelet must have cgroupsPerQOS: true',
    };
  }
  return causeOfBoth(pod, 'kubepods has no cgroup with the UID of the pod');
}

function causeOfContainer({ pod }: MissingCgroup): Cause {
  return causeOfBoth(pod, 'no cgroup has the ID of the container in its name');
}

function causeOfBoth({ runtimeClass }: PodRecord, cause: string): Cause {
  if (runtimeClass === undefined) return { cause, hint: 'if the kubelet is down, the status is outdated' };
  return {
    cause: `${cause}, runtime class ${runtimeClass}`,
    hint: 'in a virtual machine, only the sandbox has a cgroup',
  };
}
