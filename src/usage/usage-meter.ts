import { diskEmptyDirNames } from '../pods/records/volumes.ts';
import { toApiFailure } from '../cluster/failure.ts';
import { ProblemLog } from '../base/problem-log.ts';
import { sleep } from '../base/clock.ts';
import { PodUsageWalker, type PodUsageWalkerOptions } from './pod-usage-walker.ts';
import { parseSummaryUsage } from './summary.ts';
import { UsageCache, type Usage, type UsageKey, type UsagePod, type UsageReader } from './usage-cache.ts';

export interface UsageMeterOptions extends PodUsageWalkerOptions {
  /** Asks the kubelet for its `/stats/summary`; absent where it cannot be asked. */
  readonly summary?: (signal: AbortSignal) => Promise<unknown>;
}

/** Milliseconds between two rounds. The kubelet itself measures no more often. */
const PERIOD = 60_000;

/** Milliseconds after the last scrape for which measuring goes on. */
const WANTED_FOR = 5 * 60_000;

/**
 * Measures ephemeral storage between scrapes, as long as scrapes ask for it: in rounds, each by what the kubelet
 * tells, or if that cannot be had by a walk.
 */
export class UsageMeter implements UsageReader {
  readonly #options: UsageMeterOptions;
  readonly #table = new UsageCache();
  readonly #walk: PodUsageWalker;
  readonly #kubelet: ProblemLog;
  readonly #stopped = new AbortController();
  #pods: ReadonlyMap<string, UsagePod> = new Map();
  #asked = 0;
  #running: Promise<void> | undefined;

  constructor(options: UsageMeterOptions) {
    this.#options = options;
    this.#walk = new PodUsageWalker(this.#table, options);
    this.#kubelet = new ProblemLog(options.log, {
      failing: 'the kubelet does not tell of ephemeral storage, directories are walked through instead',
      recovered: 'the kubelet tells of ephemeral storage again',
    });
  }

  updatePods(pods: readonly UsagePod[]): void {
    this.#pods = new Map(pods.map((pod) => [pod.uid, pod]));
    this.#asked = this.#options.clock.elapsed();
    this.#running ??= this.#run();
  }

  find(key: UsageKey, since?: number): Usage | undefined {
    return this.#table.find(key, since);
  }

  /** Ends it; nothing of it runs once this has resolved. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    this.#walk.stop();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { clock } = this.#options;
    const { signal } = this.#stopped;
    // The scrape goes first.
    await sleep(clock, 0, signal);
    while (this.#isWanted()) {
      await this.#round(signal);
      this.#table.retain(new Set(this.#pods.keys()));
      if (this.#isWanted()) await sleep(clock, PERIOD, signal);
    }
    this.#walk.stop();
    this.#running = undefined;
  }

  /** Scrapes have asked for it lately, and it is not to end. */
  #isWanted(): boolean {
    return !this.#stopped.signal.aborted && this.#options.clock.elapsed() - this.#asked < WANTED_FOR;
  }

  async #round(signal: AbortSignal): Promise<void> {
    if (await this.#askKubelet(signal)) {
      this.#walk.stop();
    } else if (!signal.aborted) {
      await this.#walk.round([...this.#pods.values()], (uid) => this.#pods.has(uid), signal);
    }
  }

  /** False if it did not tell. */
  async #askKubelet(signal: AbortSignal): Promise<boolean> {
    const { summary } = this.#options;
    if (summary === undefined) return false;
    try {
      const usages = parseSummaryUsage(await summary(signal), (uid) => {
        const record = this.#pods.get(uid)?.record;
        return record === undefined ? [] : diskEmptyDirNames(record);
      });
      for (const { key, usage } of usages) this.#table.set(key, usage);
      this.#kubelet.resolve();
      return true;
    } catch (error) {
      if (!signal.aborted) this.#kubelet.report(toApiFailure(error).message);
      return false;
    }
  }
}
