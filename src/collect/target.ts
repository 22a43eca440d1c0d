import type { FileReader, CachedFile } from '../kernel/file-reader.ts';

/** Why a file is not read as the plan has it. */
export interface FileStatus {
  /** Which of the plan's names is in use. */
  choice: number;
  /** Milliseconds of the scrape's clock before which it is not looked for again. */
  recheck: number;
  /** The last reason why there was nothing to read; empty for none. */
  code: string;
}

/** What is kept between scrapes of what is read file by file. */
export interface RetainedState {
  /** Settled numbers and when they are read again, as the plan lays them out. */
  readonly numbers: Float64Array;
  /** The descriptor at a position of the plan; made when first asked for. */
  kept(position: number): CachedFile;
  /** What is wrong with a file, by the position of its reading and its own. */
  fileStatus(reading: number, file: number): FileStatus | undefined;
  setFileStatus(reading: number, file: number, status: FileStatus | undefined): void;
}

/** More files than a reading has. */
const FILES = 64;

/** What is wrong with files; nothing at all, almost always. */
export class FileStatuses {
  #byFile: Map<number, FileStatus> | undefined;

  fileStatus(reading: number, file: number): FileStatus | undefined {
    return this.#byFile?.get(reading * FILES + file);
  }

  setFileStatus(reading: number, file: number, status: FileStatus | undefined): void {
    const key = reading * FILES + file;
    if (status === undefined) {
      this.#byFile?.delete(key);
      return;
    }
    this.#byFile ??= new Map();
    this.#byFile.set(key, status);
  }
}

/** What is kept of a cgroup between scrapes: cached file descriptors and cached numbers. */
export class Target extends FileStatuses implements RetainedState {
  readonly numbers: Float64Array;
  readonly #kept: CachedFile[] = [];

  /** `size`: how many numbers the plan caches for a cgroup of this level. */
  constructor(size: number) {
    super();
    this.numbers = new Float64Array(size);
  }

  kept(position: number): CachedFile {
    return (this.#kept[position] ??= { descriptor: -1 });
  }

  /** Drops the cached numbers, so that the next scrape reads them. */
  expire(): void {
    this.numbers.fill(0);
  }

  /** Closes the cached descriptors. */
  release(reader: FileReader): void {
    for (const file of this.#kept) reader.release(file);
  }
}
