import { join } from 'node:path';
import { Unmeasured, type DiskUsageProcess } from '../kernel/children/disk-usage-process.ts';
import type { RootedPath } from '../kernel/rooted-path.ts';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { measurables, type Measurable, type UsageFailure, type UsagePaths } from './directories.ts';
import { sumOf } from './summary.ts';
import { UsageFailures } from './usage-failures.ts';
import type { Usage, UsageKey, UsagePod, UsageTable } from './usage-table.ts';

export interface PodWalkOptions {
  readonly paths: UsagePaths;
  readonly walker: Pick<DiskUsageProcess, 'measure' | 'stop'>;
  readonly clock: Clock;
  readonly log: Log;
}

/** Milliseconds for which a directory in which the walk hung is left alone, after nothing hangs in it any more. */
const RETRY_AFTER_MS = 10 * 60 * 1000;

/** So often the process that walks may be lost in a round. */
const MAX_LOST_CHILDREN = 3;

/** Codes with which the process that walks fails, rather than the directory. */
const LOST = new Set(['ECHILD', 'EBUSY']);

/** Measures the files of pods, one directory after the other. */
export class PodWalk {
  readonly #options: PodWalkOptions;
  readonly #table: UsageTable;
  readonly #failures: UsageFailures;
  /** Directories in which the walk hung. */
  readonly #hung = new Set<string>();
  #lost = 0;

  constructor(table: UsageTable, options: PodWalkOptions) {
    this.#options = options;
    this.#table = table;
    this.#failures = new UsageFailures(options.log);
  }

  /** Measures everything that `pods` have, unless `signal` is aborted, or a pod is gone (by `exists`). Never rejects. */
  async round(pods: readonly UsagePod[], exists: (uid: string) => boolean, signal: AbortSignal): Promise<void> {
    this.#lost = 0;
    for (const pod of pods) {
      if (!exists(pod.uid)) continue;
      for (const measurable of measurables(pod, this.#options.paths)) {
        const failure = await this.#measure(measurable);
        if (signal.aborted) return;
        if (failure !== undefined) this.#failed(measurable.key, failure);
        if (this.#lost >= MAX_LOST_CHILDREN) return;
      }
    }
    this.#failures.roundEnds();
  }

  /** Ends the process that walks. */
  stop(): void {
    this.#options.walker.stop();
  }

  async #measure(measurable: Measurable): Promise<UsageFailure | undefined> {
    if ('failure' in measurable) return measurable.failure;
    const { key, directories } = measurable;
    const usages: Usage[] = [];
    for (const directory of directories) {
      const usage = await this.#usageOf(directory);
      if (usage === undefined) continue;
      if ('code' in usage) return usage;
      usages.push(usage);
    }
    const sum = sumOf(usages);
    if (sum === undefined) {
      this.#table.delete(key);
    } else {
      this.#table.set(key, sum);
      this.#failures.measured(key.type);
    }
    return undefined;
  }

  /** `undefined` for another file system. */
  async #usageOf(directory: RootedPath): Promise<Usage | UsageFailure | undefined> {
    const { walker, clock } = this.#options;
    const at = join(directory.root, directory.path);
    if (this.#hung.has(at)) return { code: 'ETIMEDOUT', at };
    const time = clock.time();
    try {
      const bytes = await walker.measure(directory);
      return bytes === undefined ? undefined : { bytes, time };
    } catch (error) {
      if (!(error instanceof Unmeasured)) throw error;
      if (error.released !== undefined) this.#avoid(at, error.released);
      return { code: error.code, at };
    }
  }

  #avoid(directory: string, released: Promise<void>): void {
    this.#hung.add(directory);
    void released.then(() => this.#options.clock.after(RETRY_AFTER_MS, () => this.#hung.delete(directory)));
  }

  #failed(key: UsageKey, failure: UsageFailure): void {
    this.#table.delete(key);
    this.#failures.failed(key.type, failure);
    if (LOST.has(failure.code)) this.#lost++;
  }
}
