import { basename } from 'node:path';
import type { OldestProcess } from './cgroup-processes.ts';
import type { ContainerCgroup } from './cgroup-tree.ts';

/** A container with a visible process. */
export interface VisibleContainer extends OldestProcess {
  readonly cgroup: ContainerCgroup;
}

/** Evidence about the containers of a pod. */
export interface PodEvidence {
  /** Containers that are not in the status. */
  readonly candidates: readonly VisibleContainer[];
  /** Containers that are in the status. */
  readonly named: readonly VisibleContainer[];
  /** Whether the pod has any container status. */
  readonly hasStatus: boolean;
  /** Clock ticks since boot at which the first running container was started, as the status reports it. */
  readonly reportedStart: number | undefined;
}

/** Decision on the containers that are not in the status. */
export interface SandboxDecision {
  readonly sandbox: ContainerCgroup | undefined;
  /**
   * Leftovers of a failed start, which will never appear in the status: older than the sandbox or than a container in
   * the status.
   */
  readonly strays: readonly ContainerCgroup[];
}

/** The process of most sandboxes. */
const PAUSE = 'pause';

/**
 * The sandbox is the candidate in the network namespace of the named containers, then the one whose process is named
 * `pause`, then the oldest. A runtime starts it first, so that it is older than all named containers.
 */
export function chooseSandbox(pod: PodEvidence): SandboxDecision {
  const { candidates, named } = pod;
  const namespaces = new Set(named.flatMap(({ inode }) => inode ?? []));
  const isInNamespace = ({ inode }: VisibleContainer): boolean => inode !== undefined && namespaces.has(inode);
  const rank = (candidate: VisibleContainer): number =>
    (isInNamespace(candidate) ? 0 : 4) +
    (candidate.ticks <= (pod.reportedStart ?? Number.POSITIVE_INFINITY) ? 0 : 2) +
    (candidate.name === PAUSE ? 0 : 1);
  const possible = candidates.filter((candidate) => {
    const isElsewhere = namespaces.size > 0 && candidate.inode !== undefined && !isInNamespace(candidate);
    return !(isElsewhere && candidate.name !== PAUSE) && isOldEnough(candidate, pod);
  });
  const [sandbox] = possible.toSorted((left, right) => rank(left) - rank(right) || left.ticks - right.ticks);
  const newest = Math.max(...[...named, ...(sandbox === undefined ? [] : [sandbox])].map(({ ticks }) => ticks));
  const strays = candidates.filter((candidate) => candidate !== sandbox && candidate.ticks < newest);
  return { sandbox: sandbox?.cgroup, strays: strays.map(({ cgroup }) => cgroup) };
}

/** Whether the candidate can be older than all containers of the pod. */
function isOldEnough(candidate: VisibleContainer, pod: PodEvidence): boolean {
  if (pod.named.length > 0) return pod.named.every(({ ticks }) => candidate.ticks <= ticks);
  if (mayLackSandbox(candidate.cgroup)) return isSandboxOfCrio(candidate, pod);
  return pod.hasStatus || candidate.name === PAUSE || pod.candidates.length > 1;
}

/**
 * Whether the runtime may run pods without a sandbox, as CRI-O does by default. The only candidate can then be a
 * container whose ID is not in the status yet.
 */
export function mayLackSandbox({ path }: ContainerCgroup): boolean {
  return basename(path).startsWith('crio-');
}

function isSandboxOfCrio(candidate: VisibleContainer, { candidates, reportedStart }: PodEvidence): boolean {
  if (candidates.some(({ ticks }) => ticks < candidate.ticks)) return false;
  return reportedStart === undefined ? candidate.name === PAUSE : candidate.ticks <= reportedStart;
}
