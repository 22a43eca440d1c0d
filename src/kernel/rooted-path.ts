import { readlinkSync } from 'node:fs';
import { join } from 'node:path';

/** The limit of the kernel (`MAXSYMLINKS`). */
const MAX_SYMLINKS = 40;

/** A path on the node, and the mount of the node's root. */
export interface RootedPath {
  readonly root: string;
  readonly path: string;
}

/**
 * Resolves a path of the node to a path for the exporter. Symbolic links are those of the node: the target of an absolute
 * one (e.g. `/var/lib/containerd` on a larger disk) is below `root`. The last component is not resolved.
 */
export function resolveRootedPath({ root, path }: RootedPath): string {
  const remaining = componentsOf(path);
  const resolved: string[] = [];
  let links = 0;
  for (let part = remaining.shift(); part !== undefined; part = remaining.shift()) {
    const target = part === '..' || remaining.length === 0 ? undefined : readLink(join(root, ...resolved, part));
    if (part === '..') resolved.pop();
    else if (target === undefined || ++links > MAX_SYMLINKS) resolved.push(part);
    else {
      if (target.startsWith('/')) resolved.length = 0;
      remaining.unshift(...componentsOf(target));
    }
  }
  return join(root, ...resolved);
}

function componentsOf(path: string): string[] {
  return path.split('/').filter((part) => part !== '' && part !== '.');
}

/** Target of a symbolic link; `undefined` if the path is not a symbolic link or not accessible. */
function readLink(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
