import { readdirSync } from 'node:fs';
import type { FileReader } from '../kernel/file-reader.ts';
import { networkInode, processStart } from '../kernel/processes.ts';
import type { ContainerCgroup, PodCgroup } from './cgroup-tree.ts';

/** A process in whose network namespace a pod lives. */
export interface NetworkProcess {
  readonly pid: number;
  /** Differs between network namespaces. */
  readonly inode: number;
}

export interface SandboxPaths {
  readonly procfs: string;
  /** The mount in which a cgroup's processes are looked up. */
  readonly cgroups: () => string;
}

interface Decision {
  readonly candidates: readonly ContainerCgroup[];
  readonly pause: ContainerCgroup | undefined;
}

/** Tells which container of a pod is its sandbox (pause). */
export interface PauseFinder {
  /**
   * The sandbox among `candidates`, the containers of `pod` that no status names. With `byName` nothing is known of the
   * pod's containers.
   */
  pause(pod: PodCgroup, candidates: readonly ContainerCgroup[], byName: boolean): ContainerCgroup | undefined;
}

/** Tells the sandbox by its process, and through which process a pod's network is read. */
export class Sandboxes implements PauseFinder {
  readonly #paths: SandboxPaths;
  readonly #reader: FileReader;
  readonly #decisions = new WeakMap<PodCgroup, Decision>();

  constructor(paths: SandboxPaths, reader: FileReader) {
    this.#paths = paths;
    this.#reader = reader;
  }

  /**
   * Of `candidates` the one whose first process started earliest. A restarted container whose status lags is a
   * candidate too. With `byName` the process must be called `pause` as well.
   */
  pause(pod: PodCgroup, candidates: readonly ContainerCgroup[], byName: boolean): ContainerCgroup | undefined {
    if (candidates.length === 0) return undefined;
    if (candidates.length === 1 && !byName) return candidates[0];
    const known = this.#decisions.get(pod);
    if (known !== undefined && sameMembers(known.candidates, candidates)) return known.pause;
    const pause = this.#earliest(candidates, byName);
    if (pause !== undefined) this.#decisions.set(pod, { candidates, pause });
    return pause;
  }

  #earliest(candidates: readonly ContainerCgroup[], byName: boolean): ContainerCgroup | undefined {
    const started = candidates.flatMap((container) => {
      const [pid] = this.#processes(container.path);
      const start = pid === undefined ? undefined : processStart(this.#paths.procfs, pid);
      return start === undefined ? [] : [{ ...start, container }];
    });
    const [earliest] = started.toSorted((left, right) => left.ticks - right.ticks);
    return byName && earliest?.name !== 'pause' ? undefined : earliest?.container;
  }

  /**
   * A live process of the pod: the sandbox's, else any container's, else one in a cgroup that a container made
   * inside its own. `undefined` if none is visible, as without hostPID.
   */
  networkProcess(pod: PodCgroup, pause: ContainerCgroup | undefined): NetworkProcess | undefined {
    const containers = pod.containers.filter((container) => container !== pause).map(({ path }) => path);
    const first = pause === undefined ? containers : [pause.path, ...containers];
    return this.#anyOf(first) ?? this.#anyOf([pod.path, ...first.flatMap((path) => this.#children(path))]);
  }

  #anyOf(paths: readonly string[]): NetworkProcess | undefined {
    for (const path of paths) {
      for (const pid of this.#processes(path)) {
        const inode = networkInode(this.#paths.procfs, pid);
        if (inode !== undefined) return { pid, inode };
      }
    }
    return undefined;
  }

  #children(path: string): string[] {
    try {
      const entries = readdirSync(this.#paths.cgroups() + path, { withFileTypes: true });
      return entries.filter((entry) => entry.isDirectory()).map((entry) => `${path}/${entry.name}`);
    } catch {
      return [];
    }
  }

  /** Process numbers in a cgroup. The kernel writes 0 for a process of a PID namespace that is not ours. */
  #processes(path: string): number[] {
    try {
      const length = this.#reader.read(`${this.#paths.cgroups()}${path}/cgroup.procs`);
      const text = this.#reader.bytes.toString('latin1', 0, length);
      return text
        .split('\n')
        .map(Number)
        .filter((pid) => pid > 0);
    } catch {
      return [];
    }
  }
}

function sameMembers<T>(left: readonly T[], right: readonly T[]): boolean {
  return left.length === right.length && left.every((member, index) => member === right[index]);
}
