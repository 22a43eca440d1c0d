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
  readonly checkIntervalMs?: number;
}

const CHECK_INTERVAL_MS = 5000;

/** Reads pods from a file, and rereads it when its {@link fileVersion} changes. */
export class FileSource implements PodSource {
  readonly name: string;
  readonly index: PodIndex;
  readonly #options: FileSourceOptions;
  readonly #clock: Clock;
  readonly #status = new StatusTracker();
  readonly #problems: ProblemLog;
  /** Version of the last read content, valid or not. */
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
      failing: 'cannot read pods, keeping the last index',
      recovered: 'resumed reading pods',
      fields: { path: options.path },
    });
  }

  get status(): SourceStatus {
    return this.#status;
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
    log.info('read pods', { path, pods: size, other_nodes: otherNodePods, invalid: invalidPods });
    this.#scheduleRefresh();
  }

  /** Reads the file if it has changed. Never rejects. */
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

  #scheduleRefresh(): void {
    if (this.#stopped) return;
    this.#cancelTimer = this.#clock.after(this.#options.checkIntervalMs ?? CHECK_INTERVAL_MS, () => {
      void this.refresh().then(() => this.#scheduleRefresh());
    });
  }

  async #refresh(): Promise<void> {
    if (this.#stopped) return;
    try {
      await this.#readIfChanged();
    } catch (error) {
      const cause = errorReason(error);
      const isInvalid = error instanceof InvalidPodFile;
      if (isInvalid || cause !== this.#problem) this.#status.recordRestart('invalid_file');
      if (!isInvalid) this.#version = undefined;
      this.#problem = cause;
      this.#status.recordFailure('list', { reason: 'invalid_file', message: cause });
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
    this.#status.recordList(this.#clock.time());
    this.#problem = undefined;
    this.#problems.resolve();
  }
}
