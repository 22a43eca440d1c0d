import { existsSync, readFileSync, statSync } from 'node:fs';

/** `major:minor` of the whole disk that holds `path`; `undefined` where no single disk does (tmpfs, overlay, btrfs). */
export function diskOf(path: string): string | undefined {
  const { dev } = statSync(path);
  // gnu_dev_major(3) and gnu_dev_minor(3), for numbers below 2^32.
  const major = (dev >>> 8) & 0xfff;
  const minor = (dev & 0xff) | ((dev >>> 12) & 0xfff00);
  const device = `/sys/dev/block/${major}:${minor}`;
  if (!existsSync(device)) return undefined;
  // The kernel resolves `..` from where the link leads to: a partition's parent is its disk.
  const disk = existsSync(`${device}/partition`) ? `${device}/..` : device;
  return readFileSync(`${disk}/dev`, 'latin1').trim();
}
