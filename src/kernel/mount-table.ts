import { escapeOctal, parseMountinfo, unescapeOctal, type Mount } from './mountinfo.ts';

/**
 * Returns the device (`major:minor`) of the overlay at `/`; `undefined` if the root is not an overlay. The last of several
 * mounts at `/` is the visible one.
 */
export function overlayAtRoot(mountinfo: Buffer): string | undefined {
  const root = mountAt(mountinfo, '/');
  return root?.type === 'overlay' ? root.device : undefined;
}

/** Returns the mount at `path` (latin1), the last one if there are several. */
export function mountAt(mountinfo: Buffer, path: string): Mount | undefined {
  // There may be thousands of mounts: only the lines that contain the path are parsed.
  const field = ` ${escapeOctal(path)} `;
  const lines = mountinfo
    .toString('latin1')
    .split('\n')
    .filter((line) => line.includes(field));
  return parseMountinfo(Buffer.from(lines.join('\n'), 'latin1')).findLast(({ mountPoint }) => mountPoint === path);
}

/**
 * Returns the upper directories of overlays by device, as paths (latin1) in the mount namespace of the process that
 * mounted them. A read-only overlay has none, and a relative path is excluded.
 *
 * https://docs.kernel.org/filesystems/overlayfs.html
 */
export function overlayUpperDirectories(mountinfo: Buffer): ReadonlyMap<string, string> {
  const overlays = parseMountinfo(mountinfo).filter(({ type }) => type === 'overlay');
  return new Map(
    overlays.flatMap(({ device, superOptions }) => {
      const option = superOptions.split(',').find((text) => text.startsWith('upperdir='));
      const path = unescapeOctal(option?.slice('upperdir='.length) ?? '');
      return path.startsWith('/') ? [[device, path] as const] : [];
    }),
  );
}

/** Returns the mount points that are `directory` or below it; paths are latin1. */
export function mountPointsBelow(mountinfo: Buffer, directory: string): ReadonlySet<string> {
  const points = parseMountinfo(mountinfo).map(({ mountPoint }) => mountPoint);
  return new Set(points.filter((path) => path === directory || path.startsWith(`${directory}/`)));
}
