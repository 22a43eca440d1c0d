import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { unescapeOctal } from '../kernel/mountinfo.ts';
import type { NodeMount } from './mounts.ts';
import { mountOf } from './volume-mounts.ts';

/**
 * Directories in which container runtimes keep images and containers; those of distributions first, because another
 * runtime may be installed beside theirs. docs/distributions.md has the sources.
 */
const DIRECTORIES = [
  '/var/lib/rancher/k3s/agent/containerd',
  '/var/lib/rancher/rke2/agent/containerd',
  '/var/lib/k0s/containerd',
  '/var/snap/microk8s/common/var/lib/containerd',
  '/var/lib/containerd',
  '/var/lib/containers/storage',
  '/var/lib/docker',
];

/** Where runtimes mount the root file systems of containers: containerd, and CRI-O and Docker. */
const ROOT_FILE_SYSTEM = /\/(?:rootfs|merged)$/;

/** The mounts with the layers of images and with those that containers write; they may be the same. */
export interface RuntimeMounts {
  readonly images: NodeMount | undefined;
  readonly containers: NodeMount | undefined;
}

/**
 * Finds where the container runtime keeps images and writable layers: by the root file system of a container, an overlay
 * with the paths of both, otherwise by the default directories. `containerIds` are those of the pods, because another
 * runtime may run on the node.
 */
export function findRuntimeMounts(
  mounts: readonly NodeMount[],
  rootfs: string,
  containerIds: ReadonlySet<string>,
): RuntimeMounts {
  const overlays = mounts.filter(({ type, mountPoint }) => type === 'overlay' && ROOT_FILE_SYSTEM.test(mountPoint));
  const isOfPod = ({ mountPoint }: NodeMount): boolean => mountPoint.split('/').some((name) => containerIds.has(name));
  const overlay = overlays.find(isOfPod) ?? overlays[0];
  const containers = overlay === undefined ? undefined : layerMount(mounts, overlay, 'upperdir');
  if (overlay !== undefined && containers !== undefined) {
    return { images: layerMount(mounts, overlay, 'lowerdir') ?? containers, containers };
  }
  const found = DIRECTORIES.find((path) => existsSync(join(rootfs, path)));
  const mount = found === undefined ? undefined : mountOf(mounts, found);
  return { images: mount, containers: mount };
}

/** The mount with a layer of an overlay; `undefined` for a relative path, whose directory the kernel does not list. */
function layerMount(
  mounts: readonly NodeMount[],
  { superOptions }: NodeMount,
  layer: 'upperdir' | 'lowerdir',
): NodeMount | undefined {
  // Layers that were added one by one are listed as `lowerdir+=`.
  const [, paths = ''] = new RegExp(`(?:^|,)${layer}\\+?=([^,]*)`).exec(superOptions) ?? [];
  const [path = ''] = unescapeOctal(paths).split(':');
  return path.startsWith('/') ? mountOf(mounts, dirname(path)) : undefined;
}
