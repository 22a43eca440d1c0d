import { parseMountinfo, unescapeOctal } from './mountinfo.ts';

/**
 * Returns the upper directory of the overlay at `/`, that is, the writable layer of the container, as a path on the node
 * (latin1). `undefined` if the root is not an overlay, is read-only, or has a relative upper directory. The last of several
 * mounts at `/` is the visible one.
 *
 * https://docs.kernel.org/filesystems/overlayfs.html
 */
export function overlayUpperDirectory(mountinfo: Buffer): string | undefined {
  const root = parseMountinfo(mountinfo).findLast(({ mountPoint }) => mountPoint === '/');
  if (root?.type !== 'overlay') return undefined;
  const option = root.superOptions.split(',').find((text) => text.startsWith('upperdir='));
  const path = unescapeOctal(option?.slice('upperdir='.length) ?? '');
  return path.startsWith('/') ? path : undefined;
}

/** Returns the mount points that are `directory` or below it; paths are latin1. */
export function mountPointsBelow(mountinfo: Buffer, directory: string): ReadonlySet<string> {
  const points = parseMountinfo(mountinfo).map(({ mountPoint }) => mountPoint);
  return new Set(points.filter((path) => path === directory || path.startsWith(`${directory}/`)));
}
