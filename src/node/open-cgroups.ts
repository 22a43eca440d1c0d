import { join } from 'node:path';
import { findHierarchies, READ_CONTROLLERS, type Hierarchies, type NodePaths } from '../kernel/hierarchies.ts';
import { findMissingControllers, type MissingController } from '../kernel/missing-controllers.ts';
import { CgroupTree, type CgroupFinder, type PodCgroup } from './cgroup-tree.ts';
import { ContainerPlaces } from './container-places.ts';
import { OwnPodFinder } from './own-pod-finder.ts';

/** Access to the cgroups. */
export interface CgroupAccess {
  readonly hierarchies: Hierarchies;
  readonly tree: CgroupFinder;
  /** Where containers outside of pods are, if there may be any. */
  readonly places?: ContainerPlaces;
  /** Why no cgroup is visible; only with `--scope=pod`. */
  readonly missingReason?: string;
  /** Controllers that no hierarchy has; absent with `--scope=pod`. */
  readonly missingControllers?: readonly MissingController[];
}

/**
 * Preferred hierarchies for the walk of a v1 node, before the v2 mount; the first one with pods is used. `pids` is preferred because its
 * directories have the fewest files. An unused hierarchy may lack services.
 */
const WALK_ORDER = ['pids', 'memory', 'cpuacct', 'cpu', 'name=systemd'];

const NO_HIERARCHIES: Hierarchies = { mode: 'none', controllers: new Map() };

/**
 * Opens the cgroups of this node.
 *
 * @throws {Error} one line, if there is no cgroup hierarchy.
 */
export function openNodeCgroups(paths: NodePaths): CgroupAccess {
  const hierarchies = findHierarchies(paths);
  const missingControllers = findMissingControllers(hierarchies, paths.procfs);
  const places = new ContainerPlaces(readMounts(hierarchies));
  return { hierarchies, tree: treeOf(hierarchies, places), places, missingControllers };
}

/**
 * Opens the cgroups of the exporter's own pod, if the node's tree is visible. The default `/sys/fs/cgroup` mount of a
 * container is not sufficient: it shows only the container, not the pod.
 *
 * @throws {Error} one line, if no cgroup is visible and `uid` is not set.
 */
export function openOwnPodCgroups(paths: NodePaths, uid: string | undefined): CgroupAccess {
  const found = findOwnCgroups(paths, uid);
  if (typeof found !== 'string') return found;
  if (uid === undefined) throw new Error(`--scope=pod cannot identify the pod, set POD_UID: ${found}`);
  const pods: readonly PodCgroup[] = [{ uid, path: '', containers: [] }];
  const tree = {
    directory: '',
    walk: () => ({ pods, duplicates: 0, slices: [], kubepodsRoots: [], outside: [], nestedNodes: [] }),
  };
  return { hierarchies: NO_HIERARCHIES, tree, missingReason: found };
}

/** Returns the reason if no cgroup is visible. */
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

/** The mounts of the controllers whose files are read, and the v2 mount. */
function readMounts({ controllers, unified }: Hierarchies): readonly string[] {
  const read = [...controllers].flatMap(([name, directory]) => (READ_CONTROLLERS.has(name) ? [directory] : []));
  return [...new Set([...read, ...(unified === undefined ? [] : [unified])])];
}

function treeOf({ unified, unifiedControllers, controllers, mode }: Hierarchies, places?: ContainerPlaces): CgroupTree {
  if (mode === 'v2') return new CgroupTree(unified === undefined ? [] : [unified]);
  const preferred = WALK_ORDER.flatMap((name) => controllers.get(name) ?? []);
  // With a v1 mount on a v2 node, the pods are in the v2 mount alone.
  const last = unified === undefined || (unifiedControllers?.size ?? 0) === 0 ? [] : [unified];
  return new CgroupTree([...new Set([...preferred, ...controllers.values(), ...last])], places);
}
