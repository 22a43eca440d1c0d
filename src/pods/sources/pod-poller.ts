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
  /** Returns numbers in [0, 1). */
  readonly random: () => number;
}

const MIN_POLL_INTERVAL_MS = 24_000;
const POLL_JITTER_MS = 12_000;

/** Shorter than with the API server: a list from the local kubelet is cheap. */
const MIN_REQUESTED_RELIST_INTERVAL_MS = 10_000;

/**
 * Polls the pods of one node from its kubelet, which has no watch. Only one attempt or delay runs at a time, with its own
 * abort signal.
 */
export class PodPoller implements PodSource {
  readonly name = 'kubelet';
  readonly index: PodIndex;
  readonly #options: PodPollerOptions;
  readonly #status = new StatusTracker();
  readonly #retryPolicy: RetryPolicy;
  readonly #relistLimiter = new RelistLimiter(MIN_REQUESTED_RELIST_INTERVAL_MS);
  readonly #problems: ProblemLog;
  /** Resolves after the first attempt. */
  readonly #attempted = Promise.withResolvers<undefined>();
  #running: Promise<void> | undefined;
  /** Aborts the current attempt or delay. */
  #phase = new AbortController();
  /** The last list succeeded and the next is not due yet. */
  #isIdle = false;
  #isStopped = false;

  constructor(options: PodPollerOptions) {
    this.index = options.index;
    this.#options = options;
    this.#retryPolicy = new RetryPolicy(options.random);
    this.#problems = new ProblemLog(options.log, {
      failing: 'cannot list pods from the kubelet, retrying',
      recovered: 'resumed listing pods from the kubelet',
    });
  }

  get status(): SourceStatus {
    return this.#status;
  }

  async start(): Promise<void> {
    this.#running ??= this.#run();
    await this.#attempted.promise;
  }

  requestRelist(unmatched: readonly string[]): void {
    if (!this.#isIdle || !this.#relistLimiter.allow(unmatched, this.#options.clock.elapsed())) return;
    this.#status.recordRestart('requested');
    this.#phase.abort();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#phase.abort(new ApiFailure('stopped', 'source stopped'));
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      this.#phase = new AbortController();
      const failure = await this.#try(this.#phase);
      this.#attempted.resolve(undefined);
      await this.#waitAfter(failure);
    }
    this.#attempted.resolve(undefined);
  }

  /** Replaces the index by a complete list. Never rejects. */
  async #try(phase: AbortController): Promise<ApiFailure | undefined> {
    try {
      const startedAt = this.#options.clock.elapsed();
      const replacement = this.index.beginReplace();
      await this.#options.api.list((pod) => replacement.add(pod), phase.signal);
      replacement.commit();
      this.#recordSuccess(startedAt);
      return undefined;
    } catch (error) {
      return toApiFailure(error);
    }
  }

  #recordSuccess(startedAt: number): void {
    const { clock, log } = this.#options;
    this.#retryPolicy.reset();
    this.#problems.resolve();
    if (!this.#status.synced) log.info('listed pods', { pods: this.index.size });
    this.#status.recordList(clock.time(), clock.elapsed() - startedAt);
  }

  async #waitAfter(failure: ApiFailure | undefined): Promise<void> {
    if (this.#isStopped) return;
    this.#phase = new AbortController();
    this.#isIdle = failure === undefined;
    await sleep(this.#options.clock, this.#delayMsAfter(failure), this.#phase.signal);
    this.#isIdle = false;
  }

  #delayMsAfter(failure: ApiFailure | undefined): number {
    const { random } = this.#options;
    if (failure === undefined) return MIN_POLL_INTERVAL_MS + random() * POLL_JITTER_MS;
    this.#status.recordRestart(failure.reason);
    this.#status.recordFailure('list', failure);
    this.#problems.report(failure.message);
    return this.#retryPolicy.nextDelayMs(failure);
  }
}
