import type { NodeMount } from './mounts.ts';

/** A mount that the kubelet made for a volume of a pod. */
export interface VolumeMount {
  /** Of the pod, or a static pod's config hash. */
  readonly uid: string;
  /** As the kubelet's directory calls it: `kubernetes.io~csi`. */
  readonly plugin: string;
  /** What the kubelet calls the volume: its name in the pod, or that of the persistent volume. */
  readonly name: string;
  /** The volume is handed to the pod as a block device, without a file system. */
  readonly block: boolean;
  readonly mount: NodeMount;
}

/**
 * What a path below the kubelet's directory of pods is a mount of.
 *
 *     <uid>/volumes/kubernetes.io~csi/pvc-1c2d/mount · <uid>/volumes/kubernetes.io~empty-dir/cache
 *     <uid>/volumeDevices/kubernetes.io~csi/pvc-1c2d
 */
const PATTERN = /^([^/]+)\/(volumes|volumeDevices)\/([^/]+)\/([^/]+)(?:\/mount)?$/;

/** Volumes that hold what is known from the specification, not data. */
const LEFT_OUT = new Set(
  ['projected', 'configmap', 'secret', 'downward-api'].map((plugin) => `kubernetes.io~${plugin}`),
);

/** The mounts of volumes among those of the node; `kubelet` is the kubelet's directory on the node, in latin1. */
export function volumeMounts(mounts: readonly NodeMount[], kubelet: string): readonly VolumeMount[] {
  const pods = `${kubelet}/pods/`;
  return mounts.flatMap((mount) => {
    if (!mount.mountPoint.startsWith(pods)) return [];
    const [, uid = '', kind = '', plugin = '', name = ''] = PATTERN.exec(mount.mountPoint.slice(pods.length)) ?? [];
    if (uid === '' || LEFT_OUT.has(plugin)) return [];
    return [{ uid, plugin, name, block: kind === 'volumeDevices', mount }];
  });
}

/** The last of a path's names. */
export function lastName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** The mount in which a path lies: the longest that it begins with. */
export function mountOf(mounts: readonly NodeMount[], path: string): NodeMount | undefined {
  let found: NodeMount | undefined;
  for (const mount of mounts) {
    const inside = mount.mountPoint === '/' || path === mount.mountPoint || path.startsWith(`${mount.mountPoint}/`);
    if (inside && mount.mountPoint.length > (found?.mountPoint.length ?? 0)) found = mount;
  }
  return found;
}
