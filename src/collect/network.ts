import { isInitialPidNamespace, readNetworkInode, isOwnPidNamespace } from '../kernel/processes.ts';
import type { ProcessSandboxFinder } from '../node/sandbox.ts';
import type { DiscoveredPod } from './discovered.ts';
import type { Blindness } from '../snapshot/snapshot.ts';
import type { OutsideContainer } from '../node/outside-containers.ts';
import type { OutsideNetworks } from './outside-networks.ts';
import { PodNetwork } from './pod-network.ts';
import type { RetainedState } from './target.ts';

/** Why no network is visible. */
export interface NetworkBlindness extends Blindness {
  /** The notice of it. */
  readonly message: string;
}

/** Finds where the networks of pods are read. */
export interface NetworkReader {
  /** Starts a scrape that found `outside`, the containers outside of pods. */
  begin(outside: readonly OutsideContainer[]): void;
  /** A process in the pod's own network namespace; `undefined` for the node's, or if none is visible. */
  process(pod: DiscoveredPod): number | 'self' | undefined;
  /** Whether process 1 of `/proc` is the node's, so that its network is. */
  readonly seesNode: boolean;
  /** What is kept of the pod's network between scrapes. */
  state(pod: DiscoveredPod): RetainedState;
  /** The network of a container outside of pods; `undefined` if it has none of its own or it is not visible. */
  outside(container: OutsideContainer): PodNetwork | undefined;
  /** The reason if pods with processes were wanted and none was visible. */
  blindness(): NetworkBlindness | undefined;
}

/** Finds the process through which each pod's network is read, once per scrape and pod. */
export class Networks implements NetworkReader {
  readonly #procfs: string;
  readonly #sandboxes: ProcessSandboxFinder;
  readonly #outside: OutsideNetworks;
  readonly #pods = new WeakMap<DiscoveredPod['cgroup'], PodNetwork>();
  #scrape = 0;
  #hostInode: number | undefined;
  #usable = true;
  #wanted = 0;
  #found = 0;
  #hasOutside = false;

  constructor(procfs: string, sandboxes: ProcessSandboxFinder, outside: OutsideNetworks) {
    this.#procfs = procfs;
    this.#sandboxes = sandboxes;
    this.#outside = outside;
  }

  begin(outside: readonly OutsideContainer[]): void {
    this.#scrape++;
    this.#wanted = this.#found = 0;
    this.#hostInode = readNetworkInode(this.#procfs, 1);
    this.#usable = isOwnPidNamespace(this.#procfs);
    this.#hasOutside = outside.length > 0;
    this.#outside.begin(this.#usable ? outside : [], this.#hostInode);
  }

  outside(container: OutsideContainer): PodNetwork | undefined {
    return this.#outside.of(container);
  }

  process(pod: DiscoveredPod): number | undefined {
    const network = this.#network(pod);
    if (network.scrape === this.#scrape) return network.pid;
    network.scrape = this.#scrape;
    network.pid = pod.subject.pod?.hostNetwork === true ? undefined : this.#find(pod);
    return network.pid;
  }

  #find(pod: DiscoveredPod): number | undefined {
    if (pod.cgroup.containers.length > 0) this.#wanted++;
    if (!this.#usable) return undefined;
    const found = this.#sandboxes.networkProcess(pod.cgroup, pod.pause);
    if (found === undefined) return undefined;
    this.#found++;
    return found.inode === this.#hostInode ? undefined : found.pid;
  }

  state(pod: DiscoveredPod): RetainedState {
    return this.#network(pod);
  }

  /**
   * Without hostPID, process 1 of `procfs` is that of our own container, whose network is not the node's. On a node
   * that is itself a container, a visible process of a pod shows that process 1 is the node's.
   */
  get seesNode(): boolean {
    return !this.#usable || this.#found > 0 || this.#outside.seesAny || isInitialPidNamespace(this.#procfs);
  }

  blindness(): NetworkBlindness | undefined {
    if (this.#found > 0 || this.#outside.seesAny) return undefined;
    // A container that has exited may leave its cgroup behind, without a process.
    const isWanted = this.#wanted > 0 || (this.#hasOutside && !isInitialPidNamespace(this.#procfs));
    if (!isWanted) return undefined;
    const other = `${this.#procfs} belongs to another PID namespace`;
    if (this.#wanted > 0) {
      const cause = this.#usable ? 'no process of a pod is visible' : other;
      return { message: 'cannot read the network of pods', cause, hint: 'set hostPID: true' };
    }
    const cause = this.#usable ? 'no process of a container is visible' : other;
    return { message: 'cannot read the network of containers', cause, hint: 'run with --pid=host' };
  }

  #network(pod: DiscoveredPod): PodNetwork {
    const known = this.#pods.get(pod.cgroup);
    if (known !== undefined) return known;
    const made = new PodNetwork();
    this.#pods.set(pod.cgroup, made);
    return made;
  }
}
