import { isInitialPidNamespace, networkInode, isOwnPidNamespace } from '../kernel/processes.ts';
import type { Sandboxes } from '../node/sandbox.ts';
import type { DiscoveredPod } from './discovery.ts';
import type { Notice } from '../snapshot/snapshot.ts';
import { FileStatuses, type RetainedState } from './target.ts';

/** Tells where pods' networks are read. */
export interface NetworkReader {
  /** Begins a scrape. */
  begin(): void;
  /** A process in the pod's own network namespace; `undefined` for the node's, or if none is visible. */
  process(pod: DiscoveredPod): number | 'self' | undefined;
  /** Whether process 1 of `/proc` is the node's, so that its network is. */
  readonly seesNode: boolean;
  /** What is kept of the pod's network. */
  memory(pod: DiscoveredPod): RetainedState;
  /** What is to be said if pods with processes were asked for and none could be seen. */
  notice(): Notice | undefined;
}

/** What is known of a pod's network between scrapes. No descriptor is kept, no number is cached. */
export class PodNetwork extends FileStatuses implements RetainedState {
  readonly numbers = new Float64Array(0);
  scrape = 0;
  pid: number | undefined;

  kept(): never {
    throw new Error('a descriptor below /proc/<pid>/net would pin the namespace of a deleted pod');
  }
}

/** Finds through which process each pod's network is read, once per scrape and pod. */
export class Networks implements NetworkReader {
  readonly #procfs: string;
  readonly #sandboxes: Sandboxes;
  readonly #pods = new WeakMap<DiscoveredPod['cgroup'], PodNetwork>();
  #scrape = 0;
  #hostInode: number | undefined;
  #usable = true;
  #asked = 0;
  #found = 0;

  constructor(procfs: string, sandboxes: Sandboxes) {
    this.#procfs = procfs;
    this.#sandboxes = sandboxes;
  }

  begin(): void {
    this.#scrape++;
    this.#asked = this.#found = 0;
    this.#hostInode = networkInode(this.#procfs, 1);
    this.#usable = isOwnPidNamespace(this.#procfs);
  }

  process(pod: DiscoveredPod): number | undefined {
    const network = this.#network(pod);
    if (network.scrape === this.#scrape) return network.pid;
    network.scrape = this.#scrape;
    network.pid = pod.subject.pod?.hostNetwork === true ? undefined : this.#find(pod);
    return network.pid;
  }

  #find(pod: DiscoveredPod): number | undefined {
    if (pod.cgroup.containers.length > 0) this.#asked++;
    if (!this.#usable) return undefined;
    const found = this.#sandboxes.networkProcess(pod.cgroup, pod.pause);
    if (found === undefined) return undefined;
    this.#found++;
    return found.inode === this.#hostInode ? undefined : found.pid;
  }

  memory(pod: DiscoveredPod): RetainedState {
    return this.#network(pod);
  }

  /**
   * Without hostPID process 1 of `procfs` is our own container's, whose network is not the node's. In a node that is itself a container the pods' processes tell, once they have been looked for.
   */
  get seesNode(): boolean {
    return !this.#usable || this.#found > 0 || isInitialPidNamespace(this.#procfs);
  }

  notice(): Notice | undefined {
    if (this.#asked === 0 || this.#found > 0) return undefined;
    const reason = this.#usable
      ? 'no process of any pod is visible, as without hostPID'
      : `${this.#procfs} is of another PID namespace than ours, as without hostPID`;
    return { cause: 'network', message: `no network series: ${reason}` };
  }

  #network(pod: DiscoveredPod): PodNetwork {
    const known = this.#pods.get(pod.cgroup);
    if (known !== undefined) return known;
    const made = new PodNetwork();
    this.#pods.set(pod.cgroup, made);
    return made;
  }
}
