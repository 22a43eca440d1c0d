import { ApiFailure, toApiFailure } from '../../cluster/failure.ts';
import { ProblemLog } from '../../base/problem-log.ts';
import { type Clock, sleep } from '../../base/clock.ts';
import type { KubeletApi } from './kubelet-api.ts';
import type { PodIndex } from '../pod-index.ts';
import { StatusTracker } from './status-tracker.ts';
import { RelistLimiter } from './relist-limiter.ts';
import { RetryPolicy } from '../../cluster/retry-policy.ts';
import type { Log } from '../../base/log.ts';
import type { PodSource, SourceStatus } from '../pod-source.ts';

export interface PodPollerOptions {
  readonly api: KubeletApi;
  readonly index: PodIndex;
  readonly log: Log;
  readonly clock: Clock;
  /** From 0 up to but not including 1. */
  readonly random: () => number;
}

/** Milliseconds between two lists: at least, and up to so many more. */
const PERIOD_SHORTEST = 24_000;
const PERIOD_SPREAD = 12_000;

/** Milliseconds between two lists that scrapes ask for: the kubelet is near, and a list of it costs little. */
const REQUEST_INTERVAL = 10_000;

/**
 * Pods of one node from its kubelet, which has no watch: a list, over and over. There is one attempt or one wait at a
 * time, with a signal of its own.
 */
export class PodPoller implements PodSource {
  readonly name = 'kubelet';
  readonly index: PodIndex;
  readonly #options: PodPollerOptions;
  readonly #progress = new StatusTracker();
  readonly #retries: RetryPolicy;
  readonly #requests = new RelistLimiter(REQUEST_INTERVAL);
  readonly #problems: ProblemLog;
  readonly #tried = Promise.withResolvers<undefined>();
  #running: Promise<void> | undefined;
  /** Ends the attempt or the wait under way. */
  #phase = new AbortController();
  /** The last attempt was a good one, and the next is not due yet. */
  #isResting = false;
  #isStopped = false;

  constructor(options: PodPollerOptions) {
    this.index = options.index;
    this.#options = options;
    this.#retries = new RetryPolicy(options.random);
    this.#problems = new ProblemLog(options.log, {
      failing: 'listing the pods of the kubelet failed and is tried again, what is known is kept',
      recovered: 'the pods of the kubelet are listed again',
    });
  }

  get status(): SourceStatus {
    return this.#progress;
  }

  async start(): Promise<void> {
    this.#running ??= this.#run();
    await this.#tried.promise;
  }

  requestRelist(unknown: readonly string[]): void {
    if (!this.#isResting || !this.#requests.allow(unknown, this.#options.clock.elapsed())) return;
    this.#progress.recordRestart('requested');
    this.#phase.abort();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#phase.abort(new ApiFailure('stopped', 'there is nothing more to do'));
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      this.#phase = new AbortController();
      const failure = await this.#try(this.#phase);
      this.#tried.resolve(undefined);
      await this.#waitAfter(failure);
    }
    this.#tried.resolve(undefined);
  }

  /** Takes a list in, whole or not at all. Never rejects. */
  async #try(phase: AbortController): Promise<ApiFailure | undefined> {
    try {
      const draft = this.index.beginReplace();
      await this.#options.api.list((pod) => draft.add(pod), phase.signal);
      draft.commit();
      this.#listed();
      return undefined;
    } catch (error) {
      return toApiFailure(error);
    }
  }

  #listed(): void {
    const { clock, log } = this.#options;
    this.#retries.reset();
    this.#problems.resolve();
    if (!this.#progress.synced) log.info('pods listed', { pods: this.index.size });
    this.#progress.recordList(clock.time());
  }

  async #waitAfter(failure: ApiFailure | undefined): Promise<void> {
    if (this.#isStopped) return;
    this.#phase = new AbortController();
    this.#isResting = failure === undefined;
    await sleep(this.#options.clock, this.#untilNext(failure), this.#phase.signal);
    this.#isResting = false;
  }

  /** Milliseconds until the next list. */
  #untilNext(failure: ApiFailure | undefined): number {
    const { random } = this.#options;
    if (failure === undefined) return PERIOD_SHORTEST + random() * PERIOD_SPREAD;
    this.#progress.recordRestart(failure.reason);
    this.#problems.report(failure.message);
    return this.#retries.nextDelayMs(failure);
  }
}
