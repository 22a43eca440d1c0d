import { randomBytes, randomUUID } from 'node:crypto';

import type { CgroupTree } from './cgroups.ts';
import { launch } from './launch.ts';
import type { NetworkOf } from './launch.ts';
import type { PodNetwork } from './network.ts';
import { podObject } from './pod-object.ts';
import type { PodObject } from './pod-object.ts';
import { podLimits, qosOf } from './pod-plan.ts';
import type { PodPlan } from './pod-plan.ts';
import type { ContainerState } from './pod-status.ts';
import { newContainerId, RunningContainer } from './running-container.ts';
import type { Argv } from './workloads.ts';

/** The node that pods run on. */
export interface Surroundings {
  readonly tree: CgroupTree;
  readonly network: PodNetwork;
  readonly nodeName: string;
  readonly pause: Argv;
  /** Called after a container was restarted. */
  restarted(pod: RunningPod, container: RunningContainer): void;
}

/**
 * A pod made of real processes: a pause process that holds its network namespace, and its containers,
 * each in a cgroup of its own. A pod of another node, or a completed one, is an object without processes.
 */
export class RunningPod {
  readonly plan: PodPlan;
  /** `metadata.uid`. */
  readonly uid = randomUUID();
  /** Part of the name of a static pod's cgroup. */
  readonly configHash: string | undefined;
  /** Address in its own network namespace; absent with the host's network. */
  readonly address: string | undefined;
  readonly #surroundings: Surroundings;
  readonly #createdAt = new Date();
  readonly #past = new Map<string, ContainerState>();
  readonly #containers = new Map<string, RunningContainer>();
  #cgroup: string | undefined;
  #pausePid: number | undefined;

  private constructor(plan: PodPlan, address: string, surroundings: Surroundings) {
    this.plan = plan;
    this.#surroundings = surroundings;
    this.configHash = plan.static === true ? randomBytes(16).toString('hex') : undefined;
    this.address = plan.hostNetwork === true ? undefined : address;
  }

  /** Makes the pod; resolves when its containers run. `address` is its own unless it has the host's network. */
  static async start(plan: PodPlan, address: string, surroundings: Surroundings): Promise<RunningPod> {
    const pod = new RunningPod(plan, address, surroundings);
    const completed = plan.state === 'completed' ? plan.containers : [];
    for (const { name } of [...(plan.initContainers ?? []), ...completed]) {
      pod.#past.set(name, { id: newContainerId(), restarts: 0, startedAt: new Date() });
    }
    if (plan.state === 'completed' || plan.state === 'elsewhere') return pod;
    try {
      await pod.#run();
      return pod;
    } catch (error) {
      await pod.end();
      throw error;
    }
  }

  /** Path of its cgroup below the tree's root; absent without processes. */
  get cgroup(): string | undefined {
    return this.#cgroup;
  }

  /** The first process of its sandbox; absent without processes. */
  get pausePid(): number | undefined {
    return this.#pausePid;
  }

  /** The running containers, without the sandbox. */
  get containers(): readonly RunningContainer[] {
    return [...this.#containers.values()];
  }

  /** The running container of that name; throws when there is none. */
  container(name: string): RunningContainer {
    const container = this.#containers.get(name);
    if (container === undefined) throw new Error(`no container ${name} in pod ${this.plan.name}`);
    return container;
  }

  /** The pod, as the API server returns it now. */
  object(): PodObject {
    const { nodeName } = this.#surroundings;
    const running = this.containers.map(({ name, state }) => [name, state] as const);
    return podObject(this.plan, {
      uid: this.uid,
      configHash: this.configHash,
      nodeName: this.plan.state === 'elsewhere' ? `not-${nodeName}` : nodeName,
      podIp: this.address,
      createdAt: this.#createdAt,
      containers: new Map([...this.#past, ...running]),
    });
  }

  /** Disables restarts of its containers; resolves when none is in progress. The processes continue to run. */
  async end(): Promise<void> {
    await Promise.all(this.containers.map((container) => container.end()));
  }

  async #run(): Promise<void> {
    const { tree } = this.#surroundings;
    const uid = this.configHash ?? this.uid;
    const pod = tree.makePod({ qos: qosOf(this.plan), uid, limits: podLimits(this.plan) });
    this.#cgroup = pod;
    const network = await this.#startSandbox(pod);
    if (this.plan.state === 'imageMissing') return;
    const restarted = (container: RunningContainer): void => this.#surroundings.restarted(this, container);
    const home = { tree, pod, network, restarted };
    for (const plan of this.plan.containers) {
      this.#containers.set(plan.name, await RunningContainer.start(plan, home));
    }
  }

  async #startSandbox(pod: string): Promise<NetworkOf> {
    const { tree, network, pause } = this.#surroundings;
    const cgroup = tree.makeContainer(pod, newContainerId(), { cpuShares: 2 });
    const own = this.address === undefined ? 'host' : 'new';
    const { pid } = await launch(tree, { cgroup, network: own, argv: pause });
    this.#pausePid = pid;
    if (this.address === undefined) return 'host';
    await network.connect(pid, this.address);
    return pid;
  }
}
