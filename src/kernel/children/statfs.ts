/**
 * How full file systems are.
 * https://man7.org/linux/man-pages/man2/statfs.2.html
 */
import { statfsSync, type StatsFs } from 'node:fs';

/** Space and inodes of a file system. */
export interface FileSystemSpace {
  /** Bytes. */
  readonly size: number;
  readonly free: number;
  /** Bytes that are free for others than root. */
  readonly available: number;
  /** Inodes; 0 where the file system has no fixed number. */
  readonly files: number;
  readonly filesFree: number;
}

/** What came of asking: the space, or the system's error code. */
export type SpaceResult = FileSystemSpace | { readonly code: string };

/** What a file system says, in bytes: blocks are counted in fragments, which differ from blocks on some FUSE and NFS. */
export function toFileSystemSpace({ bsize, frsize, blocks, bfree, bavail, files, ffree }: StatsFs): FileSystemSpace {
  const unit = frsize > 0 ? frsize : bsize;
  return { size: blocks * unit, free: bfree * unit, available: bavail * unit, files, filesFree: ffree };
}

/** A path's bytes, of which each is a character (latin1). */
export function pathBytes(path: string): Buffer {
  return Buffer.from(path, 'latin1');
}

/** Types that answer at once, because nothing but this machine is asked. */
const LOCAL = new Set(
  'ext2 ext3 ext4 xfs btrfs tmpfs ramfs f2fs vfat exfat ntfs3 zfs bcachefs overlay iso9660 squashfs erofs'.split(' '),
);

/** Whether a file system of this type cannot hang for want of a server or a daemon. */
export function isLocal(type: string): boolean {
  return LOCAL.has(type);
}

/**
 * Space of the file system at `path` (latin1), asked in place.
 *
 * @throws the system's error.
 */
export function statfsInProcess(path: string): FileSystemSpace {
  return toFileSystemSpace(statfsSync(pathBytes(path)));
}
