import type { Yielder } from '../../base/yielder.ts';
/** How much disk a directory takes, found by walking through it, as du(1) does. */
import { closeSync, constants, fstatSync, lstatSync, openSync, opendirSync, type Stats } from 'node:fs';
import { errorCode } from '../../base/error-code.ts';

export interface WalkOptions {
  readonly yielder: Yielder;
  /**
   * Paths of mount points, a character a byte. They are not even looked at: the one of a dead server never answers.
   * What was mounted since this was read is told by its device number.
   */
  readonly mounts: ReadonlySet<string>;
}

/** `stat` counts in blocks of this size, whatever the file system's are. */
const BLOCK = 512;

/** A link is not followed, and nothing but a directory is opened. */
const DIRECTORY = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/** With these an entry answers that is gone, or is no longer what it was a moment ago. */
const VANISHED = new Set(['ENOENT', 'ENOTDIR', 'ELOOP']);

/** A directory on the way from the one that was asked for. It stays the same one, whoever renames it meanwhile. */
interface Level {
  readonly descriptor: number;
  /** A character a byte. */
  readonly path: string;
  /** Names of the directories in it that are still to be walked through; a character a byte. */
  readonly directories: string[];
}

/**
 * Bytes on disk of `directory` and everything in it: holes are none, hard links count once, symlinks are not followed,
 * other file systems are not crossed. What vanishes meanwhile costs nothing. `directory` is a character a byte.
 *
 * @throws the system's error, if it cannot be read or anything in it cannot.
 */
export async function diskUsage(directory: string, options: WalkOptions): Promise<number> {
  const walk = new Walk(options);
  try {
    return await walk.run(directory);
  } finally {
    walk.close();
  }
}

class Walk {
  readonly #options: WalkOptions;
  readonly #levels: Level[] = [];
  /** How often a file with several links may still be met, by its inode. */
  readonly #links = new Map<number, number>();
  #device = Number.NaN;
  #blocks = 0;

  constructor(options: WalkOptions) {
    this.#options = options;
  }

  async run(directory: string): Promise<number> {
    const { yielder } = this.#options;
    if (yielder.shouldYield) await yielder.yield();
    const root = openSync(bytes(directory), DIRECTORY);
    this.#device = fstatSync(root).dev;
    await this.#enter(root, directory);
    for (let level = this.#levels.at(-1); level !== undefined; level = this.#levels.at(-1)) {
      if (yielder.shouldYield) await yielder.yield();
      const name = level.directories.pop();
      if (name === undefined) this.#leave();
      else await this.#descend(level, name);
    }
    return this.#blocks * BLOCK;
  }

  /** Closes what a failure left open. */
  close(): void {
    while (this.#levels.length > 0) this.#leave();
  }

  #leave(): void {
    const level = this.#levels.pop();
    if (level !== undefined) closeSync(level.descriptor);
  }

  async #descend({ descriptor, path }: Level, name: string): Promise<void> {
    let child: number;
    try {
      child = openSync(below(descriptor, name), DIRECTORY);
    } catch (error) {
      if (VANISHED.has(errorCode(error))) return;
      throw error;
    }
    await this.#enter(child, `${path}/${name}`);
  }

  /** Counts a directory and what is in it, and notes the directories in it for later. */
  async #enter(descriptor: number, path: string): Promise<void> {
    const directories: string[] = [];
    this.#levels.push({ descriptor, path, directories });
    const { blocks, dev } = fstatSync(descriptor);
    if (dev !== this.#device) return;
    this.#blocks += blocks;
    const { yielder, mounts } = this.#options;
    // Names need not be text in any encoding.
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

  /** True for a directory, which is counted when it is entered. */
  #count(stats: Stats | undefined): boolean {
    if (stats === undefined || stats.dev !== this.#device) return false;
    if (stats.isDirectory()) return true;
    if (stats.nlink <= 1 || this.#isFirst(stats)) this.#blocks += stats.blocks;
    return false;
  }

  /** Forgets a file when every link to it was met. */
  #isFirst({ ino, nlink }: Stats): boolean {
    const left = this.#links.get(ino);
    if (left === 1) this.#links.delete(ino);
    else this.#links.set(ino, (left ?? nlink) - 1);
    return left === undefined;
  }
}

function below(descriptor: number, name: string): Buffer {
  return bytes(`/proc/self/fd/${descriptor}/${name}`);
}

function bytes(path: string): Buffer {
  return Buffer.from(path, 'latin1');
}
