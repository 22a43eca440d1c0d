import { ApiFailure, toApiFailure, type NextStep } from '../../cluster/failure.ts';
import { ProblemLog } from '../../base/problem-log.ts';
import { type Clock, sleep } from '../../base/clock.ts';
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

export interface PodWatcherOptions {
  readonly api: Pick<PodApi, 'list' | 'watch'>;
  readonly index: PodIndex;
  readonly log: Log;
  readonly clock: Clock;
  /** From 0 up to but not including 1. */
  readonly random: () => number;
}

/** Milliseconds after which a watch that still works counts as a good one. */
const HEALTHY = 10_000;

/** Milliseconds after which all is listed again, however well the watch does: at least, and up to so many more. */
const PERIOD_SHORTEST = 480_000;
const PERIOD_SPREAD = 240_000;

/** Milliseconds between two lists that scrapes ask for. */
const REQUEST_INTERVAL = 30_000;

/** What ends a list because the server has not reached the version that we have seen, and how often it may. */
const LAGGING = new Set(['http_504', 'stale_list']);
const MAX_LAGGING_LISTS = 3;

/** Ends that are in order. */
const ORDERLY = new Set(['closed', 'periodic', 'requested', 'stopped']);

/**
 * Pods of one node from the API server: a list, then a watch that goes on from it, over and over. There is one
 * attempt at a time, with a signal of its own, and whatever ends it arrives in one place, which decides
 * what is tried next and when.
 *
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
 */
export class PodWatcher implements PodSource {
  readonly name = 'api';
  readonly index: PodIndex;
  readonly #options: PodWatcherOptions;
  readonly #progress = new StatusTracker();
  readonly #retries: RetryPolicy;
  readonly #problems: Readonly<Record<NextStep | 'content', ProblemLog>>;
  readonly #tried = Promise.withResolvers<undefined>();
  #running: Promise<void> | undefined;
  /** Ends the attempt under way, or the wait after it. */
  #attempt = new AbortController();
  #isWatching = false;
  #isStopped = false;
  readonly #requests = new RelistLimiter(REQUEST_INTERVAL);
  /** Where to watch from, and what a list must have reached: the last version seen, '0' for none that still counts. */
  #version = '0';
  /** Of the last list. */
  #listed = '0';
  /** The watch may go on from there if the list fails. */
  #canWatchOn = false;
  /** Lists in a row that failed because the server is behind that version. */
  #lagging = 0;
  /** When the next list is due; the clock's milliseconds. */
  #nextList = 0;

  constructor(options: PodWatcherOptions) {
    this.index = options.index;
    this.#options = options;
    this.#retries = new RetryPolicy(options.random);
    const { log } = options;
    this.#problems = {
      list: new ProblemLog(log, {
        failing: 'listing pods failed and is tried again, what is known is kept',
        recovered: 'pods are listed again',
      }),
      watch: new ProblemLog(log, {
        failing: 'watching pods failed and is tried again, what is known is kept',
        recovered: 'pods are watched again',
      }),
      content: new ProblemLog(log, {
        failing: 'the API server lists what was not asked for, it is passed over',
        recovered: 'the API server lists what was asked for again',
      }),
    };
  }

  get status(): SourceStatus {
    return this.#progress;
  }

  async start(): Promise<void> {
    this.#running ??= this.#run();
    await this.#tried.promise;
  }

  requestRelist(unknown: readonly string[]): void {
    if (!this.#isWatching || !this.#requests.allow(unknown, this.#options.clock.elapsed())) return;
    this.#attempt.abort(new ApiFailure('requested', 'a list was asked for'));
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#attempt.abort(new ApiFailure('stopped', 'there is nothing more to do'));
    await this.#running;
  }

  async #run(): Promise<void> {
    let step: NextStep = 'list';
    while (!this.#isStopped) {
      this.#attempt = new AbortController();
      const { signal } = this.#attempt;
      const failure = await this.#try(step, signal);
      this.#tried.resolve(undefined);
      if (failure === undefined) {
        step = 'watch';
        continue;
      }
      step = this.#afterFailure(step, failure);
      if (!signal.aborted) await sleep(this.#options.clock, this.#retries.nextDelayMs(failure), signal);
    }
    this.#tried.resolve(undefined);
  }

  /** Lists, or watches until something ends that. Never rejects. */
  async #try(step: NextStep, signal: AbortSignal): Promise<ApiFailure | undefined> {
    const begun = this.#options.clock.elapsed();
    this.#isWatching = step === 'watch';
    try {
      await (step === 'list' ? this.#list(signal) : this.#watch(begun, signal));
      return undefined;
    } catch (error) {
      const failure = toApiFailure(error);
      // Any other end, after no event, may be that of a connection on which nothing ever came.
      if (failure.reason === 'closed') this.#noteHealth(begun);
      return failure;
    } finally {
      this.#isWatching = false;
    }
  }

  async #list(signal: AbortSignal): Promise<void> {
    const { api, clock, log, random } = this.#options;
    const draft = this.index.beginReplace();
    const notOlderThan = this.#lagging < MAX_LAGGING_LISTS ? this.#version : undefined;
    const version = await api.list(notOlderThan, (pod) => draft.add(pod), signal);
    if (isOlderVersion(version, notOlderThan))
      throw new ApiFailure('stale_list', 'the list is older than what was asked for');
    draft.commit();
    this.#version = version;
    this.#listed = version;
    this.#lagging = 0;
    this.#nextList = clock.elapsed() + PERIOD_SHORTEST + random() * PERIOD_SPREAD;
    this.#problems.list.resolve();
    this.#reportContent();
    if (!this.#progress.synced) log.info('pods listed', { pods: this.index.size });
    this.#progress.recordList(clock.time());
  }

  #reportContent(): void {
    const { content } = this.#problems;
    const { otherNodePods, invalidPods } = this.index;
    if (otherNodePods > 0) content.report('pods of other nodes');
    if (invalidPods > 0) content.report('objects that are not pods');
    if (otherNodePods + invalidPods === 0) content.resolve();
  }

  async #watch(begun: number, signal: AbortSignal): Promise<never> {
    const { api, clock } = this.#options;
    const attempt = this.#attempt;
    const cancel = clock.after(Math.max(0, this.#nextList - clock.elapsed()), () =>
      attempt.abort(new ApiFailure('periodic', 'it is time to list all')),
    );
    try {
      for await (const event of api.watch(this.#version, signal)) {
        this.#take(event);
        this.#progress.recordEvent(clock.time());
        this.#noteHealth(begun);
      }
    } finally {
      cancel();
    }
    throw new ApiFailure('closed', 'the server ended the watch', { next: 'watch' });
  }

  #take(event: WatchEvent): void {
    // The list knew better, also of pods that were gone by then.
    if (isOlderVersion(event.version, this.#listed)) return;
    if (event.kind === 'applied') this.index.upsert(event.pod);
    if (event.kind === 'deleted') this.index.remove(podUid(event.pod) ?? '', event.version);
    if (!isOlderVersion(event.version, this.#version)) this.#version = event.version ?? this.#version;
  }

  #noteHealth(begun: number): void {
    if (this.#options.clock.elapsed() - begun < HEALTHY) return;
    this.#retries.reset();
    this.#problems.watch.resolve();
  }

  #afterFailure(step: NextStep, { reason, message, next }: ApiFailure): NextStep {
    const isOrderly = ORDERLY.has(reason);
    if (reason !== 'stopped') this.#progress.recordRestart(reason);
    if (!isOrderly) this.#problems[step].report(message);
    if (reason === 'gone') this.#version = '0';
    const now = this.#options.clock.elapsed();
    if (step === 'watch') {
      this.#canWatchOn = isOrderly || next === 'watch';
      return now >= this.#nextList ? 'list' : next;
    }
    this.#lagging = LAGGING.has(reason) ? this.#lagging + 1 : 0;
    this.#canWatchOn &&= reason !== 'gone';
    if (!this.#canWatchOn) return 'list';
    this.#nextList = now + this.#retries.slowDelayMs();
    return 'watch';
  }
}
