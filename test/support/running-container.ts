import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';

import type { CgroupTree } from './cgroups.ts';
import { launch } from './launch.ts';
import type { NetworkOf } from './launch.ts';
import { containerLimits } from './pod-plan.ts';
import type { ContainerPlan } from './pod-plan.ts';
import type { ContainerState, EndedRun } from './pod-status.ts';

/** Where a container runs, and what is called when it restarts. */
export interface Home {
  readonly tree: CgroupTree;
  /** The pod's cgroup. */
  readonly pod: string;
  readonly network: NetworkOf;
  /** Called after a restart. */
  restarted(container: RunningContainer): void;
}

interface Run {
  readonly id: string;
  readonly cgroup: string;
  readonly startedAt: Date;
  readonly pid: number;
  readonly child: ChildProcess;
}

/** 64 random hex digits. */
export function newContainerId(): string {
  return randomBytes(32).toString('hex');
}

/**
 * A container: one process in a cgroup of its own. When the process exits, it is restarted with a new ID
 * in a new cgroup, as by the kubelet, but without backoff.
 */
export class RunningContainer {
  readonly name: string;
  readonly #plan: ContainerPlan;
  readonly #home: Home;
  #run: Run;
  #last: EndedRun | undefined;
  #restarts = 0;
  #restarting = Promise.resolve();
  #ended = false;

  private constructor(plan: ContainerPlan, home: Home, first: Run) {
    this.name = plan.name;
    this.#plan = plan;
    this.#home = home;
    this.#run = first;
    this.#restartAtExit();
  }

  /** Starts the container; resolves when its process is in its cgroup. */
  static async start(plan: ContainerPlan, home: Home): Promise<RunningContainer> {
    return new RunningContainer(plan, home, await startRun(plan, home));
  }

  /** 64 hex digits, new after every restart. */
  get id(): string {
    return this.#run.id;
  }

  /** Path of its cgroup below the tree's root, new after every restart. */
  get cgroup(): string {
    return this.#run.cgroup;
  }

  /** Its first process. */
  get pid(): number {
    return this.#run.pid;
  }

  /** Its part of the pod's status. */
  get state(): ContainerState {
    const { id, startedAt } = this.#run;
    const last = this.#last === undefined ? {} : { last: this.#last };
    return { id, startedAt, restarts: this.#restarts, ...last };
  }

  /** Disables restarts; resolves when no restart is in progress. The process continues to run. */
  async end(): Promise<void> {
    this.#ended = true;
    await this.#restarting;
  }

  #restartAtExit(): void {
    const { child } = this.#run;
    const restart = (): void => {
      if (!this.#ended) this.#restarting = this.#restart();
    };
    if (hasExited(child)) restart();
    else child.once('exit', restart);
  }

  async #restart(): Promise<void> {
    const { tree } = this.#home;
    this.#last = ending(this.#run, tree);
    await tree.removeCgroup(this.cgroup);
    this.#run = await startRun(this.#plan, this.#home);
    this.#restarts += 1;
    this.#home.restarted(this);
    this.#restartAtExit();
  }
}

async function startRun(plan: ContainerPlan, { tree, pod, network }: Home): Promise<Run> {
  const id = newContainerId();
  const cgroup = tree.makeContainer(pod, id, containerLimits(plan));
  const launched = await launch(tree, { cgroup, network, argv: plan.argv });
  return { id, cgroup, startedAt: new Date(), ...launched };
}

function ending(run: Run, tree: CgroupTree): EndedRun {
  const { id, startedAt, child } = run;
  const unhappy = child.exitCode === 0 ? 'Completed' : 'Error';
  const oom = child.signalCode === 'SIGKILL' && oomKills(tree, run.cgroup) > 0;
  const reason = oom ? 'OOMKilled' : unhappy;
  return { id, startedAt, finishedAt: new Date(), exitCode: child.exitCode ?? 137, reason };
}

/** Number of processes of the cgroup that the OOM killer killed. */
export function oomKills(tree: CgroupTree, cgroup: string): number {
  const file = tree.file(cgroup, 'memory.oom_control') ?? tree.file(cgroup, 'memory.events');
  if (file === undefined) return 0;
  return Number(/^oom_kill (\d+)$/m.exec(readFileSync(file, 'latin1'))?.[1] ?? 0);
}

function hasExited(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}
