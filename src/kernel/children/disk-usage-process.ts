import type { ChildProcess } from 'node:child_process';
import type { Clock } from '../../base/clock.ts';
import { startChild } from './child-program.ts';
import type { WalkMessage, WalkRequest } from './disk-usage-child.ts';
import type { RootedPath } from '../rooted-path.ts';

/** Limits of directory walks. */
export interface WalkLimits {
  /** Milliseconds of walking per second. */
  readonly walkMsPerSecond: number;
  /** I/O pressure (PSI `some`) above which the walk pauses. */
  readonly maxIoPressurePercent: number;
}

export interface DiskUsageProcessOptions extends WalkLimits {
  readonly procfs: string;
  readonly clock: Pick<Clock, 'after'>;
}

/** Thrown when a directory could not be measured. */
export class DiskUsageError extends Error {
  override readonly name = 'Unmeasured';
  /** System error code; `ETIMEDOUT` for a hanging walk, `ECHILD` if the child has exited. */
  readonly code: string;
  /** Resolves when the hanging child has exited; absent unless the walk hangs. */
  readonly released?: Promise<void>;

  constructor(code: string, released?: Promise<void>) {
    super(code);
    this.code = code;
    if (released !== undefined) this.released = released;
  }
}

/** A walk without heartbeat for this time hangs. */
const HEARTBEAT_TIMEOUT_MS = 30_000;

/** Bounds the memory of hanging child processes, which stay until their system call returns. */
const MAX_HANGING_CHILDREN = 4;

const PROGRAM = new URL('./disk-usage-child.ts', import.meta.url);

/** Minimizes the memory of the child, whose garbage is short-lived. */
const FLAGS = ['--max-semi-space-size=1', '--max-old-space-size=128', '--v8-pool-size=1', '--optimize-for-size'];

interface PendingWalk {
  onMessage(message: WalkMessage): void;
  fail(code: string): void;
}

/**
 * Measures directories in a child process, one at a time, so that a hanging file system blocks nothing else: the child is
 * killed and another one is started for the next directory. The exporter itself does not access the directories. The
 * child is started on first use.
 */
export class DiskUsageProcess {
  readonly #options: DiskUsageProcessOptions;
  #child: ChildProcess | undefined;
  #walk: PendingWalk | undefined;
  #hanging = 0;

  constructor(options: DiskUsageProcessOptions) {
    this.#options = options;
  }

  /**
   * Returns the disk usage of a directory in bytes; `undefined` if the directory is a mount point.
   *
   * @throws {DiskUsageError}
   */
  async measure(directory: RootedPath): Promise<number | undefined> {
    if (this.#hanging >= MAX_HANGING_CHILDREN) throw new DiskUsageError('EBUSY');
    const child = (this.#child ??= this.#start());
    const { promise, resolve, reject } = Promise.withResolvers<number | undefined>();
    const { procfs, walkMsPerSecond, maxIoPressurePercent, clock } = this.#options;
    const startTimer = (): (() => void) => clock.after(HEARTBEAT_TIMEOUT_MS, () => reject(this.#abandon(child)));
    let cancelTimer = startTimer();
    this.#walk = {
      fail: (code) => reject(new DiskUsageError(code)),
      onMessage: (message) => {
        cancelTimer();
        if (message.kind === 'alive') cancelTimer = startTimer();
        else if (message.kind === 'failed') reject(new DiskUsageError(message.code));
        else resolve(message.kind === 'bytes' ? message.bytes : undefined);
      },
    };
    try {
      child.send({ directory, procfs, walkMsPerSecond, maxIoPressurePercent } satisfies WalkRequest, (error) => {
        if (error !== null) reject(new DiskUsageError('ECHILD'));
      });
      return await promise;
    } finally {
      cancelTimer();
      this.#walk = undefined;
    }
  }

  /** Kills the child. A walk in flight fails. */
  stop(): void {
    this.#child?.kill('SIGKILL');
    this.#dropChild();
  }

  #start(): ChildProcess {
    const child = startProgram();
    child.on('message', (message: WalkMessage) => {
      if (this.#child === child) this.#walk?.onMessage(message);
    });
    const onLost = (): void => {
      if (this.#child === child) this.#dropChild();
    };
    child.on('error', onLost);
    child.once('exit', onLost);
    return child;
  }

  #dropChild(): void {
    this.#child = undefined;
    this.#walk?.fail('ECHILD');
  }

  /** SIGKILL does not end a process in uninterruptible sleep, so no caller waits for the exit. */
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
    // Out of memory; most other failures emit `error`.
    throw new DiskUsageError('ECHILD');
  }
}
