import { join } from 'node:path';
import { findHierarchies, type Hierarchies, type NodePaths } from '../kernel/hierarchies.ts';
import { CgroupTree, type CgroupFinder, type PodCgroup } from './cgroup-tree.ts';
import { OwnPodFinder } from './own-pod-finder.ts';

/** The cgroups that are read. */
export interface CgroupAccess {
  readonly hierarchies: Hierarchies;
  readonly tree: CgroupFinder;
  /** Why there are none, in the scope of a pod of which none is to be seen. */
  readonly missingReason?: string;
}

/**
 * Hierarchies in which a v1 node is walked, the first that has pods. That of pids comes first because its
 * directories have the fewest files; a hierarchy that nobody uses shows no services.
 */
const WALKED = ['pids', 'memory', 'cpuacct', 'cpu', 'name=systemd'];

const NO_HIERARCHIES: Hierarchies = { mode: 'none', controllers: new Map() };

/**
 * The cgroups of this node.
 *
 * @throws {Error} one line, if there is no cgroup hierarchy.
 */
export function openNodeCgroups(paths: NodePaths): CgroupAccess {
  const hierarchies = findHierarchies(paths);
  return { hierarchies, tree: treeOf(hierarchies) };
}

/**
 * The cgroups of the pod that we run in: those in the node's tree if that is to be seen, else none. A runtime's own
 * mount of /sys/fs/cgroup shows no more than our container, which is not the pod.
 *
 * @throws {Error} one line, if there are none and the pod's UID is not known either.
 */
export function openOwnPodCgroups(paths: NodePaths, uid: string | undefined): CgroupAccess {
  const found = findOwnCgroups(paths, uid);
  if (typeof found !== 'string') return found;
  if (uid === undefined) throw new Error(`--scope=pod cannot tell which pod this is, set POD_UID: ${found}`);
  const pods: readonly PodCgroup[] = [{ uid, path: '', containers: [] }];
  const tree = { directory: '', walk: () => ({ pods, slices: [], kubepodsRoots: [] }) };
  return { hierarchies: NO_HIERARCHIES, tree, missingReason: found };
}

/** The reason in words if there are none. */
function findOwnCgroups(paths: NodePaths, uid: string | undefined): CgroupAccess | string {
  let hierarchies: Hierarchies;
  try {
    hierarchies = findHierarchies(paths);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  const self = { pid: process.pid, now: () => performance.now(), ...(uid === undefined ? {} : { uid }) };
  const tree = new OwnPodFinder(treeOf(hierarchies), self);
  if (tree.walk().pods.length > 0) return { hierarchies, tree };
  return `no cgroup of this pod below ${paths.cgroup ?? join(paths.sysfs, 'fs/cgroup')}`;
}

function treeOf({ unified, controllers, mode }: Hierarchies): CgroupTree {
  if (mode === 'v2') return new CgroupTree(unified === undefined ? [] : [unified]);
  const preferred = WALKED.flatMap((name) => controllers.get(name) ?? []);
  return new CgroupTree([...new Set([...preferred, ...controllers.values()])]);
}
