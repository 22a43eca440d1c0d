import type { Mount } from '../kernel/mountinfo.ts';
import type { NodeMount } from './mounts.ts';

/** A mount that the kubelet made for a volume of a pod. */
export interface VolumeMount {
  /** UID of the pod; the config hash of a static pod. */
  readonly uid: string;
  /** Name of the plugin's directory: `kubernetes.io~csi`. */
  readonly plugin: string;
  /** Name of the volume's directory: that of the volume in the pod, or of the persistent volume. */
  readonly name: string;
  /** The pod has the volume as a block device, without a file system. */
  readonly block: boolean;
  readonly mount: NodeMount;
}

/**
 * A mount point of a volume, below the kubelet's directory of pods.
 *
 *     <uid>/volumes/kubernetes.io~csi/pvc-1c2d/mount · <uid>/volumes/kubernetes.io~empty-dir/cache
 *     <uid>/volumeDevices/kubernetes.io~csi/pvc-1c2d
 */
const PATTERN = /^([^/]+)\/(volumes|volumeDevices)\/([^/]+)\/([^/]+)(?:\/mount)?$/;

/** Volumes with configuration, not data. */
const SKIPPED_PLUGINS = new Set(
  ['projected', 'configmap', 'secret', 'downward-api'].map((plugin) => `kubernetes.io~${plugin}`),
);

/** The mounts of volumes among those of the node; `kubelet` is the kubelet's directory as a latin1 path of the node. */
export function volumeMounts(mounts: readonly NodeMount[], kubelet: string): readonly VolumeMount[] {
  const pods = `${kubelet}/pods/`;
  return mounts.flatMap((mount) => {
    if (!mount.mountPoint.startsWith(pods)) return [];
    const [, uid = '', kind = '', plugin = '', name = ''] = PATTERN.exec(mount.mountPoint.slice(pods.length)) ?? [];
    if (uid === '' || SKIPPED_PLUGINS.has(plugin)) return [];
    return [{ uid, plugin, name, block: kind === 'volumeDevices', mount }];
  });
}

/** The last name of a path. */
export function lastName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** The mount that contains a path: the one with the longest matching mount point, the last one if there are several. */
export function mountOf<M extends Mount>(mounts: readonly M[], path: string): M | undefined {
  let found: M | undefined;
  for (const mount of mounts) {
    const { mountPoint } = mount;
    if (mountPoint.length >= (found?.mountPoint.length ?? 0) && isInside(path, mountPoint)) found = mount;
  }
  return found;
}

function isInside(path: string, directory: string): boolean {
  if (!path.startsWith(directory)) return false;
  return directory === '/' || path.length === directory.length || path[directory.length] === '/';
}
