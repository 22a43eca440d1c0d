import { join } from 'node:path';
import { DiskUsageError, type DiskUsageProcess } from '../kernel/children/disk-usage-process.ts';
import type { RootedPath } from '../kernel/rooted-path.ts';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { findUsageDirectories, type UsageDirectories } from './usage-directories.ts';
import type { UsageFailure, UsagePaths } from './usage-paths.ts';
import { sumUsage } from './summary.ts';
import { UsageFailureLog } from './usage-failure-log.ts';
import { WritableLayers } from './writable-layers.ts';
import type { Usage, UsageKey, UsagePod, UsageCache } from './usage-cache.ts';

export interface PodUsageWalkerOptions {
  readonly paths: UsagePaths;
  readonly walker: Pick<DiskUsageProcess, 'measure' | 'stop'>;
  readonly clock: Clock;
  readonly log: Log;
}

/** Delay until a directory in which a walk hung is walked again, after the hanging process has exited. */
const RETRY_AFTER_MS = 10 * 60 * 1000;

/** A round ends after this number of lost child processes. */
const MAX_LOST_CHILDREN = 3;

/** Failures of the child process, not of the directory. */
const CHILD_FAILURE_CODES = new Set(['ECHILD', 'EBUSY']);

/** Measures the disk usage of pods by walking their directories sequentially. */
export class PodUsageWalker {
  readonly #options: PodUsageWalkerOptions;
  readonly #cache: UsageCache;
  readonly #failures: UsageFailureLog;
  /** Directories in which a walk hung. */
  readonly #hung = new Set<string>();
  #lostChildren = 0;

  constructor(cache: UsageCache, options: PodUsageWalkerOptions) {
    this.#options = options;
    this.#cache = cache;
    this.#failures = new UsageFailureLog(options.log);
  }

  /** Measures `pods`, except those that no longer exist, until `signal` is aborted. Never rejects. */
  async round(pods: readonly UsagePod[], exists: (uid: string) => boolean, signal: AbortSignal): Promise<void> {
    this.#lostChildren = 0;
    const layers = new WritableLayers(this.#options.paths);
    for (const pod of pods) {
      if (!exists(pod.uid)) continue;
      for (const usageDirectories of findUsageDirectories(pod, this.#options.paths, layers)) {
        const failure = await this.#measure(usageDirectories);
        if (signal.aborted) return;
        if (failure !== undefined) this.#recordFailure(usageDirectories.key, failure);
        if (this.#lostChildren >= MAX_LOST_CHILDREN) return;
      }
    }
    this.#failures.endRound();
  }

  /** Stops the child process. */
  stop(): void {
    this.#options.walker.stop();
  }

  async #measure(usageDirectories: UsageDirectories): Promise<UsageFailure | undefined> {
    if ('failure' in usageDirectories) return usageDirectories.failure;
    const { key, directories } = usageDirectories;
    const usages: Usage[] = [];
    for (const directory of directories) {
      const usage = await this.#usageOf(directory);
      if (usage === undefined) continue;
      if ('code' in usage) return usage;
      usages.push(usage);
    }
    const sum = sumUsage(usages);
    if (sum === undefined) {
      this.#cache.delete(key);
    } else {
      this.#cache.set(key, sum);
      this.#failures.recordSuccess(key.type);
    }
    return undefined;
  }

  /** `undefined` for a mount point. */
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
      if (error.released !== undefined) this.#delayRetry(path, error.released);
      return { code: error.code, path };
    }
  }

  #delayRetry(directory: string, released: Promise<void>): void {
    this.#hung.add(directory);
    void released.then(() => this.#options.clock.after(RETRY_AFTER_MS, () => this.#hung.delete(directory)));
  }

  #recordFailure(key: UsageKey, failure: UsageFailure): void {
    this.#cache.delete(key);
    this.#failures.recordFailure(key.type, failure);
    if (CHILD_FAILURE_CODES.has(failure.code)) this.#lostChildren++;
  }
}
