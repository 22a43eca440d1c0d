import type { CachedDirectory, FileReader } from '../kernel/file-reader.ts';

/** How the reading of a file differs from the plan. */
export interface FileStatus {
  /** Position of the name in use among those of the plan. */
  choice: number;
  /** Milliseconds of the scrape's clock before which it is not opened again. */
  recheck: number;
  /** Why the file could not be read last; empty if it is absent and optional. */
  code: string;
}

/** What is kept between scrapes of a target that is read file by file. */
export interface RetainedState {
  /** Cached numbers and the times at which they expire, as laid out by the plan. */
  readonly numbers: Float64Array;
  /** The directory at a position of the plan. */
  directory(position: number): CachedDirectory;
  /** The status of a file, by the positions of its reading and its own; `undefined` if it is read as planned. */
  fileStatus(reading: number, file: number): FileStatus | undefined;
  setFileStatus(reading: number, file: number, status: FileStatus | undefined): void;
}

/** A reading has fewer files. */
const MAX_FILES = 64;

/** The files that are not read as planned: usually none. */
export class FileStatuses {
  #byFile: Map<number, FileStatus> | undefined;

  fileStatus(reading: number, file: number): FileStatus | undefined {
    return this.#byFile?.get(reading * MAX_FILES + file);
  }

  setFileStatus(reading: number, file: number, status: FileStatus | undefined): void {
    const key = reading * MAX_FILES + file;
    if (status === undefined) {
      this.#byFile?.delete(key);
      return;
    }
    this.#byFile ??= new Map();
    this.#byFile.set(key, status);
  }
}

/** What is kept of a cgroup between scrapes: its directories and cached numbers. */
export class Target extends FileStatuses implements RetainedState {
  readonly numbers: Float64Array;
  readonly #directories: CachedDirectory[] = [];

  /** `size`: the numbers that the plan caches for a cgroup of its level. */
  constructor(size: number) {
    super();
    this.numbers = new Float64Array(size);
  }

  directory(position: number): CachedDirectory {
    return (this.#directories[position] ??= { descriptor: -1 });
  }

  /** Drops the cached numbers, so that the next scrape reads them. */
  expire(): void {
    this.numbers.fill(0);
  }

  /** Closes the cached descriptors. */
  release(reader: FileReader): void {
    for (const directory of this.#directories) reader.release(directory);
  }
}
