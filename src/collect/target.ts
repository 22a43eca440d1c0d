import type { FileReader, KeptFile } from '../kernel/file-reader.ts';
import type { Level } from '../metrics/row.ts';
import type { ContainerRecord, PodRecord } from '../pods/pod.ts';
import type { Subject } from '../snapshot/snapshot.ts';

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
  kept(position: number): KeptFile;
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

/** A cgroup that is measured: its name, and what is kept of it between scrapes. */
export class Target extends FileStatuses implements Subject, RetainedState {
  readonly level: Level;
  readonly path: string;
  readonly numbers: Float64Array;
  containerId?: string;
  labels: Subject['labels'];
  pod?: PodRecord;
  container?: ContainerRecord;
  sandbox: Target | undefined;
  gone = false;
  /** The scrape that saw it last. */
  seen = 0;
  readonly #kept: KeptFile[] = [];

  /** `memory`: how many numbers the plan keeps for a target of this level. */
  constructor(level: Level, path: string, memory: number) {
    super();
    this.level = level;
    this.path = path;
    this.labels = [];
    this.numbers = new Float64Array(memory);
  }

  /** Names it. Limits may have changed with the pod's object, so they are read anew. */
  identify(labels: Subject['labels'], pod: PodRecord, container?: ContainerRecord): void {
    this.labels = labels;
    this.pod = pod;
    if (container === undefined) delete this.container;
    else this.container = container;
    this.numbers.fill(0);
  }

  kept(position: number): KeptFile {
    return (this.#kept[position] ??= { descriptor: -1 });
  }

  /** Closes what is open. */
  release(reader: FileReader): void {
    for (const file of this.#kept) reader.release(file);
  }
}
