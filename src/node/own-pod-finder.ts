import { toCgroupUid } from '../base/cgroup-uid.ts';
import { listDirectories, readCgroupProcs } from './cgroup-directories.ts';
import type { CgroupFinder, CgroupTree, CgroupInventory, PodCgroup } from './cgroup-tree.ts';

export interface OwnPodFinderOptions {
  /** `metadata.uid`, or the config hash of a static pod. Without a match the pod is found by `pid`. */
  readonly uid?: string;
  /** PID of the exporter in its own PID namespace. */
  readonly pid: number;
  /** Milliseconds, monotonic. */
  readonly now: () => number;
}

/** Minimum interval between two walks of the whole tree. */
const SEARCH_INTERVAL_MS = 30_000;

/**
 * Finds only the cgroup of the exporter's own pod. Walks the whole tree once, and again after the cgroup has vanished;
 * otherwise reads only the directory of the pod.
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
    return {
      pods: this.#pod === undefined ? [] : [this.#pod],
      duplicates: 0,
      slices: [],
      kubepodsRoots: [],
      outside: [],
      nestedNodes: [],
    };
  }

  #search(): PodCgroup | undefined {
    const { uid, pid, now } = this.#options;
    if (now() < this.#nextSearch) return undefined;
    this.#nextSearch = now() + SEARCH_INTERVAL_MS;
    const { pods } = this.#tree.walk();
    const cgroupUid = uid === undefined ? undefined : toCgroupUid(uid);
    return (
      pods.find((pod) => pod.uid === cgroupUid) ?? pods.find(({ path }) => containsProcess(this.directory + path, pid))
    );
  }
}

/**
 * Whether a cgroup or one of its descendants contains the process. PIDs in `cgroup.procs` are those of the reader's PID
 * namespace; a process outside of it is 0 on v2 and absent on v1. So no other process has the reader's own PID, in any
 * namespace. The paths in `/proc/self/cgroup` and in mountinfo are not sufficient: they are relative to the root of the
 * cgroup namespace, usually the reader's own container, and do not include its ancestors.
 *
 * https://man7.org/linux/man-pages/man7/cgroup_namespaces.7.html
 */
export function containsProcess(directory: string, pid: number): boolean {
  return (
    readCgroupProcs(directory).split('\n').includes(String(pid)) ||
    listDirectories(directory).some((name) => containsProcess(`${directory}/${name}`, pid))
  );
}
