import { ApiFailure, toApiFailure, type NextStep } from '../../cluster/failure.ts';
import { type Clock, sleep } from '../../base/clock.ts';
import type { KubeletFallback } from './kubelet-fallback.ts';
import type { PodApi } from './pod-api.ts';
import type { PodIndex } from '../pod-index.ts';
import { podUid } from '../records/pod-record.ts';
import { StatusTracker } from './status-tracker.ts';
import { RelistLimiter } from './relist-limiter.ts';
import { isOlderVersion } from '../resource-version.ts';
import { RetryPolicy } from '../../cluster/retry-policy.ts';
import type { Log } from '../../base/log.ts';
import type { PodSource, SourceStatus } from '../pod-source.ts';
import type { WatchEvent } from './watch-events.ts';
import { WatchProblems } from './watch-problems.ts';

export interface PodWatcherOptions {
  readonly api: Pick<PodApi, 'list' | 'watch'>;
  readonly index: PodIndex;
  readonly log: Log;
  readonly clock: Clock;
  /** Returns numbers in [0, 1). */
  readonly random: () => number;
  /** Fills the index while the API server is unavailable. */
  readonly fallback?: KubeletFallback;
  /** Returns {@link SourceStatus.clockOffsetSeconds}. */
  readonly clockOffset?: () => number | undefined;
}

/** A watch of at least this duration resets the backoff. */
const HEALTHY_WATCH_MS = 10_000;

/** Interval of the periodic relist, which also corrects what a watch has missed. */
const MIN_RELIST_INTERVAL_MS = 480_000;
const RELIST_JITTER_MS = 240_000;

const MIN_REQUESTED_RELIST_INTERVAL_MS = 30_000;

/** Failures of a server whose cache is behind the last seen resource version. */
const STALE_CACHE_REASONS = new Set(['http_504', 'stale_list']);

/** Failures of {@link STALE_CACHE_REASONS} in a row before a list requests the most recent state. */
const MAX_STALE_LISTS = 3;

const EXPECTED_REASONS = new Set(['closed', 'periodic', 'requested', 'stopped']);

/**
 * Keeps the pods of one node in sync with the API server: a list, then watches that start at its resource version.
 * Only one attempt runs at a time. It has its own abort signal, and all its outcomes end in {@link PodWatcher.#run},
 * which selects the next step and the delay.
 *
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
 */
export class PodWatcher implements PodSource {
  readonly name = 'api';
  readonly index: PodIndex;
  readonly #options: PodWatcherOptions;
  readonly #status: StatusTracker;
  readonly #retryPolicy: RetryPolicy;
  readonly #problems: WatchProblems;
  /** Resolves after the first attempt. */
  readonly #attempted = Promise.withResolvers<undefined>();
  #running: Promise<void> | undefined;
  /** Aborts the current attempt, or the delay after it. */
  #attempt = new AbortController();
  #isWatching = false;
  #isStopped = false;
  readonly #relistLimiter = new RelistLimiter(MIN_REQUESTED_RELIST_INTERVAL_MS);
  /** Last seen resource version: the start of the next watch and the minimum of the next list. '0' accepts any. */
  #version = '0';
  /** Resource version of the last list. */
  #listVersion = '0';
  /** Whether the watch can resume from {@link #version} if the list fails. */
  #canResumeWatch = false;
  /** Lists in a row that failed with {@link STALE_CACHE_REASONS}. */
  #staleLists = 0;
  /** Time of the next periodic relist, in milliseconds of {@link Clock.elapsed}. */
  #nextList = 0;

  constructor(options: PodWatcherOptions) {
    this.index = options.index;
    this.#options = options;
    this.#status = new StatusTracker(options.clockOffset);
    this.#retryPolicy = new RetryPolicy(options.random);
    this.#problems = new WatchProblems(options.log);
  }

  get status(): SourceStatus {
    return this.#status;
  }

  async start(): Promise<void> {
    this.#running ??= this.#run();
    await this.#attempted.promise;
  }

  requestRelist(unmatched: readonly string[]): void {
    if (!this.#isWatching || !this.#relistLimiter.allow(unmatched, this.#options.clock.elapsed())) return;
    this.#attempt.abort(new ApiFailure('requested', 'relist requested'));
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#attempt.abort(new ApiFailure('stopped', 'source stopped'));
    await this.#running;
  }

  async #run(): Promise<void> {
    let step: NextStep = 'list';
    while (!this.#isStopped) {
      this.#attempt = new AbortController();
      const { signal } = this.#attempt;
      const failure = await this.#try(step, signal);
      if (failure === undefined) {
        this.#attempted.resolve(undefined);
        step = 'watch';
        continue;
      }
      step = this.#stepAfter(step, failure);
      if (await this.#fallBack(failure, signal)) step = 'list';
      this.#attempted.resolve(undefined);
      if (!signal.aborted) await sleep(this.#options.clock, this.#retryPolicy.nextDelayMs(failure), signal);
    }
    this.#attempted.resolve(undefined);
  }

  /** Lists once, or watches until the watch ends. Never rejects. */
  async #try(step: NextStep, signal: AbortSignal): Promise<ApiFailure | undefined> {
    const startedAt = this.#options.clock.elapsed();
    this.#isWatching = step === 'watch';
    try {
      await (step === 'list' ? this.#list(signal) : this.#watch(startedAt, signal));
      return undefined;
    } catch (error) {
      const failure = toApiFailure(error);
      // Without an event, any other end does not prove that the connection ever worked.
      if (failure.reason === 'closed') this.#resetIfHealthy(startedAt);
      return failure;
    } finally {
      this.#isWatching = false;
    }
  }

  async #list(signal: AbortSignal): Promise<void> {
    const { api, clock, log, random } = this.#options;
    const startedAt = clock.elapsed();
    const replacement = this.index.beginReplace();
    const notOlderThan = this.#staleLists < MAX_STALE_LISTS ? this.#version : undefined;
    const version = await api.list(notOlderThan, (pod) => replacement.add(pod), signal);
    if (isOlderVersion(version, notOlderThan)) {
      throw new ApiFailure('stale_list', 'the list is older than the last seen resource version');
    }
    replacement.commit();
    this.#version = version;
    this.#listVersion = version;
    this.#staleLists = 0;
    this.#nextList = clock.elapsed() + MIN_RELIST_INTERVAL_MS + random() * RELIST_JITTER_MS;
    this.#problems.resolve('list');
    this.#problems.reportSkipped(this.index);
    this.#recordResponse();
    if (!this.#status.synced) log.info('listed pods', { pods: this.index.size });
    this.#status.recordList(clock.time(), clock.elapsed() - startedAt);
  }

  async #watch(startedAt: number, signal: AbortSignal): Promise<never> {
    const { api, clock } = this.#options;
    const attempt = this.#attempt;
    const cancelRelist = clock.after(Math.max(0, this.#nextList - clock.elapsed()), () =>
      attempt.abort(new ApiFailure('periodic', 'periodic relist')),
    );
    try {
      for await (const event of api.watch(this.#version, signal)) {
        this.#apply(event);
        this.#status.recordEvent(clock.time());
        this.#recordResponse();
        this.#resetIfHealthy(startedAt);
      }
    } finally {
      cancelRelist();
    }
    throw new ApiFailure('closed', 'the server ended the watch', { next: 'watch' });
  }

  #apply(event: WatchEvent): void {
    // The list already reflects older events, deletions included.
    if (isOlderVersion(event.version, this.#listVersion)) return;
    if (event.kind === 'applied') this.index.upsert(event.pod);
    if (event.kind === 'deleted') this.index.remove(podUid(event.pod) ?? '', event.version);
    if (!isOlderVersion(event.version, this.#version)) this.#version = event.version ?? this.#version;
  }

  #recordResponse(): void {
    this.#problems.recordResponse();
    this.#options.fallback?.reset();
  }

  /** Whether the kubelet has replaced the index. A watch cannot resume from there: the versions are not the same. */
  async #fallBack({ reason }: ApiFailure, signal: AbortSignal): Promise<boolean> {
    const { fallback, clock } = this.#options;
    if (fallback === undefined || EXPECTED_REASONS.has(reason) || signal.aborted) return false;
    if (!(await fallback.fill(this.index, this.#status.synced, signal))) return false;
    this.#canResumeWatch = false;
    this.#status.recordList(clock.time());
    return true;
  }

  #resetIfHealthy(startedAt: number): void {
    if (this.#options.clock.elapsed() - startedAt < HEALTHY_WATCH_MS) return;
    this.#retryPolicy.reset();
    this.#problems.resolve('watch');
  }

  #stepAfter(step: NextStep, failure: ApiFailure): NextStep {
    const { reason, next } = failure;
    const isExpected = EXPECTED_REASONS.has(reason);
    if (reason !== 'stopped') this.#status.recordRestart(reason);
    if (!isExpected) {
      this.#status.recordFailure(step, failure);
      this.#problems.report(step, failure);
    }
    if (reason === 'gone') this.#version = '0';
    const now = this.#options.clock.elapsed();
    if (step === 'watch') {
      this.#canResumeWatch = isExpected || next === 'watch';
      return now >= this.#nextList ? 'list' : next;
    }
    this.#staleLists = STALE_CACHE_REASONS.has(reason) ? this.#staleLists + 1 : 0;
    this.#canResumeWatch &&= reason !== 'gone';
    if (!this.#canResumeWatch) return 'list';
    this.#nextList = now + this.#retryPolicy.slowDelayMs();
    return 'watch';
  }
}
