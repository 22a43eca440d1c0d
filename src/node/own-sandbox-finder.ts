import { statSync } from 'node:fs';
import { basename } from 'node:path';
import type { ContainerCgroup, PodCgroup } from './cgroup-tree.ts';
import { containsProcess } from './own-pod-finder.ts';
import type { PauseFinder } from './sandbox.ts';

export interface OwnSandboxFinderOptions {
  /** The mount in which our pod is. */
  readonly cgroups: () => string;
  /** Our process number, in our own PID namespace. */
  readonly pid: number;
  /** What tells a sandbox by its process. */
  readonly byProcess: PauseFinder;
}

/**
 * Tells which container of the pod that we run in is its sandbox (pause). Its process is mostly hidden from us, so the
 * order in which the cgroups were made tells: the sandbox comes before all containers, and when there is another sandbox
 * then all containers are others too, we included. The kernel gives inode numbers to cgroups in ascending order
 * (`kernfs_new_node` in fs/kernfs/dir.c).
 */
export class OwnSandboxFinder implements PauseFinder {
  readonly #parts: OwnSandboxFinderOptions;

  constructor(parts: OwnSandboxFinderOptions) {
    this.#parts = parts;
  }

  /** As {@link PauseFinder.pause}. CRI-O usually has no sandbox, so that there its process must be seen. */
  pause(pod: PodCgroup, candidates: readonly ContainerCgroup[], byName: boolean): ContainerCgroup | undefined {
    const { cgroups, pid, byProcess } = this.#parts;
    const first = this.#madeFirst(pod.containers);
    if (first === undefined || !candidates.includes(first) || containsProcess(cgroups() + first.path, pid))
      return undefined;
    if (byName && basename(first.path).startsWith('crio-')) return byProcess.pause(pod, candidates, byName);
    return first;
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
