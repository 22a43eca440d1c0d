import { isLeaf, listDirectories } from './cgroup-directories.ts';
import { parseCgroupName } from './cgroup-names.ts';

/** kubepods is at depth 1 or 2 of a node's own tree: kubepods, kubelet/kubepods, kubelet.slice/kubelet-kubepods.slice. */
const MAX_DEPTH = 3;

/**
 * Finds the containers that are nodes themselves, as those of kind, k3d and minikube, beside the kubepods of the machine.
 * A walk searches the containers that it finds for the first time, and one of the others.
 */
export class NestedNodes {
  /** Whether a container has kubepods, by path. */
  #byPath = new Map<string, boolean>();
  #next = 0;

  /** Paths of the nodes among the containers at `paths`, which are in the mount `directory`. */
  find(directory: string, paths: readonly string[]): readonly string[] {
    const known = this.#byPath;
    this.#next = paths.length === 0 ? 0 : (this.#next + 1) % paths.length;
    this.#byPath = new Map(
      paths.map((path, index) => {
        const last = index === this.#next ? undefined : known.get(path);
        return [path, last ?? hasKubepods(directory + path, MAX_DEPTH)];
      }),
    );
    return paths.filter((path) => this.#byPath.get(path) === true);
  }
}

function hasKubepods(directory: string, depth: number): boolean {
  if (depth === 0 || isLeaf(directory)) return false;
  const names = listDirectories(directory);
  return (
    names.some((name) => parseCgroupName(name).kind === 'kubepods') ||
    names.some((name) => hasKubepods(`${directory}/${name}`, depth - 1))
  );
}
