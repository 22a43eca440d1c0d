import type { Yielder } from '../../base/yielder.ts';
/** Disk usage of a directory, measured by walking it, as du(1) does. */
import { closeSync, constants, fstatSync, lstatSync, openSync, opendirSync, type Stats } from 'node:fs';
import { errorCode } from '../../base/error-code.ts';

export interface WalkOptions {
  readonly yielder: Yielder;
  /**
   * Mount points to skip, in latin1. The walk does not even stat them, because stat hangs if their server is dead. A file
   * system mounted after this list was read is detected by its device number.
   */
  readonly mounts: ReadonlySet<string>;
}

/** Unit of `st_blocks`, independent of the file system. */
const BLOCK_BYTES = 512;

/** Does not follow symbolic links and opens only directories. */
const OPEN_FLAGS = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/** Errors of an entry that was removed or replaced after it was listed. */
const VANISHED_CODES = new Set(['ENOENT', 'ENOTDIR', 'ELOOP']);

/** An open directory on the current path of the walk. The descriptor is stable across renames. */
interface OpenDirectory {
  readonly descriptor: number;
  /** latin1. */
  readonly path: string;
  /** Names of subdirectories that are not walked yet; latin1. */
  readonly directories: string[];
}

/**
 * Returns the disk usage of `directory` (latin1) in bytes. Holes do not count, hard links count once, symbolic links are
 * not followed, other file systems are excluded. Entries that vanish during the walk are skipped.
 *
 * @throws the system error, if any part of the directory cannot be read.
 */
export async function diskUsage(directory: string, options: WalkOptions): Promise<number> {
  const walk = new DirectoryWalk(options);
  try {
    return await walk.run(directory);
  } finally {
    walk.close();
  }
}

class DirectoryWalk {
  readonly #options: WalkOptions;
  readonly #path: OpenDirectory[] = [];
  /** Number of remaining links of files with several links, by inode. */
  readonly #links = new Map<number, number>();
  #device = Number.NaN;
  #blocks = 0;

  constructor(options: WalkOptions) {
    this.#options = options;
  }

  async run(directory: string): Promise<number> {
    const { yielder } = this.#options;
    if (yielder.shouldYield) await yielder.yield();
    const root = openSync(bytes(directory), OPEN_FLAGS);
    this.#device = fstatSync(root).dev;
    await this.#enter(root, directory);
    for (let current = this.#path.at(-1); current !== undefined; current = this.#path.at(-1)) {
      if (yielder.shouldYield) await yielder.yield();
      const name = current.directories.pop();
      if (name === undefined) this.#leave();
      else await this.#descend(current, name);
    }
    return this.#blocks * BLOCK_BYTES;
  }

  /** Closes all descriptors after a failure. */
  close(): void {
    while (this.#path.length > 0) this.#leave();
  }

  #leave(): void {
    const current = this.#path.pop();
    if (current !== undefined) closeSync(current.descriptor);
  }

  async #descend({ descriptor, path }: OpenDirectory, name: string): Promise<void> {
    let child: number;
    try {
      child = openSync(below(descriptor, name), OPEN_FLAGS);
    } catch (error) {
      if (VANISHED_CODES.has(errorCode(error))) return;
      throw error;
    }
    await this.#enter(child, `${path}/${name}`);
  }

  /** Counts a directory and its files, and queues its subdirectories. */
  async #enter(descriptor: number, path: string): Promise<void> {
    const directories: string[] = [];
    this.#path.push({ descriptor, path, directories });
    const { blocks, dev } = fstatSync(descriptor);
    if (dev !== this.#device) return;
    this.#blocks += blocks;
    const { yielder, mounts } = this.#options;
    // Names may be invalid UTF-8.
    const entries = opendirSync(`/proc/self/fd/${descriptor}`, { encoding: 'latin1', bufferSize: 256 });
    try {
      for (let entry = entries.readSync(); entry !== null; entry = entries.readSync()) {
        if (yielder.shouldYield) await yielder.yield();
        if (mounts.size > 0 && mounts.has(`${path}/${entry.name}`)) continue;
        if (this.#count(lstatSync(below(descriptor, entry.name), { throwIfNoEntry: false }))) {
          directories.push(entry.name);
        }
      }
    } finally {
      entries.closeSync();
    }
  }

  /** Counts a file. Returns true for a directory, which is counted when it is entered. */
  #count(stats: Stats | undefined): boolean {
    if (stats === undefined || stats.dev !== this.#device) return false;
    if (stats.isDirectory()) return true;
    if (stats.nlink <= 1 || this.#isFirstLink(stats)) this.#blocks += stats.blocks;
    return false;
  }

  /** Drops the file after its last link. */
  #isFirstLink({ ino, nlink }: Stats): boolean {
    const remaining = this.#links.get(ino);
    if (remaining === 1) this.#links.delete(ino);
    else this.#links.set(ino, (remaining ?? nlink) - 1);
    return remaining === undefined;
  }
}

function below(descriptor: number, name: string): Buffer {
  return bytes(`/proc/self/fd/${descriptor}/${name}`);
}

function bytes(path: string): Buffer {
  return Buffer.from(path, 'latin1');
}
