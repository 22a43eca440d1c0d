import { promises as fs } from 'node:fs';
import { errorReason } from '../../base/error-code.ts';
import { fileVersion, type FileVersion } from '../../base/file-version.ts';
import { ProblemLog } from '../../base/problem-log.ts';
import { type Clock, systemClock } from '../../base/clock.ts';
import { InvalidPodFile, readPodDocuments } from './pod-documents.ts';
import { PodIndex, type PodIndexOptions } from '../pod-index.ts';
import { StatusTracker } from './status-tracker.ts';
import type { Log } from '../../base/log.ts';
import type { PodSource, SourceStatus } from '../pod-source.ts';

export interface FileSourceOptions extends PodIndexOptions {
  readonly path: string;
  readonly log: Log;
  readonly clock?: Clock;
  /** Milliseconds between two looks at the file. */
  readonly interval?: number;
}

const INTERVAL = 5000;

/**
 * Pods from a file, which is read again when its time, size or inode have changed. It is looked at by path each
 * time, so that a renamed file or a swapped link of a mounted ConfigMap is noticed.
 */
export class FileSource implements PodSource {
  readonly name: string;
  readonly index: PodIndex;
  readonly #options: FileSourceOptions;
  readonly #clock: Clock;
  readonly #progress = new StatusTracker();
  readonly #problems: ProblemLog;
  /** The state of the file that was read last, valid or not. */
  #version: FileVersion | undefined;
  #problem: string | undefined;
  #refreshing: Promise<void> | undefined;
  #cancelTimer: () => void = () => {};
  #stopped = false;

  constructor(options: FileSourceOptions) {
    this.name = `file:${options.path}`;
    this.index = new PodIndex(options);
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#problems = new ProblemLog(options.log, {
      failing: `pods cannot be read from ${options.path}, the last good state is kept`,
      recovered: `pods are read from ${options.path} again`,
    });
  }

  get status(): SourceStatus {
    return this.#progress;
  }

  /** @throws {Error} one line with path and cause, if the file is missing or invalid. */
  async start(): Promise<void> {
    const { path, log } = this.#options;
    try {
      await this.#readIfChanged();
    } catch (error) {
      throw new Error(`cannot read pods from ${path}: ${errorReason(error)}`, { cause: error });
    }
    const { size, otherNodePods, invalidPods } = this.index;
    log.info('pods read', { path, pods: size, of_other_nodes: otherNodePods, invalid: invalidPods });
    this.#waitAndRefresh();
  }

  /** Reads the file if it has changed; cheap if it has not. Never rejects. */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#refresh().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  requestRelist(): void {
    void this.refresh();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelTimer();
    await this.#refreshing;
  }

  #waitAndRefresh(): void {
    if (this.#stopped) return;
    this.#cancelTimer = this.#clock.after(this.#options.interval ?? INTERVAL, () => {
      void this.refresh().then(() => this.#waitAndRefresh());
    });
  }

  async #refresh(): Promise<void> {
    if (this.#stopped) return;
    try {
      await this.#readIfChanged();
    } catch (error) {
      const cause = errorReason(error);
      const isInvalid = error instanceof InvalidPodFile;
      if (isInvalid || cause !== this.#problem) this.#progress.recordRestart('invalid_file');
      if (!isInvalid) this.#version = undefined;
      this.#problem = cause;
      this.#problems.report(cause);
    }
  }

  async #readIfChanged(): Promise<void> {
    const { path } = this.#options;
    const version = await fileVersion(path);
    if (version === this.#version) return;
    const content = await fs.readFile(path, 'utf8');
    this.#version = version;
    this.index.replace(await readPodDocuments(content));
    this.#progress.recordList(this.#clock.time());
    this.#problem = undefined;
    this.#problems.resolve();
  }
}
