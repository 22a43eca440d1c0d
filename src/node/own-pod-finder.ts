import { listDirectories, readCgroupProcs } from './cgroup-tree.ts';
import type { CgroupFinder, CgroupTree, CgroupInventory, PodCgroup } from './cgroup-tree.ts';

export interface OwnPodFinderOptions {
  /** `metadata.uid`, or a static pod's config hash; without it, and where it is not found, our process tells. */
  readonly uid?: string;
  /** Our process number, in our own PID namespace. */
  readonly pid: number;
  /** Milliseconds, monotonic. */
  readonly now: () => number;
}

/** Milliseconds between two searches of the whole tree. */
const SEARCH_INTERVAL = 30_000;

/**
 * The cgroup of the pod that we run in, and no other. The whole tree is searched for it once, and again when it has
 * vanished; else only its own directory is looked at.
 */
export class OwnPodFinder implements CgroupFinder {
  readonly #tree: CgroupTree;
  readonly #options: OwnPodFinderOptions;
  #pod: PodCgroup | undefined;
  #nextSearch = Number.NEGATIVE_INFINITY;

  constructor(tree: CgroupTree, options: OwnPodFinderOptions) {
    this.#tree = tree;
    this.#options = options;
  }

  get directory(): string {
    return this.#tree.directory;
  }

  walk(): CgroupInventory {
    if (this.#pod !== undefined && !this.#tree.refreshPod(this.#pod)) this.#pod = undefined;
    this.#pod ??= this.#search();
    return { pods: this.#pod === undefined ? [] : [this.#pod], slices: [], kubepodsRoots: [] };
  }

  #search(): PodCgroup | undefined {
    const { uid, pid, now } = this.#options;
    if (now() < this.#nextSearch) return undefined;
    this.#nextSearch = now() + SEARCH_INTERVAL;
    const { pods } = this.#tree.walk();
    return pods.find((pod) => pod.uid === uid) ?? pods.find(({ path }) => containsProcess(this.directory + path, pid));
  }
}

/**
 * Whether a process is in the cgroup or in one below it. Numbers in `cgroup.procs` are those of the reader's PID
 * namespace; a process outside of it is 0 on v2 and left out on v1. So no other process is ever shown with our own
 * number, whichever namespaces we are in. The paths in `/proc/self/cgroup` and in mountinfo would not do: they begin at
 * the root of our cgroup namespace, which is usually our own container, and do not name what is above it.
 *
 * https://man7.org/linux/man-pages/man7/cgroup_namespaces.7.html
 */
export function containsProcess(directory: string, pid: number): boolean {
  return (
    readCgroupProcs(directory).split('\n').includes(String(pid)) ||
    listDirectories(directory).some((name) => containsProcess(`${directory}/${name}`, pid))
  );
}
