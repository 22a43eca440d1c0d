import type { CgroupProcesses, NetworkProcess } from '../node/cgroup-processes.ts';
import type { OutsideContainer } from '../node/outside-containers.ts';
import { PodNetwork } from './pod-network.ts';

interface Candidate extends NetworkProcess {
  readonly container: OutsideContainer;
}

/** Finds the network namespaces of containers outside of pods, once per scrape. */
export class OutsideNetworks {
  readonly #processes: Pick<CgroupProcesses, 'network' | 'networkBelow' | 'oldest'>;
  readonly #states = new WeakMap<OutsideContainer, PodNetwork>();
  #owners: ReadonlyMap<OutsideContainer, PodNetwork> = new Map();
  /** Number of containers whose network is visible. */
  #visible = 0;

  constructor(processes: Pick<CgroupProcesses, 'network' | 'networkBelow' | 'oldest'>) {
    this.#processes = processes;
  }

  /** Whether the network of a container was visible in this scrape. */
  get seesAny(): boolean {
    return this.#visible > 0;
  }

  /**
   * Starts a scrape. Of the containers that share a namespace the oldest one has it, as the others have joined it; the
   * namespace of the node, `hostInode`, is no container's.
   */
  begin(containers: readonly OutsideContainer[], hostInode: number | undefined): void {
    const visible = containers.flatMap((container) => this.#candidate(container));
    this.#visible = visible.length;
    const owners = [...Map.groupBy(visible, ({ inode }) => inode)].flatMap(([inode, sharing]) =>
      inode === hostInode ? [] : (this.#oldest(sharing) ?? []),
    );
    this.#owners = new Map(owners.map(({ container, pid }) => [container, this.#state(container, pid)]));
  }

  /** The network of a container in this scrape; `undefined` if it has none of its own. */
  of(container: OutsideContainer): PodNetwork | undefined {
    return this.#owners.get(container);
  }

  #candidate(container: OutsideContainer): readonly Candidate[] {
    const paths = [container.path];
    const found = this.#processes.network(paths) ?? this.#processes.networkBelow(paths);
    return found === undefined ? [] : [{ ...found, container }];
  }

  #oldest(sharing: readonly Candidate[]): Candidate | undefined {
    if (sharing.length < 2) return sharing[0];
    const age = new Map(sharing.map((each) => [each, this.#processes.oldest(each.container.path)?.ticks ?? Infinity]));
    const [oldest] = sharing.toSorted((left, right) => (age.get(left) ?? 0) - (age.get(right) ?? 0));
    return oldest;
  }

  #state(container: OutsideContainer, pid: number): PodNetwork {
    const state = this.#states.get(container) ?? new PodNetwork();
    this.#states.set(container, state);
    state.pid = pid;
    return state;
  }
}
