import { dirname } from 'node:path';
import { resolveRootedPath } from '../kernel/rooted-path.ts';

/** The kubelet's directory as a path of the node without symbolic links, because the kernel lists mounts without them. */
export function resolveKubelet(rootfs: string, kubelet: string): string {
  const root = rootfs === '/' ? '' : rootfs;
  const path = root !== '' && kubelet.startsWith(`${root}/`) ? kubelet.slice(root.length) : kubelet;
  return dirname(resolveRootedPath({ root: rootfs, path: `${path}/pods` })).slice(root.length);
}
