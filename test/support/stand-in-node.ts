import { randomBytes } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { ApiServer } from './api-server.ts';
import type { ApiServerOptions } from './api-server.ts';
import type { Driver } from './cgroup-layout.ts';
import { CgroupTree } from './cgroups.ts';
import { podAddress, PodNetwork } from './network.ts';
import { nodePods, sleepingPods } from './node-pods.ts';
import { makePause } from './pause.ts';
import type { PodPlan } from './pod-plan.ts';
import type { RunningContainer } from './running-container.ts';
import { RunningPod } from './running-pod.ts';
import type { Surroundings } from './running-pod.ts';

/** How a stand-in node is set up. */
export interface StandInOptions extends ApiServerOptions {
  /** `cgroupfs` by default. */
  readonly driver?: Driver;
  /** Seconds between two OOM kills of the same container; 2 by default. */
  readonly oomPeriod?: number;
  /** The first pods; one of each kind by default. */
  readonly plans?: readonly PodPlan[];
}

const CONCURRENT_STARTS = 8;

/**
 * Starts a node with one pod of each kind (see `nodePods`), or with the pods of the options.
 * Resolves when all of them run. Needs root; check `whyNoStandIn` first.
 */
export async function startStandInNode(options: StandInOptions = {}): Promise<StandInNode> {
  const node = await StandInNode.create(options);
  const { oomPeriod = 2 } = options;
  return started(node, options.plans ?? nodePods({ folder: node.tree.folder, oomPeriod }));
}

/** Starts a node with many pods whose containers only sleep. */
export async function startManyPods(
  options: StandInOptions & { readonly pods: number; readonly containersPerPod: number },
): Promise<StandInNode> {
  const node = await StandInNode.create(options);
  return started(node, sleepingPods(options.pods, options.containersPerPod));
}

async function started(node: StandInNode, plans: readonly PodPlan[]): Promise<StandInNode> {
  try {
    await node.addPods(plans);
    return node;
  } catch (error) {
    await node.stop();
    throw error;
  }
}

/** A Kubernetes node made of real cgroups, network namespaces and processes, and an API server with its pods. */
export class StandInNode {
  readonly nodeName: string;
  readonly tree: CgroupTree;
  readonly apiServer: ApiServer;
  readonly kubeconfigPath: string;
  /** Emits `restart` with the {@link RunningPod} and the {@link RunningContainer} that was restarted. */
  readonly events = new EventEmitter();
  readonly #surroundings: Surroundings;
  readonly #pods = new Set<RunningPod>();
  #addresses = 0;
  #stopped: Promise<void> | undefined;

  private constructor(tree: CgroupTree, network: PodNetwork, apiServer: ApiServer, nodeName: string) {
    this.tree = tree;
    this.apiServer = apiServer;
    this.nodeName = nodeName;
    this.kubeconfigPath = join(tree.folder, 'kubeconfig');
    const restarted = this.#restarted.bind(this);
    this.#surroundings = { tree, network, nodeName, pause: makePause(tree.folder), restarted };
  }

  /** A node without pods. */
  static async create(options: StandInOptions = {}): Promise<StandInNode> {
    const tree = await CgroupTree.create(options.driver);
    try {
      const network = await PodNetwork.create(tree);
      const apiServer = await ApiServer.start(options);
      const name = `standin-${randomBytes(3).toString('hex')}`;
      const node = new StandInNode(tree, network, apiServer, name);
      await writeFile(node.kubeconfigPath, apiServer.kubeconfig);
      return node;
    } catch (error) {
      await tree.remove();
      throw error;
    }
  }

  /** All pods, including those without processes and those that the API server does not have. */
  get pods(): readonly RunningPod[] {
    return [...this.#pods];
  }

  /** The pod of this name, or else one whose name begins like this; throws when there is none. */
  pod(name: string): RunningPod {
    const found =
      this.pods.find((pod) => pod.plan.name === name) ?? this.pods.find((pod) => pod.plan.name.startsWith(name));
    if (found === undefined) throw new Error(`no pod ${name}`);
    return found;
  }

  /** Starts a pod; resolves when it runs and the API server shows it. */
  async addPod(plan: PodPlan): Promise<RunningPod> {
    const address = podAddress(this.#addresses);
    this.#addresses += 1;
    const pod = await RunningPod.start(plan, address, this.#surroundings);
    this.#pods.add(pod);
    this.#show(pod);
    return pod;
  }

  /** Starts several pods at a time; the n-th of a new node has the address `podAddress(n)`. */
  async addPods(plans: readonly PodPlan[]): Promise<void> {
    const queue = plans.values();
    const worker = async (): Promise<void> => {
      for (const plan of queue) await this.addPod(plan);
    };
    const workers = Array.from({ length: CONCURRENT_STARTS }, worker);
    const outcomes = await Promise.allSettled(workers);
    const failed = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failed !== undefined) throw new Error('cannot start a pod', { cause: failed.reason });
  }

  /** Ends a pod's processes, removes its cgroup and deletes it from the API server, in this order. */
  async removePod(pod: RunningPod): Promise<void> {
    await pod.end();
    if (pod.cgroup !== undefined) await this.tree.removeCgroup(pod.cgroup);
    this.#pods.delete(pod);
    this.apiServer.deletePod(pod.uid);
  }

  /** Writes the pods of the API server to a file, as `kubectl get pods -A -o json` does; returns its path. */
  async podsFile(): Promise<string> {
    const path = join(this.tree.folder, 'pods.json');
    const items = this.pods.filter(isKnown).map((pod) => pod.object());
    const list = { apiVersion: 'v1', kind: 'List', items, metadata: { resourceVersion: '' } };
    // Renamed into place, so that no reader gets half of it.
    await writeFile(`${path}.new`, JSON.stringify(list));
    await rename(`${path}.new`, path);
    return path;
  }

  /** Stops and removes everything. May be called again, even before it has finished. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    await Promise.all(this.pods.map((pod) => pod.end()));
    await this.apiServer.close();
    await this.tree.remove();
  }

  #restarted(pod: RunningPod, container: RunningContainer): void {
    this.#show(pod);
    this.events.emit('restart', pod, container);
  }

  #show(pod: RunningPod): void {
    if (isKnown(pod)) this.apiServer.setPod(pod.object());
  }
}

function isKnown(pod: RunningPod): boolean {
  return pod.plan.unknown !== true;
}
