import { readlinkSync } from 'node:fs';
import { join } from 'node:path';

/** As many symbolic links as the kernel follows in a path. */
const MAX_SYMLINKS = 40;

/** A path of the node, and where we see its root. */
export interface RootedPath {
  readonly root: string;
  readonly path: string;
}

/**
 * Where we see what a path of the node leads to. A symbolic link on the way is one of the node's, so that an absolute
 * one (`/var/lib/containerd` to a larger disk, say) leads on from `root`, where the node's root is mounted. Not its
 * last part: what is measured is no link.
 */
export function resolveRootedPath({ root, path }: RootedPath): string {
  const ahead = partsOf(path);
  const taken: string[] = [];
  let links = 0;
  for (let part = ahead.shift(); part !== undefined; part = ahead.shift()) {
    const target = part === '..' || ahead.length === 0 ? undefined : linkAt(join(root, ...taken, part));
    if (part === '..') taken.pop();
    else if (target === undefined || ++links > MAX_SYMLINKS) taken.push(part);
    else {
      if (target.startsWith('/')) taken.length = 0;
      ahead.unshift(...partsOf(target));
    }
  }
  return join(root, ...taken);
}

function partsOf(path: string): string[] {
  return path.split('/').filter((part) => part !== '' && part !== '.');
}

/** Where a symbolic link leads; `undefined` for anything else, and for what cannot be seen. */
function linkAt(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
