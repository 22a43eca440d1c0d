/**
 * Space and inodes of file systems.
 * https://man7.org/linux/man-pages/man2/statfs.2.html
 */
import { statfsSync, type StatsFs } from 'node:fs';

/** Space and inodes of a file system. */
export interface FileSystemSpace {
  /** Bytes. */
  readonly size: number;
  readonly free: number;
  /** Bytes available to unprivileged users. */
  readonly available: number;
  /** Inodes; 0 if the file system has no fixed number. */
  readonly files: number;
  readonly filesFree: number;
}

/** The space, or the system error code. */
export type SpaceResult = FileSystemSpace | { readonly code: string };

/** Converts blocks to bytes. The unit is the fragment, which differs from the block on some FUSE and NFS mounts. */
export function toFileSystemSpace({ bsize, frsize, blocks, bfree, bavail, files, ffree }: StatsFs): FileSystemSpace {
  const unit = frsize > 0 ? frsize : bsize;
  return { size: blocks * unit, free: bfree * unit, available: bavail * unit, files, filesFree: ffree };
}

/** Converts a latin1 path to its bytes. */
export function pathBytes(path: string): Buffer {
  return Buffer.from(path, 'latin1');
}

/** Types that depend on no server or daemon, so that statfs cannot hang. */
const LOCAL_TYPES = new Set(
  'ext2 ext3 ext4 xfs btrfs tmpfs ramfs f2fs vfat exfat ntfs3 zfs bcachefs overlay iso9660 squashfs erofs'.split(' '),
);

/** Whether the type of a file system is local. */
export function isLocal(type: string): boolean {
  return LOCAL_TYPES.has(type);
}

/**
 * Calls statfs for `path` (latin1) in this process.
 *
 * @throws the system error.
 */
export function statfsInProcess(path: string): FileSystemSpace {
  return toFileSystemSpace(statfsSync(pathBytes(path)));
}
