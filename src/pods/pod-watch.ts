import { ApiFailure, asFailure, type Step } from './api-failure.ts';
import { Backoff } from './backoff.ts';
import { CauseLog } from './cause-log.ts';
import { type Clock, pause } from './clock.ts';
import type { PodApi } from './pod-api.ts';
import type { PodIndex } from './pod-index.ts';
import { podUid } from './pod-record.ts';
import { Progress } from './progress.ts';
import type { PodLog, PodSource, SourceStatus } from './source.ts';
import type { WatchEvent } from './watch-events.ts';

export interface PodWatchOptions {
  readonly api: PodApi;
  readonly index: PodIndex;
  readonly log: PodLog;
  readonly clock: Clock;
  /** From 0 up to but not including 1. */
  readonly random: () => number;
}

/** Milliseconds after which a watch that still works counts as a good one. */
const HEALTHY = 10_000;

/** Milliseconds between two lists that a scrape asked for. */
const REQUEST_INTERVAL = 30_000;

/** Milliseconds after which all is listed again when a watch ends, whatever it said: at least, and up to so many more. */
const PERIOD_SHORTEST = 480_000;
const PERIOD_SPREAD = 240_000;

/** Milliseconds; a server may not keep us away for longer. */
const LONGEST_RETRY_AFTER = 60_000;

/** Ends that are in order. */
const ORDERLY = new Set(['closed', 'requested', 'stopped']);

/**
 * Pods of one node from the API server: a list, then a watch that goes on from it, over and over. There is one
 * attempt at a time, with a signal of its own, and whatever ends it arrives in one place, which decides
 * what is tried next and when.
 *
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
 */
export class PodWatch implements PodSource {
  readonly name = 'api';
  readonly index: PodIndex;
  readonly #options: PodWatchOptions;
  readonly #progress = new Progress();
  readonly #backoff: Backoff;
  readonly #problems: Readonly<Record<Step, CauseLog>>;
  readonly #tried = Promise.withResolvers<undefined>();
  #running: Promise<void> | undefined;
  /** Ends the attempt under way, or the wait after it. */
  #attempt = new AbortController();
  #isWatching = false;
  #isStopped = false;
  /** Where to watch from. */
  #version = '';
  /** The server said that the version from its cache is too old. */
  #isCacheOld = false;
  /** When the next list is due, and the next that a scrape asks for is granted; the clock's milliseconds. */
  #nextList = 0;
  #nextRequest = 0;

  constructor(options: PodWatchOptions) {
    this.index = options.index;
    this.#options = options;
    this.#backoff = new Backoff(options.random);
    const { log } = options;
    this.#problems = {
      list: new CauseLog(log, {
        broken: 'listing pods failed and is tried again, what is known is kept',
        mended: 'pods are listed again',
      }),
      watch: new CauseLog(log, {
        broken: 'watching pods failed and is tried again, what is known is kept',
        mended: 'pods are watched again',
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

  requestRelist(): void {
    const now = this.#options.clock.elapsed();
    if (!this.#isWatching || now < this.#nextRequest) return;
    this.#nextRequest = now + REQUEST_INTERVAL;
    this.#attempt.abort(new ApiFailure('requested', 'a list was asked for'));
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#attempt.abort(new ApiFailure('stopped', 'there is nothing more to do'));
    await this.#running;
  }

  async #run(): Promise<void> {
    let step: Step = 'list';
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
      const asked = Math.min(failure.retryAfter * 1000, LONGEST_RETRY_AFTER);
      if (!signal.aborted) await pause(this.#options.clock, Math.max(this.#backoff.next(), asked), signal);
    }
    this.#tried.resolve(undefined);
  }

  /** Lists, or watches until something ends that. Never rejects. */
  async #try(step: Step, signal: AbortSignal): Promise<ApiFailure | undefined> {
    const begun = this.#options.clock.elapsed();
    this.#isWatching = step === 'watch';
    try {
      await (step === 'list' ? this.#list(signal) : this.#watch(begun, signal));
      return undefined;
    } catch (error) {
      if (step === 'watch') this.#noteHealth(begun);
      return asFailure(error);
    } finally {
      this.#isWatching = false;
    }
  }

  async #list(signal: AbortSignal): Promise<void> {
    const { api, clock, log, random } = this.#options;
    const list = await api.list(this.#isCacheOld ? 'etcd' : 'cache', signal);
    this.index.replace(list.items);
    this.#version = list.version;
    this.#isCacheOld = false;
    this.#nextList = clock.elapsed() + PERIOD_SHORTEST + random() * PERIOD_SPREAD;
    this.#problems.list.mended();
    if (!this.#progress.synced) log.info('pods listed', { pods: this.index.size });
    this.#progress.listed(clock.time());
  }

  async #watch(begun: number, signal: AbortSignal): Promise<never> {
    const { api, clock } = this.#options;
    for await (const event of api.watch(this.#version, signal)) {
      this.#take(event);
      this.#progress.heard(clock.time());
      this.#noteHealth(begun);
    }
    throw new ApiFailure('closed', 'the server ended the watch', { next: 'watch' });
  }

  #take(event: WatchEvent): void {
    if (event.kind === 'applied') this.index.upsert(event.pod);
    if (event.kind === 'deleted') this.index.remove(podUid(event.pod) ?? '');
    this.#version = event.version ?? this.#version;
  }

  #noteHealth(begun: number): void {
    if (this.#options.clock.elapsed() - begun < HEALTHY) return;
    this.#backoff.reset();
    this.#problems.watch.mended();
  }

  #afterFailure(step: Step, failure: ApiFailure): Step {
    const { reason, message, next } = failure;
    const isDue = reason === 'closed' && this.#options.clock.elapsed() >= this.#nextList;
    if (reason !== 'stopped') this.#progress.restarted(isDue ? 'periodic' : reason);
    if (!ORDERLY.has(reason)) this.#problems[step].broken(message);
    if (reason === 'gone') this.#isCacheOld = true;
    return step === 'list' || isDue ? 'list' : next;
  }
}
