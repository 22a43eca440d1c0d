import { statSync } from 'node:fs';
import type { ContainerCgroup, PodCgroup } from './cgroup-tree.ts';
import { containsProcess } from './own-pod-finder.ts';
import type { ReportedContainer, SandboxFinder } from './sandbox.ts';
import { mayLackSandbox, type SandboxDecision } from './sandbox-choice.ts';

export interface OwnSandboxFinderOptions {
  /** The cgroup mount that contains the pod. */
  readonly cgroups: () => string;
  /** PID of the exporter in its own PID namespace. */
  readonly pid: number;
  /** Finds a sandbox by its process. */
  readonly byProcess: SandboxFinder;
}

/**
 * Finds the sandbox (pause container) of the exporter's own pod by the creation order of its cgroups, because the process
 * of the sandbox is usually in another PID namespace. The sandbox is created before all containers, and a new sandbox
 * implies new containers, the exporter included. The kernel assigns ascending inode numbers to cgroups
 * (`kernfs_new_node` in fs/kernfs/dir.c).
 */
export class OwnSandboxFinder implements SandboxFinder {
  readonly #options: OwnSandboxFinderOptions;

  constructor(options: OwnSandboxFinderOptions) {
    this.#options = options;
  }

  /** As {@link SandboxFinder.decide}. CRI-O usually runs pods without a sandbox, so that its process must be visible. */
  decide(
    pod: PodCgroup,
    candidates: readonly ContainerCgroup[],
    reported: readonly ReportedContainer[],
  ): SandboxDecision {
    const { cgroups, pid, byProcess } = this.#options;
    const first = this.#firstCreated(pod.containers);
    if (first === undefined || !candidates.includes(first) || containsProcess(cgroups() + first.path, pid)) {
      return { sandbox: undefined, strays: [] };
    }
    if (reported.length === 0 && mayLackSandbox(first)) return byProcess.decide(pod, candidates, reported);
    return { sandbox: first, strays: [] };
  }

  #firstCreated(containers: readonly ContainerCgroup[]): ContainerCgroup | undefined {
    let first: { readonly container: ContainerCgroup; readonly inode: bigint } | undefined;
    for (const container of containers) {
      const path = this.#options.cgroups() + container.path;
      const inode = statSync(path, { bigint: true, throwIfNoEntry: false })?.ino;
      if (inode !== undefined && (first === undefined || inode < first.inode)) first = { container, inode };
    }
    return first?.container;
  }
}
