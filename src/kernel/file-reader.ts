import { errorCode } from '../base/error-code.ts';
import { closeSync, openSync, readSync } from 'node:fs';
import { systemPath } from './path-names.ts';
import { OPEN_FLAGS } from './regular-file.ts';

/** A file whose descriptor the reader may cache. */
export interface CachedFile {
  /** -1 unless cached. */
  descriptor: number;
}

export interface FileReaderOptions {
  /** Each cached descriptor costs about 4.8 kB of kernel memory. */
  readonly maxCachedDescriptors: number;
}

const INITIAL_BUFFER_BYTES = 64 * 1024;
const MAX_BUFFER_BYTES = 4 * 1024 * 1024;

/**
 * A seq_file returns at most a page per read and stops before a record that does not fit. A read shorter than this was
 * therefore the last one, which saves the read that would return 0.
 */
const SHORT_READ_BYTES = 3 * 1024;

/**
 * Reads whole kernel files synchronously into one shared buffer.
 *
 * After a read, {@link bytes} contains the content up to the returned length, until the next read.
 * Every method throws the system error (with `code`) if the file cannot be read.
 */
export class FileReader {
  bytes: Buffer = Buffer.allocUnsafeSlow(INITIAL_BUFFER_BYTES);
  #capacity: number;
  readonly #cached = new Set<CachedFile>();

  constructor(options: FileReaderOptions) {
    this.#capacity = options.maxCachedDescriptors;
  }

  /** Number of cached descriptors. */
  get cachedDescriptors(): number {
    return this.#cached.size;
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
   * Reads through the cached descriptor of `file` and returns the length in bytes, or -1 if no descriptor is cached or
   * the read fails, which closes the descriptor. After a cgroup was recreated with the same name the old descriptor
   * returns ENODEV, and the file must be read by path.
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

  /** Like {@link read}, and caches the descriptor in `file` if the limit allows. */
  readAndCache(file: CachedFile, path: string): number {
    if (this.#cached.size >= this.#capacity) return this.read(path);
    file.descriptor = this.#open(path);
    this.#cached.add(file);
    try {
      return this.#readAll(file.descriptor);
    } catch (error) {
      this.release(file);
      throw error;
    }
  }

  /** Closes the cached descriptor of `file`, if any. */
  release(file: CachedFile): void {
    if (!this.#cached.delete(file)) return;
    const { descriptor } = file;
    file.descriptor = -1;
    closeSync(descriptor);
  }

  /** Closes all cached descriptors. */
  close(): void {
    for (const file of this.#cached) this.release(file);
  }

  #open(path: string): number {
    const system = systemPath(path);
    try {
      return openSync(system, OPEN_FLAGS);
    } catch (error) {
      if (!outOfDescriptors(error) || this.#cached.size === 0) throw error;
      this.#shrink();
      return openSync(system, OPEN_FLAGS);
    }
  }

  /** RLIMIT_NOFILE may be lower than configured: closes half of the cached descriptors and lowers the limit. */
  #shrink(): void {
    this.#capacity = this.#cached.size >> 1;
    for (const file of this.#cached) {
      if (this.#cached.size <= this.#capacity) break;
      this.release(file);
    }
  }

  #readAll(descriptor: number): number {
    let total = readSync(descriptor, this.bytes, 0, this.bytes.length, 0);
    if (total < SHORT_READ_BYTES) return total;
    for (;;) {
      if (total === this.bytes.length) this.#grow();
      const count = readSync(descriptor, this.bytes, total, this.bytes.length - total, total);
      if (count === 0) return total;
      total += count;
    }
  }

  #grow(): void {
    if (this.bytes.length >= MAX_BUFFER_BYTES) {
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
