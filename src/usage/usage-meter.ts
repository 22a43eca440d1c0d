import { diskEmptyDirNames } from '../pods/records/volumes.ts';
import { toApiFailure } from '../cluster/failure.ts';
import { ProblemLog } from '../base/problem-log.ts';
import { sleep } from '../base/clock.ts';
import { PodUsageWalker, type PodUsageWalkerOptions } from './pod-usage-walker.ts';
import { parseSummaryUsage } from './summary.ts';
import { UsageCache, type Usage, type UsageKey, type UsagePod, type UsageReader } from './usage-cache.ts';

export interface UsageMeterOptions extends PodUsageWalkerOptions {
  /** Gets `/stats/summary` from the kubelet; absent without address or credentials. */
  readonly summary?: (signal: AbortSignal) => Promise<unknown>;
}

/** The kubelet measures at the same interval. */
const ROUND_INTERVAL_MS = 60_000;

/** The meter stops after this time without a scrape. */
const ACTIVE_AFTER_SCRAPE_MS = 5 * 60_000;

/**
 * Measures ephemeral storage in rounds between scrapes. Each round uses the summary of the kubelet, or walks the
 * directories if no summary is available.
 */
export class UsageMeter implements UsageReader {
  readonly #options: UsageMeterOptions;
  readonly #cache = new UsageCache();
  readonly #walk: PodUsageWalker;
  readonly #kubeletProblems: ProblemLog;
  readonly #stopped = new AbortController();
  #pods: ReadonlyMap<string, UsagePod> = new Map();
  #lastScrape = 0;
  #running: Promise<void> | undefined;

  constructor(options: UsageMeterOptions) {
    this.#options = options;
    this.#walk = new PodUsageWalker(this.#cache, options);
    this.#kubeletProblems = new ProblemLog(options.log, {
      failing: 'cannot get ephemeral storage usage from the kubelet, walking directories instead',
      recovered: 'resumed getting ephemeral storage usage from the kubelet',
    });
  }

  updatePods(pods: readonly UsagePod[]): void {
    this.#pods = new Map(pods.map((pod) => [pod.uid, pod]));
    this.#lastScrape = this.#options.clock.elapsed();
    this.#running ??= this.#run();
  }

  find(key: UsageKey, since?: number): Usage | undefined {
    return this.#cache.find(key, since);
  }

  /** Stops the meter. Resolves when no round is running. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    this.#walk.stop();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { clock } = this.#options;
    const { signal } = this.#stopped;
    // Does not delay the current scrape.
    await sleep(clock, 0, signal);
    while (this.#isActive()) {
      await this.#round(signal);
      this.#cache.retain(new Set(this.#pods.keys()));
      if (this.#isActive()) await sleep(clock, ROUND_INTERVAL_MS, signal);
    }
    this.#walk.stop();
    this.#running = undefined;
  }

  /** Whether scrapes are recent and the meter is not stopped. */
  #isActive(): boolean {
    return !this.#stopped.signal.aborted && this.#options.clock.elapsed() - this.#lastScrape < ACTIVE_AFTER_SCRAPE_MS;
  }

  async #round(signal: AbortSignal): Promise<void> {
    if (await this.#readSummary(signal)) {
      this.#walk.stop();
    } else if (!signal.aborted) {
      await this.#walk.round([...this.#pods.values()], (uid) => this.#pods.has(uid), signal);
    }
  }

  /** Returns whether the summary of the kubelet is available. */
  async #readSummary(signal: AbortSignal): Promise<boolean> {
    const { summary } = this.#options;
    if (summary === undefined) return false;
    try {
      const usages = parseSummaryUsage(await summary(signal), (uid) => {
        const record = this.#pods.get(uid)?.record;
        return record === undefined ? [] : diskEmptyDirNames(record);
      });
      for (const { key, usage } of usages) this.#cache.set(key, usage);
      this.#kubeletProblems.resolve();
      return true;
    } catch (error) {
      if (!signal.aborted) this.#kubeletProblems.report(toApiFailure(error).message);
      return false;
    }
  }
}
