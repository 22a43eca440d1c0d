import { statSync, promises as fs, type BigIntStats } from 'node:fs';

/**
 * What changes when a watched file is written or replaced: device, inode, size and modification time. A file is always
 * looked up by its path, because a mounted Secret or ConfigMap is replaced as a whole by a new link.
 */
export type FileVersion = string;

/** Version of a regular file. @throws the error of the file system, or an {@link Error} if it is no regular file. */
export async function fileVersion(path: string): Promise<FileVersion> {
  const status = await fs.stat(path, { bigint: true });
  // Reading a pipe could wait forever.
  if (!status.isFile()) throw new Error('not a regular file');
  return versionOf(status);
}

/** Version of a file; `undefined` if it does not exist or cannot be looked up. */
export function fileVersionSync(path: string): FileVersion | undefined {
  try {
    return versionOf(statSync(path, { bigint: true }));
  } catch {
    return undefined;
  }
}

function versionOf({ dev, ino, size, mtimeNs }: BigIntStats): FileVersion {
  return [dev, ino, size, mtimeNs].join(' ');
}
