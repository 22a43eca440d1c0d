import { parseMountinfo, unescapeOctal } from './mountinfo.ts';

/**
 * The upper directory of the overlay at `/` in a mountinfo: where a container's own writes are, by a path on the node
 * (a character a byte). `undefined` if the root is no overlay, or one that cannot be written, or its directory is not
 * told in full. Of several mounts at `/` the last lies on top.
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

/** The mount points in a mountinfo that are `directory` itself or lie below it; paths are a character a byte. */
export function mountPointsBelow(mountinfo: Buffer, directory: string): ReadonlySet<string> {
  const points = parseMountinfo(mountinfo).map(({ mountPoint }) => mountPoint);
  return new Set(points.filter((path) => path === directory || path.startsWith(`${directory}/`)));
}
