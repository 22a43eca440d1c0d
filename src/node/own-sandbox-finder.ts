import { statSync } from 'node:fs';
import type { ContainerCgroup, PodCgroup } from './cgroup-tree.ts';
import { containsProcess } from './own-pod-finder.ts';
import type { ReportedContainer, SandboxFinder } from './sandbox.ts';
import { mayLackSandbox, type SandboxDecision } from './sandbox-choice.ts';

export interface OwnSandboxFinderOptions {
  /** The mount in which our pod is. */
  readonly cgroups: () => string;
  /** Our process number, in our own PID namespace. */
  readonly pid: number;
  /** Finds a sandbox by its process. */
  readonly byProcess: SandboxFinder;
}

/**
 * Tells which container of the pod that we run in is its sandbox (pause). Its process is mostly hidden from us, so the
 * order in which the cgroups were made tells: the sandbox comes before all containers, and when there is another sandbox
 * then all containers are others too, we included. The kernel gives inode numbers to cgroups in ascending order
 * (`kernfs_new_node` in fs/kernfs/dir.c).
 */
export class OwnSandboxFinder implements SandboxFinder {
  readonly #parts: OwnSandboxFinderOptions;

  constructor(parts: OwnSandboxFinderOptions) {
    this.#parts = parts;
  }

  /** As {@link SandboxFinder.decide}. CRI-O usually runs pods without a sandbox, so that its process must be visible. */
  decide(
    pod: PodCgroup,
    candidates: readonly ContainerCgroup[],
    reported: readonly ReportedContainer[],
  ): SandboxDecision {
    const { cgroups, pid, byProcess } = this.#parts;
    const first = this.#madeFirst(pod.containers);
    if (first === undefined || !candidates.includes(first) || containsProcess(cgroups() + first.path, pid)) {
      return { sandbox: undefined, strays: [] };
    }
    if (reported.length === 0 && mayLackSandbox(first)) return byProcess.decide(pod, candidates, reported);
    return { sandbox: first, strays: [] };
  }

  #madeFirst(containers: readonly ContainerCgroup[]): ContainerCgroup | undefined {
    let first: { readonly container: ContainerCgroup; readonly inode: bigint } | undefined;
    for (const container of containers) {
      const path = this.#parts.cgroups() + container.path;
      const inode = statSync(path, { bigint: true, throwIfNoEntry: false })?.ino;
      if (inode !== undefined && (first === undefined || inode < first.inode)) first = { container, inode };
    }
    return first?.container;
  }
}
