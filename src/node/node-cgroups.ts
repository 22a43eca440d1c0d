import { statSync } from 'node:fs';
import type { CgroupInventory, PodCgroup } from './cgroup-tree.ts';

/** A cgroup of the `node` level. */
export interface NodeCgroup {
  /**
   * `node` for the root cgroup; `pods`, `kubelet` and `runtime`, the kubelet's names of its system containers; or `qos`.
   */
  readonly name: string;
  readonly path: string;
}

/** Slices in which distributions run the daemons of Kubernetes. */
const SLICES = ['/system.slice', '/runtime.slice', '/podruntime.slice', '/kubelet.slice'];

/** systemd units by system container, and the cgroup on Talos, which has no systemd. The first that exists is used. */
const DAEMONS = [
  { name: 'kubelet', units: ['kubelet.service'], onTalos: '/podruntime/kubelet' },
  { name: 'runtime', units: ['containerd.service', 'crio.service', 'docker.service'], onTalos: '/podruntime/runtime' },
] as const;

/**
 * Finds the root cgroup, kubepods and its QoS classes, and the cgroups of kubelet and container runtime if they exist.
 * `directory` is the walked mount; `isKnown` is whether the pod with a UID has a name.
 */
export function findNodeCgroups(
  directory: string,
  { pods, kubepodsRoots, slices }: CgroupInventory,
  isKnown: (uid: string) => boolean,
): readonly NodeCgroup[] {
  const kubepods = findKubepods(kubepodsRoots, pods, isKnown);
  const parents = SLICES.filter((slice) => slices.includes(slice));
  const daemons = DAEMONS.flatMap(({ name, units, onTalos }) => {
    const paths = [...parents.flatMap((parent) => units.map((unit) => `${parent}/${unit}`)), onTalos];
    const path = paths.find((candidate) => statSync(directory + candidate, { throwIfNoEntry: false }) !== undefined);
    return path === undefined ? [] : [{ name, path }];
  });
  return [
    // `--scope=pod` has no root.
    ...(slices.includes('/') ? [{ name: 'node', path: '/' }] : []),
    ...(kubepods === undefined ? [] : [{ name: 'pods', path: kubepods }]),
    ...slices.flatMap((path) => (path.startsWith(`${kubepods}/`) ? [{ name: 'qos', path }] : [])),
    ...daemons,
  ];
}

/**
 * The kubepods of this node: the one whose pods have names, since another may be that of a node in a container; else
 * one with pods, since the leftover tree of another cgroup driver has none.
 */
function findKubepods(
  [first, ...others]: readonly string[],
  pods: readonly PodCgroup[],
  isKnown: (uid: string) => boolean,
): string | undefined {
  if (first === undefined || others.length === 0) return first;
  const weight = (root: string): number => {
    const own = pods.filter(({ path }) => path.startsWith(`${root}/`));
    return own.filter(({ uid }) => isKnown(uid)).length + (own.length > 0 ? 0.5 : 0);
  };
  const [heaviest] = [first, ...others].toSorted((left, right) => weight(right) - weight(left));
  return heaviest;
}
