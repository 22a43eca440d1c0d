import { isLeaf, listDirectories, readCgroupProcs } from './cgroup-directories.ts';
import { isDelegated } from './delegated-cgroups.ts';

interface Candidate {
  readonly uid: string;
  readonly path: string;
  readonly containers: readonly unknown[];
}

/** crun and systemd keep the processes of a container up to two levels below its cgroup. */
const MAX_PROCESS_DEPTH = 3;

/**
 * Removes all but one of the pods with the same UID. After a change of the cgroup driver the old tree may remain, empty;
 * a container or a service to which cgroups are delegated can make others, but never closer to the root than the kubelet.
 * `roots` has the paths of the kubepods cgroups.
 */
export function withoutDuplicates<P extends Candidate>(
  directory: string,
  pods: readonly P[],
  roots: readonly string[],
): readonly P[] {
  const byUid = Map.groupBy(pods, ({ uid }) => uid);
  if (byUid.size === pods.length) return pods;
  return [...byUid.values()].flatMap((same) => {
    const ranked = same.length === 1 ? same : same.toSorted(byRank((pod) => rank(directory, pod, roots)));
    return ranked.slice(0, 1);
  });
}

/** Lower comes first. */
function rank(directory: string, { path, containers }: Candidate, roots: readonly string[]): readonly number[] {
  const root = roots.find((each) => path.startsWith(`${each}/`)) ?? path;
  return [
    Number(isDelegated(path)),
    Number(!isPopulated(directory + path, MAX_PROCESS_DEPTH)),
    root.split('/').length,
    Number(containers.length === 0),
    path.length,
  ];
}

function byRank<P>(rankOf: (pod: P) => readonly number[]): (left: P, right: P) => number {
  return (left, right) => {
    const other = rankOf(right);
    const differences = rankOf(left).map((value, index) => value - (other[index] ?? 0));
    return differences.find((difference) => difference !== 0) ?? 0;
  };
}

function isPopulated(directory: string, depth: number): boolean {
  if (readCgroupProcs(directory) !== '') return true;
  if (depth === 0 || isLeaf(directory)) return false;
  return listDirectories(directory).some((name) => isPopulated(`${directory}/${name}`, depth - 1));
}
