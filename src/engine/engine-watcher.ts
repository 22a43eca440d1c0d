import { sleep, type Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { ProblemLog } from '../base/problem-log.ts';
import { Backoff } from '../cluster/backoff.ts';
import { toRecords, type ContainerLabels } from './container-records.ts';
import { ContainerLives, type ContainerLife } from './container-lives.ts';
import type { EngineApi } from './engine-api.ts';
import { toEngineFailure, type EngineFailure } from './engine-failure.ts';
import { engineInfoOf, type EngineInfo } from './engine-info.ts';
import type { OutsideRecord } from './outside-record.ts';

export interface EngineWatcherOptions extends ContainerLabels {
  readonly api: EngineApi;
  readonly log: Log;
  readonly clock: Clock;
  /** Returns numbers in [0, 1). */
  readonly random: () => number;
}

/** Bounds what an engine with many starts costs. */
const MIN_LIST_INTERVAL_MS = 1000;

/** A list that nothing has requested. */
const MAX_LIST_INTERVAL_MS = 300_000;

/** After which a stream without an event counts as a success. */
const MIN_STREAM_MS = 10_000;

/** Longer than an event of ours waits for what the engine reports. */
const MAX_EVENT_AGE_SECONDS = 60;

/** Lists the containers of one engine: at the start, when it reports a change, and on request. */
export class EngineWatcher {
  readonly #options: EngineWatcherOptions;
  readonly #backoff: Backoff;
  readonly #problems: ProblemLog;
  readonly #eventProblems: ProblemLog;
  readonly #attempted = Promise.withResolvers<undefined>();
  readonly #stopped = new AbortController();
  #records: ReadonlyMap<string, OutsideRecord> = new Map();
  readonly #lives = new ContainerLives();
  #wake = Promise.withResolvers<undefined>();
  /** Whether a list was requested since the last one. */
  #isRequested = false;
  #running: Promise<void> | undefined;
  #begun = 0;
  #ended = 0;
  #failure: EngineFailure | undefined;
  #info: EngineInfo | undefined;
  #isSynced = false;
  /** Unix seconds of the end of the last stream of events. */
  #watchedUntil: number | undefined;

  constructor(options: EngineWatcherOptions) {
    this.#options = options;
    this.#backoff = new Backoff(options.random);
    const fields = { socket: options.api.socket };
    this.#problems = new ProblemLog(options.log, {
      failing: 'cannot list containers of the engine, retrying',
      recovered: 'resumed listing containers of the engine',
      fields,
    });
    this.#eventProblems = new ProblemLog(options.log, {
      failing: 'cannot watch events of the engine, retrying; containers are listed when a scrape finds new ones',
      recovered: 'resumed watching events of the engine',
      fields,
    });
  }

  /** The containers of the last complete list, by ID. */
  get records(): ReadonlyMap<string, OutsideRecord> {
    return this.#records;
  }

  /** What the events have about a container; `undefined` if they have not had it yet. */
  life(id: string): ContainerLife | undefined {
    return this.#lives.get(id);
  }

  get socket(): string {
    return this.#options.api.socket;
  }

  /** Whether a list is complete and the last request did not fail. */
  get isSynced(): boolean {
    return this.#isSynced && this.#failure === undefined;
  }

  /** Why the last request failed; `undefined` if it did not. */
  get failure(): EngineFailure | undefined {
    return this.#failure;
  }

  /** What the engine has reported about itself. */
  get info(): EngineInfo | undefined {
    return this.#info;
  }

  /** Number of lists that have begun. */
  get begun(): number {
    return this.#begun;
  }

  /** Whether the list after number `begun` is still expected: not while the engine fails. */
  isPending(begun: number): boolean {
    return this.#failure === undefined && this.#ended <= begun;
  }

  /** Requests a list, soon. */
  requestList(): void {
    this.#isRequested = true;
    this.#wake.resolve(undefined);
  }

  /** Starts. Resolves after the first list, complete or failed. */
  async start(): Promise<void> {
    this.#running ??= this.#run();
    await this.#attempted.promise;
  }

  /** Stops. Resolves when no request or timer is pending. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#isStopped()) await this.#attempt(this.#stopped.signal);
  }

  /** A property would be narrowed by the compiler, as if nothing could stop this meanwhile. */
  #isStopped(): boolean {
    return this.#stopped.signal.aborted;
  }

  async #attempt(stopped: AbortSignal): Promise<void> {
    const attempt = new AbortController();
    try {
      await this.#follow(AbortSignal.any([stopped, attempt.signal]));
    } catch (error) {
      if (!this.#isStopped()) this.#fail(error);
    } finally {
      attempt.abort();
      this.#attempted.resolve(undefined);
    }
    if (!this.#isStopped()) await this.#pause(this.#backoff.nextDelayMs(), stopped);
  }

  #fail(error: unknown): void {
    this.#failure = toEngineFailure(error);
    this.#problems.report(this.#failure.message);
  }

  /** Lists, then lists again after each change, until the engine ends the stream of events. */
  async #follow(signal: AbortSignal): Promise<void> {
    const { api } = this.#options;
    const since = this.#eventsSince();
    this.#info = engineInfoOf(await api.version(signal));
    const { runtime } = this.#info;
    await this.#list(runtime, signal);
    const stream = { isOver: false };
    const watch = async (): Promise<void> => {
      await this.#watch(since, signal);
      stream.isOver = true;
      this.#wake.resolve(undefined);
    };
    const end = watch();
    for (;;) {
      await this.#change(MAX_LIST_INTERVAL_MS, signal);
      if (stream.isOver || signal.aborted) break;
      await this.#list(runtime, signal);
    }
    await end;
    // The end of the stream is no reason to list soon, a request is.
    if (!this.#isRequested) this.#wake = Promise.withResolvers();
  }

  /** The end of the last stream, so that the end of a container between two streams has its exit code. */
  #eventsSince(): number {
    const now = this.#options.clock.time();
    // Podman sends no event before that time, which is in the future after the clock was set back.
    return Math.min(now, Math.max(this.#watchedUntil ?? now, now - MAX_EVENT_AGE_SECONDS));
  }

  /**
   * Resolves when the stream of events ends, in whichever way: one that breaks off at once is a problem, and no reason to
   * retry soon.
   */
  async #watch(since: number, signal: AbortSignal): Promise<void> {
    const { api, clock } = this.#options;
    const stream: { hasSucceeded: boolean; cancel?: () => void } = { hasSucceeded: false };
    const succeeded = (): void => {
      stream.hasSucceeded = true;
      this.#backoff.reset();
      this.#eventProblems.resolve();
    };
    const changed = (event?: unknown): void => {
      if (stream.cancel === undefined) {
        stream.cancel = clock.after(MIN_STREAM_MS, succeeded);
        return;
      }
      if (event !== undefined) succeeded();
      if (this.#lives.record(event)) this.requestList();
    };
    try {
      await api.watch(since, changed, signal);
    } catch (error) {
      if (!signal.aborted && !stream.hasSucceeded) this.#eventProblems.report(toEngineFailure(error).message);
    }
    if (stream.cancel === undefined) return;
    stream.cancel();
    this.#watchedUntil = clock.time();
  }

  /** Waits before the next attempt; if only the events fail, a request of a list ends it. */
  async #pause(delayMs: number, signal: AbortSignal): Promise<void> {
    if (this.#failure !== undefined) await sleep(this.#options.clock, delayMs, signal);
    else await this.#change(delayMs, signal);
  }

  /** Waits for a request of a list, for the interval of lists at least and for `maxMs` more at most. */
  async #change(maxMs: number, signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    await sleep(clock, MIN_LIST_INTERVAL_MS, signal);
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const cancel = clock.after(maxMs, () => resolve(undefined));
    const abort = (): void => resolve(undefined);
    signal.addEventListener('abort', abort, { once: true });
    if (!signal.aborted) await Promise.race([this.#wake.promise, promise]);
    signal.removeEventListener('abort', abort);
    cancel();
  }

  async #list(runtime: string, signal: AbortSignal): Promise<void> {
    const { api, log } = this.#options;
    this.#wake = Promise.withResolvers();
    this.#isRequested = false;
    const number = ++this.#begun;
    this.#records = toRecords(await api.list(signal), runtime, this.#options, this.#records);
    this.#ended = number;
    this.#failure = undefined;
    this.#problems.resolve();
    this.#attempted.resolve(undefined);
    if (!this.#isSynced) log.info('listed containers', { socket: api.socket, runtime, containers: this.#records.size });
    this.#isSynced = true;
  }
}
