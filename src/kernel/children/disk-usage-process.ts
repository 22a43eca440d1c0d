import type { ChildProcess } from 'node:child_process';
import type { Clock } from '../../base/clock.ts';
import { startChild } from './child-program.ts';
import type { WalkMessage, WalkRequest } from './disk-usage-child.ts';
import type { RootedPath } from '../rooted-path.ts';

/** How fast directories are walked through. */
export interface WalkLimits {
  /** Milliseconds of a second. */
  readonly walkMsPerSecond: number;
  /** Percent of the time for which something waits for I/O, above which the walk pauses. */
  readonly maxIoPressurePercent: number;
}

export interface DiskUsageProcessOptions extends WalkLimits {
  readonly procfs: string;
  readonly clock: Pick<Clock, 'after'>;
}

/** Thrown when a directory could not be measured. */
export class DiskUsageError extends Error {
  override readonly name = 'Unmeasured';
  /** The system's, or `ETIMEDOUT` for a directory that does not answer, or `ECHILD` for a process that ended. */
  readonly code: string;
  /** Resolves when nothing hangs in the directory any more; absent if nothing does. */
  readonly released?: Promise<void>;

  constructor(code: string, released?: Promise<void>) {
    super(code);
    this.code = code;
    if (released !== undefined) this.released = released;
  }
}

/** Milliseconds of silence after which a walk is taken to hang. */
const SILENCE_TIMEOUT_MS = 30_000;

/** More processes that hang, each in another directory, are not left behind: the memory of each stays taken. */
const MAX_HANGING_CHILDREN = 4;

const PROGRAM = new URL('./disk-usage-child.ts', import.meta.url);

/** It needs little, and what it leaves to be collected dies young. */
const FLAGS = ['--max-semi-space-size=1', '--max-old-space-size=128', '--v8-pool-size=1', '--optimize-for-size'];

interface Walk {
  onMessage(news: WalkMessage): void;
  fail(code: string): void;
}

/**
 * Measures directories in a process of its own, one at a time, so that one that never answers stops nothing else: the
 * process is killed then, and another one is started for the next directory. Nothing is looked at but by that process,
 * which is started when it is first needed.
 */
export class DiskUsageProcess {
  readonly #options: DiskUsageProcessOptions;
  #child: ChildProcess | undefined;
  #walk: Walk | undefined;
  #hanging = 0;

  constructor(options: DiskUsageProcessOptions) {
    this.#options = options;
  }

  /**
   * Bytes on disk of a directory; `undefined` if it is a mount point, so that another file system begins there.
   *
   * @throws {DiskUsageError}
   */
  async measure(directory: RootedPath): Promise<number | undefined> {
    if (this.#hanging >= MAX_HANGING_CHILDREN) throw new DiskUsageError('EBUSY');
    const child = (this.#child ??= this.#start());
    const { promise, resolve, reject } = Promise.withResolvers<number | undefined>();
    const { procfs, walkMsPerSecond, maxIoPressurePercent, clock } = this.#options;
    const listen = (): (() => void) => clock.after(SILENCE_TIMEOUT_MS, () => reject(this.#abandon(child)));
    let cancel = listen();
    this.#walk = {
      fail: (code) => reject(new DiskUsageError(code)),
      onMessage: (news) => {
        cancel();
        if (news.kind === 'alive') cancel = listen();
        else if (news.kind === 'failed') reject(new DiskUsageError(news.code));
        else resolve(news.kind === 'bytes' ? news.bytes : undefined);
      },
    };
    try {
      child.send({ directory, procfs, walkMsPerSecond, maxIoPressurePercent } satisfies WalkRequest, (error) => {
        if (error !== null) reject(new DiskUsageError('ECHILD'));
      });
      return await promise;
    } finally {
      cancel();
      this.#walk = undefined;
    }
  }

  /** Ends the process; a walk under way fails. */
  stop(): void {
    this.#child?.kill('SIGKILL');
    this.#lose();
  }

  #start(): ChildProcess {
    const child = startProgram();
    child.on('message', (news: WalkMessage) => {
      if (this.#child === child) this.#walk?.onMessage(news);
    });
    const lost = (): void => {
      if (this.#child === child) this.#lose();
    };
    child.on('error', lost);
    child.once('exit', lost);
    return child;
  }

  #lose(): void {
    this.#child = undefined;
    this.#walk?.fail('ECHILD');
  }

  /** Not even SIGKILL ends a process at once that waits for a dead server; nobody waits for it. */
  #abandon(child: ChildProcess): DiskUsageError {
    this.#child = undefined;
    this.#hanging++;
    const released = new Promise<void>((resolve) => {
      child.once('exit', () => {
        this.#hanging--;
        resolve();
      });
    });
    child.kill('SIGKILL');
    return new DiskUsageError('ETIMEDOUT', released);
  }
}

function startProgram(): ChildProcess {
  try {
    return startChild(PROGRAM, { flags: FLAGS, environment: { MALLOC_ARENA_MAX: '1' } });
  } catch {
    // Where there is no memory for it; most other failures are told as an event.
    throw new DiskUsageError('ECHILD');
  }
}
