import { errorCode } from '../base/error-code.ts';
import { closeSync, openSync, readSync } from 'node:fs';

/** A descriptor that the reader may keep for a file that is read again and again. */
export interface CachedFile {
  /** -1 while none is kept. */
  descriptor: number;
}

export interface FileReaderOptions {
  /** How many descriptors may be kept at once; each costs about 4.8 kB of kernel memory. */
  readonly maxCachedDescriptors: number;
}

const INITIAL_SIZE = 64 * 1024;
const MAXIMUM_SIZE = 4 * 1024 * 1024;

/**
 * A seq_file hands out at most a page per read and stops before a record that does not fit in it,
 * so a read shorter than this was the last one and the extra read that would return 0 is saved.
 */
const SURELY_LAST = 3 * 1024;

/**
 * Reads whole kernel files synchronously into one shared buffer.
 *
 * After a read, {@link bytes} holds the content up to the returned length, until the next read.
 * Every method throws the system's error (with `code`) when the file cannot be read.
 */
export class FileReader {
  bytes: Buffer = Buffer.allocUnsafeSlow(INITIAL_SIZE);
  #capacity: number;
  readonly #kept = new Set<CachedFile>();

  constructor(options: FileReaderOptions) {
    this.#capacity = options.maxCachedDescriptors;
  }

  /** Number of descriptors kept now. */
  get cachedDescriptors(): number {
    return this.#kept.size;
  }

  /** Opens, reads and closes `path`; returns the length in bytes. */
  read(path: string): number {
    const descriptor = this.#open(path);
    try {
      return this.#readAll(descriptor);
    } finally {
      closeSync(descriptor);
    }
  }

  /**
   * Reads through the kept descriptor of `file`; returns the length in bytes, or -1 if there is none or it no longer
   * answers. Then it has been closed: a cgroup may have been removed and made anew under the same name, which the
   * old descriptor answers with ENODEV, so the path decides.
   */
  readCached(file: CachedFile): number {
    if (file.descriptor < 0) return -1;
    try {
      return this.#readAll(file.descriptor);
    } catch {
      this.release(file);
      return -1;
    }
  }

  /** Like {@link read}, and keeps the descriptor in `file` if there is room for one more. */
  readAndCache(file: CachedFile, path: string): number {
    if (this.#kept.size >= this.#capacity) return this.read(path);
    file.descriptor = this.#open(path);
    this.#kept.add(file);
    try {
      return this.#readAll(file.descriptor);
    } catch (error) {
      this.release(file);
      throw error;
    }
  }

  /** Closes the descriptor of `file`, if one is kept. */
  release(file: CachedFile): void {
    if (!this.#kept.delete(file)) return;
    const { descriptor } = file;
    file.descriptor = -1;
    closeSync(descriptor);
  }

  /** Closes every kept descriptor. */
  close(): void {
    for (const file of this.#kept) this.release(file);
  }

  #open(path: string): number {
    try {
      return openSync(path, 'r');
    } catch (error) {
      if (!outOfDescriptors(error) || this.#kept.size === 0) throw error;
      this.#shrink();
      return openSync(path, 'r');
    }
  }

  /** The process may have fewer descriptors than we were told: give half of the kept ones back for good. */
  #shrink(): void {
    this.#capacity = this.#kept.size >> 1;
    for (const file of this.#kept) {
      if (this.#kept.size <= this.#capacity) break;
      this.release(file);
    }
  }

  #readAll(descriptor: number): number {
    let total = readSync(descriptor, this.bytes, 0, this.bytes.length, 0);
    if (total < SURELY_LAST) return total;
    for (;;) {
      if (total === this.bytes.length) this.#grow();
      const count = readSync(descriptor, this.bytes, total, this.bytes.length - total, total);
      if (count === 0) return total;
      total += count;
    }
  }

  #grow(): void {
    if (this.bytes.length >= MAXIMUM_SIZE) {
      throw Object.assign(new Error('file too large'), { code: 'EFBIG' });
    }
    const larger = Buffer.allocUnsafeSlow(this.bytes.length * 2);
    this.bytes.copy(larger);
    this.bytes = larger;
  }
}

function outOfDescriptors(error: unknown): boolean {
  const code = errorCode(error);
  return code === 'EMFILE' || code === 'ENFILE';
}
