import { statSync } from 'node:fs';
import type { CgroupInventory } from './cgroup-tree.ts';

/** A cgroup that Kubernetes accounts to the node. */
export interface NodeCgroup {
  /** `node` for the whole of it; what the kubelet calls its system containers: `pods`, `kubelet`, `runtime`; or `qos`. */
  readonly name: string;
  readonly path: string;
}

/** Slices in which distributions run the daemons of Kubernetes. */
const SLICES = ['/system.slice', '/runtime.slice', '/podruntime.slice', '/kubelet.slice'];

/** Units of systemd by what they are for Kubernetes; of several the first that exists counts. */
const DAEMONS = [
  { name: 'kubelet', units: ['kubelet.service'] },
  { name: 'runtime', units: ['containerd.service', 'crio.service', 'docker.service'] },
] as const;

/**
 * The root, the cgroup of all pods and those of its QoS classes, and those of the kubelet and the container runtime where cgroups of their names
 * exist. `directory` is the mount that was walked.
 */
export function findNodeCgroups(
  directory: string,
  { pods, kubepodsRoots, slices }: CgroupInventory,
): readonly NodeCgroup[] {
  // A tree that another cgroup driver left over has no pods that count.
  const kubepods =
    kubepodsRoots.find((root) => pods.some(({ path }) => path.startsWith(`${root}/`))) ?? kubepodsRoots[0];
  const parents = SLICES.filter((slice) => slices.includes(slice));
  const daemons = DAEMONS.flatMap(({ name, units }) => {
    const paths = parents.flatMap((parent) => units.map((unit) => `${parent}/${unit}`));
    const path = paths.find((candidate) => statSync(directory + candidate, { throwIfNoEntry: false }) !== undefined);
    return path === undefined ? [] : [{ name, path }];
  });
  return [
    // Not where one pod alone was looked for.
    ...(slices.includes('/') ? [{ name: 'node', path: '/' }] : []),
    ...(kubepods === undefined ? [] : [{ name: 'pods', path: kubepods }]),
    ...slices.flatMap((path) => (path.startsWith(`${kubepods}/`) ? [{ name: 'qos', path }] : [])),
    ...daemons,
  ];
}
