import { errorCode } from '../base/error-code.ts';
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import type { NativeFunctions } from './native.ts';
import { systemPath } from './path-names.ts';
import { OPEN_FLAGS } from './regular-file.ts';

/** A directory whose descriptor the reader may cache, which saves the kernel the lookup of its path. */
export interface CachedDirectory {
  /** -1 unless cached. */
  descriptor: number;
}

export interface FileReaderOptions {
  /** Each cached descriptor costs about 0.2 kB of kernel memory. */
  readonly maxCachedDescriptors: number;
  /** Reads below cached directories; without it they are read through `/proc/self/fd`. */
  readonly native?: NativeFunctions | undefined;
}

/** Of Linux, on every processor that Node.js runs on: the descriptor names the directory, and cannot be read. */
const O_PATH = 0o10000000;

/** To open a directory that is cached. */
export const DIRECTORY_FLAGS = O_PATH | constants.O_DIRECTORY;

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
  readonly #native: NativeFunctions | undefined;
  /** Names of files as `readAt` takes them. */
  readonly #names = new Map<string, Buffer>();
  readonly #cached = new Set<CachedDirectory>();

  constructor(options: FileReaderOptions) {
    this.#capacity = options.maxCachedDescriptors;
    this.#native = options.native;
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
   * Reads the file called `name` in `directory` and returns the length in bytes, or -1 if its descriptor is not cached or
   * the read fails, which closes the descriptor. A cgroup that was recreated with the same name is another directory,
   * and the file must be read by path.
   */
  readIn(directory: CachedDirectory, name: string): number {
    const { descriptor } = directory;
    if (descriptor < 0) return -1;
    const length = this.#readBelow(descriptor, name);
    if (length >= 0) return length;
    this.release(directory);
    return -1;
  }

  /** Reads the file at `path`, called `name`, and caches the descriptor of its `directory` if the limit allows. */
  openAndRead(directory: CachedDirectory, path: string, name: string): number {
    if (this.#cached.size < this.#capacity) {
      directory.descriptor = this.#open(path.slice(0, -name.length), DIRECTORY_FLAGS);
      this.#cached.add(directory);
      const length = this.#readBelow(directory.descriptor, name);
      // The directory is kept also without this file.
      if (length >= 0) return length;
    }
    return this.read(path);
  }

  /** Link count of `directory`; `undefined` if its descriptor is not cached. */
  linkCount({ descriptor }: CachedDirectory): number | undefined {
    return descriptor < 0 ? undefined : fstatSync(descriptor).nlink;
  }

  /** Closes the cached descriptor of `directory`, if any. */
  release(directory: CachedDirectory): void {
    if (!this.#cached.delete(directory)) return;
    const { descriptor } = directory;
    directory.descriptor = -1;
    closeSync(descriptor);
  }

  /** Closes all cached descriptors. */
  close(): void {
    for (const directory of this.#cached) this.release(directory);
  }

  /** -1 if it cannot be read. */
  #readBelow(directory: number, name: string): number {
    if (this.#native !== undefined) {
      const length = this.#native.readAt(directory, this.#nameBytes(name), this.bytes);
      // What fills the buffer may be longer: reading it by path makes the buffer larger.
      return length < this.bytes.length ? length : -1;
    }
    try {
      return this.read(`/proc/self/fd/${directory}/${name}`);
    } catch {
      return -1;
    }
  }

  #nameBytes(name: string): Buffer {
    const known = this.#names.get(name);
    if (known !== undefined) return known;
    const bytes = Buffer.from(`${name}\0`);
    this.#names.set(name, bytes);
    return bytes;
  }

  #open(path: string, flags = OPEN_FLAGS): number {
    const system = systemPath(path);
    try {
      return openSync(system, flags);
    } catch (error) {
      if (!outOfDescriptors(error) || this.#cached.size === 0) throw error;
      this.#shrink();
      return openSync(system, flags);
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
