import type { ChildProcess } from 'node:child_process';
import pLimit from 'p-limit';
import { mapInSlices } from '../../base/yielder.ts';
import { startChild } from './child-program.ts';
import type { Clock } from '../../base/clock.ts';
import { errorCode } from '../../base/error-code.ts';
import type { StatfsResponse, StatfsRequest } from './statfs-child.ts';
import { isLocal, statfsInProcess, type SpaceResult } from './statfs.ts';

/** A mounted file system. */
export interface MountedFileSystem {
  /** Mount path visible to the exporter; latin1. */
  readonly path: string;
  readonly type: string;
}

/** The result of statfs, or `stuck` for a call without response. */
export type GuardedResult = SpaceResult | 'stuck';

/** Concurrent calls and threads of the child. The child is replaced when half of them are stuck. */
const THREADS = 32;

/** Delay until a file system is retried whose call was lost with the child. */
const RETRY_AFTER_MS = 60_000;

interface Call {
  /** Resolves when the result is set or the child has exited. */
  done: Promise<void>;
  result: SpaceResult | undefined;
  /** The call has exceeded a timeout, or is a retry of one that has. */
  stuck: boolean;
  /** Time of the last request for it, in milliseconds of {@link CLOCK}. */
  requestedAt: number;
  /** Started by the current request as a retry; no request waits for it. */
  probing: boolean;
}

/** Timers keep the process alive, because `--once` would exit otherwise. */
const CLOCK: Pick<Clock, 'elapsed' | 'after'> = {
  elapsed: () => performance.now(),
  after(milliseconds, task) {
    const timer = setTimeout(task, milliseconds);
    return () => clearTimeout(timer);
  },
};

const PROGRAM = new URL('./statfs-child.ts', import.meta.url);

/** Minimizes the memory of the child. */
const FLAGS = ['--max-old-space-size=16', '--max-semi-space-size=1', '--v8-pool-size=0'];

/**
 * Calls statfs: for local file systems in this process, for all others in a child process, because a call without
 * response blocks its thread forever. A stuck file system costs one thread and one timeout until it responds again.
 */
export class StatfsGuard {
  readonly #timeoutMs: number;
  readonly #clock: typeof CLOCK;
  readonly #calls = new Map<string, Call>();
  /** Time of the next retry, by path. */
  readonly #retryAt = new Map<string, number>();
  readonly #resolvers = new Map<number, (result: SpaceResult) => void>();
  #limit = pLimit(THREADS);
  #child: ChildProcess | undefined;
  #nextId = 0;

  constructor(timeoutMs: number, clock = CLOCK) {
    this.#timeoutMs = timeoutMs;
    this.#clock = clock;
  }

  /** Number of file systems without response, those excluded that are no longer requested. */
  get stuck(): number {
    const now = this.#clock.elapsed();
    const lost = [...this.#retryAt.values()].filter((retryAt) => now - retryAt < RETRY_AFTER_MS).length;
    const isStuck = ({ stuck, requestedAt }: Call): boolean => stuck && now - requestedAt < RETRY_AFTER_MS;
    return lost + [...this.#calls.values()].filter(isStuck).length;
  }

  /** Calls statfs for all file systems concurrently. Returns the results by path, at the latest after the timeout. */
  async statAll(fileSystems: readonly MountedFileSystem[]): Promise<ReadonlyMap<string, GuardedResult>> {
    for (const call of this.#calls.values()) call.probing = false;
    const results = new Map<string, GuardedResult>();
    const calls = new Map<string, Call>();
    for (const { path } of fileSystems.filter(({ type }) => !isLocal(type))) {
      if (this.#isCallable(path)) calls.set(path, this.#calls.get(path) ?? this.#call(path));
      else results.set(path, 'stuck');
    }
    const pending = [...calls.values()].filter(({ stuck }) => !stuck);
    const waiting = pending.length === 0 ? undefined : this.#wait(pending);
    const local = fileSystems.filter(({ type }) => isLocal(type));
    for (const [path, result] of await mapInSlices(local, ({ path: each }) => [each, statLocal(each)] as const))
      results.set(path, result);
    await waiting;
    for (const [path, call] of calls) {
      call.stuck = call.result === undefined;
      call.requestedAt = this.#clock.elapsed();
      results.set(path, call.result ?? 'stuck');
    }
    const blocked = [...this.#calls.values()].filter(({ stuck, probing }) => stuck && !probing);
    if (blocked.length >= THREADS / 2) this.#replaceChild();
    return results;
  }

  /** Kills the child. */
  close(): void {
    this.#child?.kill('SIGKILL');
    this.#child = undefined;
  }

  #isCallable(path: string): boolean {
    if ((this.#retryAt.get(path) ?? 0) > this.#clock.elapsed()) return false;
    // The retry does not delay this request; the next one uses its result.
    if (this.#retryAt.delete(path)) Object.assign(this.#call(path), { stuck: true, probing: true });
    return true;
  }

  async #wait(calls: readonly Call[]): Promise<void> {
    const { promise: timeout, resolve }: PromiseWithResolvers<void> = Promise.withResolvers();
    const cancel = this.#clock.after(this.#timeoutMs, resolve);
    await Promise.race([Promise.all(calls.map(({ done }) => done)), timeout]);
    cancel();
  }

  #call(path: string): Call {
    const run = async (): Promise<void> => {
      call.result = await this.#limit(() => this.#send(path));
      if (this.#calls.get(path) === call) this.#calls.delete(path);
    };
    const call: Call = {
      done: Promise.resolve(),
      result: undefined,
      stuck: false,
      requestedAt: this.#clock.elapsed(),
      probing: false,
    };
    call.done = run();
    this.#calls.set(path, call);
    return call;
  }

  #send(path: string): Promise<SpaceResult> {
    const id = this.#nextId++;
    const { promise, resolve }: PromiseWithResolvers<SpaceResult> = Promise.withResolvers();
    this.#resolvers.set(id, resolve);
    this.#runningChild().send({ id, path } satisfies StatfsRequest);
    return promise;
  }

  /** Starts the child on first use. The child does not keep the exporter alive. */
  #runningChild(): ChildProcess {
    if (this.#child !== undefined) return this.#child;
    const environment = { UV_THREADPOOL_SIZE: String(THREADS), MALLOC_ARENA_MAX: '1' };
    const child = startChild(PROGRAM, { flags: FLAGS, environment });
    child.on('message', ({ id, result }: StatfsResponse) => this.#settle(id, result));
    child.on('error', () => {
      // A failed start or send is followed by `exit`.
    });
    child.once('exit', () => this.#onExit(child));
    this.#child = child;
    return child;
  }

  #settle(id: number, result: SpaceResult): void {
    this.#resolvers.get(id)?.(result);
    this.#resolvers.delete(id);
  }

  #onExit(child: ChildProcess): void {
    if (this.#child !== child) return;
    this.#child = undefined;
    for (const id of this.#resolvers.keys()) this.#settle(id, { code: 'ECHILD' });
  }

  /** Kills the child with its stuck threads and schedules retries of the stuck file systems. */
  #replaceChild(): void {
    const retryAt = this.#clock.elapsed() + RETRY_AFTER_MS;
    for (const [path, { stuck }] of this.#calls) if (stuck) this.#retryAt.set(path, retryAt);
    this.close();
    this.#calls.clear();
    this.#resolvers.clear();
    this.#limit = pLimit(THREADS);
  }
}

function statLocal(path: string): SpaceResult {
  try {
    return statfsInProcess(path);
  } catch (error) {
    return { code: errorCode(error) };
  }
}
