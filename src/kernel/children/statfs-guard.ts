import type { ChildProcess } from 'node:child_process';
import pLimit from 'p-limit';
import { startChild } from './child-program.ts';
import type { Clock } from '../../base/clock.ts';
import { errorCode } from '../../base/error-code.ts';
import type { StatfsResponse, StatfsRequest } from './statfs-child.ts';
import { isLocal, statfsInProcess, type SpaceResult } from './statfs.ts';

/** A mounted file system to be asked. */
export interface MountedFileSystem {
  /** Where it is seen; latin1. */
  readonly path: string;
  readonly type: string;
}

/** The answer, or that there is none yet. */
export type GuardedResult = SpaceResult | 'stuck';

/** Calls at a time, and threads of the child; when half of them are stuck, it is replaced. */
const THREADS = 32;

/** Milliseconds until a file system is asked again whose call was lost with the child. */
const RETRY_AFTER_MS = 60_000;

interface Call {
  /** Resolves when it has been answered, or its child has ended. */
  over: Promise<void>;
  answer: SpaceResult | undefined;
  /** Somebody waited for it in vain, or would have. */
  stuck: boolean;
  /** Milliseconds at which somebody wanted to know last. */
  asked: number;
  /** It was begun by the question that is being answered, to see whether it answers by the next one. */
  probing: boolean;
}

/** Milliseconds, and waiting for them. Keeps the process alive meanwhile, as `--once` exits when nothing is left to do. */
const CLOCK: Pick<Clock, 'elapsed' | 'after'> = {
  elapsed: () => performance.now(),
  after(milliseconds, task) {
    const timer = setTimeout(task, milliseconds);
    return () => clearTimeout(timer);
  },
};

const PROGRAM = new URL('./statfs-child.ts', import.meta.url);

/** It needs next to nothing. */
const FLAGS = ['--max-old-space-size=16', '--max-semi-space-size=1', '--v8-pool-size=0'];

/**
 * Asks file systems how full they are: local ones in place, all others in a child process, because one that never
 * answers keeps a thread for good. Such a one costs one call and one deadline, once, until it answers again.
 */
export class StatfsGuard {
  readonly #timeout: number;
  readonly #clock: typeof CLOCK;
  readonly #calls = new Map<string, Call>();
  readonly #lost = new Map<string, number>();
  readonly #answers = new Map<number, (answer: SpaceResult) => void>();
  #limit = pLimit(THREADS);
  #child: ChildProcess | undefined;
  #questions = 0;

  /** `timeout` in milliseconds. */
  constructor(timeout: number, clock = CLOCK) {
    this.#timeout = timeout;
    this.#clock = clock;
  }

  /** How many file systems have been asked and have not answered; those that nobody asks any more are gone. */
  get stuck(): number {
    const now = this.#clock.elapsed();
    const lost = [...this.#lost.values()].filter((again) => now - again < RETRY_AFTER_MS).length;
    return lost + [...this.#calls.values()].filter(({ stuck, asked }) => stuck && now - asked < RETRY_AFTER_MS).length;
  }

  /** Asks all `places` at once; answers by path, after the timeout at the latest. */
  async statAll(places: readonly MountedFileSystem[]): Promise<ReadonlyMap<string, GuardedResult>> {
    for (const call of this.#calls.values()) call.probing = false;
    const answers = new Map<string, GuardedResult>();
    const calls = new Map<string, Call>();
    for (const { path, type } of places) {
      if (isLocal(type)) answers.set(path, inPlace(path));
      else if (this.#mayAsk(path)) calls.set(path, this.#calls.get(path) ?? this.#call(path));
      else answers.set(path, 'stuck');
    }
    const fresh = [...calls.values()].filter(({ stuck }) => !stuck);
    if (fresh.length > 0) await this.#wait(fresh);
    for (const [path, call] of calls) {
      call.stuck = call.answer === undefined;
      call.asked = this.#clock.elapsed();
      answers.set(path, call.answer ?? 'stuck');
    }
    const hopeless = [...this.#calls.values()].filter(({ stuck, probing }) => stuck && !probing);
    if (hopeless.length >= THREADS / 2) this.#replace();
    return answers;
  }

  /** Ends the child. */
  close(): void {
    this.#child?.kill('SIGKILL');
    this.#child = undefined;
  }

  #mayAsk(path: string): boolean {
    if ((this.#lost.get(path) ?? 0) > this.#clock.elapsed()) return false;
    // It is asked again; whether it answers is seen next time, nobody waits.
    if (this.#lost.delete(path)) Object.assign(this.#call(path), { stuck: true, probing: true });
    return true;
  }

  async #wait(calls: readonly Call[]): Promise<void> {
    const { promise: late, resolve }: PromiseWithResolvers<void> = Promise.withResolvers();
    const cancel = this.#clock.after(this.#timeout, resolve);
    await Promise.race([Promise.all(calls.map(({ over }) => over)), late]);
    cancel();
  }

  #call(path: string): Call {
    const ask = async (): Promise<void> => {
      call.answer = await this.#limit(() => this.#question(path));
      if (this.#calls.get(path) === call) this.#calls.delete(path);
    };
    const call: Call = {
      over: Promise.resolve(),
      answer: undefined,
      stuck: false,
      asked: this.#clock.elapsed(),
      probing: false,
    };
    call.over = ask();
    this.#calls.set(path, call);
    return call;
  }

  #question(path: string): Promise<SpaceResult> {
    const id = this.#questions++;
    const { promise, resolve }: PromiseWithResolvers<SpaceResult> = Promise.withResolvers();
    this.#answers.set(id, resolve);
    this.#running().send({ id, path } satisfies StatfsRequest);
    return promise;
  }

  /** The child, started when it is first needed. It keeps nobody from ending. */
  #running(): ChildProcess {
    if (this.#child !== undefined) return this.#child;
    const environment = { UV_THREADPOOL_SIZE: String(THREADS), MALLOC_ARENA_MAX: '1' };
    const child = startChild(PROGRAM, { flags: FLAGS, environment });
    child.on('message', ({ id, result }: StatfsResponse) => this.#answered(id, result));
    child.on('error', () => {
      // That it could not be started or told is followed by its end.
    });
    child.once('exit', () => this.#ended(child));
    this.#child = child;
    return child;
  }

  #answered(id: number, answer: SpaceResult): void {
    this.#answers.get(id)?.(answer);
    this.#answers.delete(id);
  }

  #ended(child: ChildProcess): void {
    if (this.#child !== child) return;
    this.#child = undefined;
    for (const id of this.#answers.keys()) this.#answered(id, { code: 'ECHILD' });
  }

  /** Gives up what is stuck, and the threads with it. */
  #replace(): void {
    const again = this.#clock.elapsed() + RETRY_AFTER_MS;
    for (const [path, { stuck }] of this.#calls) if (stuck) this.#lost.set(path, again);
    this.close();
    this.#calls.clear();
    this.#answers.clear();
    this.#limit = pLimit(THREADS);
  }
}

function inPlace(path: string): SpaceResult {
  try {
    return statfsInProcess(path);
  } catch (error) {
    return { code: errorCode(error) };
  }
}
