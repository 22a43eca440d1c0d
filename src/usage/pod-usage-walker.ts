import { join } from 'node:path';
import { DiskUsageError, type DiskUsageProcess } from '../kernel/children/disk-usage-process.ts';
import type { RootedPath } from '../kernel/rooted-path.ts';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import {
  findUsageDirectories,
  type UsageDirectories,
  type UsageFailure,
  type UsagePaths,
} from './usage-directories.ts';
import { sumUsage } from './summary.ts';
import { UsageFailureLog } from './usage-failure-log.ts';
import type { Usage, UsageKey, UsagePod, UsageCache } from './usage-cache.ts';

export interface PodUsageWalkerOptions {
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
export class PodUsageWalker {
  readonly #options: PodUsageWalkerOptions;
  readonly #table: UsageCache;
  readonly #failures: UsageFailureLog;
  /** Directories in which the walk hung. */
  readonly #hung = new Set<string>();
  #lost = 0;

  constructor(table: UsageCache, options: PodUsageWalkerOptions) {
    this.#options = options;
    this.#table = table;
    this.#failures = new UsageFailureLog(options.log);
  }

  /** Measures everything that `pods` have, unless `signal` is aborted, or a pod is gone (by `exists`). Never rejects. */
  async round(pods: readonly UsagePod[], exists: (uid: string) => boolean, signal: AbortSignal): Promise<void> {
    this.#lost = 0;
    for (const pod of pods) {
      if (!exists(pod.uid)) continue;
      for (const measurable of findUsageDirectories(pod, this.#options.paths)) {
        const failure = await this.#measure(measurable);
        if (signal.aborted) return;
        if (failure !== undefined) this.#failed(measurable.key, failure);
        if (this.#lost >= MAX_LOST_CHILDREN) return;
      }
    }
    this.#failures.endRound();
  }

  /** Ends the process that walks. */
  stop(): void {
    this.#options.walker.stop();
  }

  async #measure(measurable: UsageDirectories): Promise<UsageFailure | undefined> {
    if ('failure' in measurable) return measurable.failure;
    const { key, directories } = measurable;
    const usages: Usage[] = [];
    for (const directory of directories) {
      const usage = await this.#usageOf(directory);
      if (usage === undefined) continue;
      if ('code' in usage) return usage;
      usages.push(usage);
    }
    const sum = sumUsage(usages);
    if (sum === undefined) {
      this.#table.delete(key);
    } else {
      this.#table.set(key, sum);
      this.#failures.recordSuccess(key.type);
    }
    return undefined;
  }

  /** `undefined` for another file system. */
  async #usageOf(directory: RootedPath): Promise<Usage | UsageFailure | undefined> {
    const { walker, clock } = this.#options;
    const path = join(directory.root, directory.path);
    if (this.#hung.has(path)) return { code: 'ETIMEDOUT', path };
    const time = clock.time();
    try {
      const bytes = await walker.measure(directory);
      return bytes === undefined ? undefined : { bytes, time };
    } catch (error) {
      if (!(error instanceof DiskUsageError)) throw error;
      if (error.released !== undefined) this.#avoid(path, error.released);
      return { code: error.code, path };
    }
  }

  #avoid(directory: string, released: Promise<void>): void {
    this.#hung.add(directory);
    void released.then(() => this.#options.clock.after(RETRY_AFTER_MS, () => this.#hung.delete(directory)));
  }

  #failed(key: UsageKey, failure: UsageFailure): void {
    this.#table.delete(key);
    this.#failures.recordFailure(key.type, failure);
    if (LOST.has(failure.code)) this.#lost++;
  }
}
