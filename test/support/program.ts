import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import { orGiveUp, until } from './until.ts';
import type { Argv } from './workloads.ts';

/** The exporter from this source tree, without flags. */
export const EXPORTER: Argv = [process.execPath, fileURLToPath(new URL('../../src/main.ts', import.meta.url))];

/** How a program is started, where that differs from this process. */
export interface ProgramOptions {
  /** Set in addition to the environment of this process, of which variables that configure the exporter are removed. */
  readonly env?: Readonly<Record<string, string>>;
  readonly uid?: number;
  /** File descriptor for standard output, instead of {@link Program.stdout}. */
  readonly stdout?: number;
}

/** How a program exited. */
export interface Ending {
  /** `undefined` after a signal. */
  readonly code: number | undefined;
  readonly signal: string | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program in a process group of its own and in the root directory, whose output is kept. */
export class Program {
  readonly pid: number;
  /** Resolves when it has exited and all of its output has been read. */
  readonly ended: Promise<Ending>;
  readonly #child: ChildProcess;
  readonly #stdout: Buffer[] = [];
  #stderr = '';

  private constructor(child: ChildProcess, pid: number) {
    this.#child = child;
    this.pid = pid;
    child.stderr?.on('data', (chunk) => {
      this.#stderr += String(chunk);
    });
    child.stdout?.on('data', (chunk: Buffer) => this.#stdout.push(chunk));
    const kill = (): void => this.kill('SIGKILL');
    process.once('exit', kill);
    this.ended = once(child, 'close').then(() => {
      process.off('exit', kill);
      const { exitCode, signalCode } = child;
      return {
        code: exitCode ?? undefined,
        signal: signalCode ?? undefined,
        stdout: this.stdout,
        stderr: this.#stderr,
      };
    });
  }

  static async start(argv: Argv, options: ProgramOptions = {}): Promise<Program> {
    const [file = '', ...args] = argv;
    const { uid, stdout = 'pipe' } = options;
    const child = spawn(file, args, {
      detached: true,
      // A user with fewer rights need not have access to the current directory.
      cwd: '/',
      env: { ...inheritedEnvironment(), ...options.env },
      stdio: ['ignore', stdout, 'pipe'],
      ...(uid === undefined ? {} : { uid }),
    });
    await once(child, 'spawn');
    if (child.pid === undefined) throw new Error(`no process: ${file}`);
    return new Program(child, child.pid);
  }

  /** Runs a program until it exits. */
  static async run(argv: Argv, options: ProgramOptions = {}): Promise<Ending> {
    const program = await Program.start(argv, options);
    try {
      return await program.exits();
    } finally {
      await program.stop();
    }
  }

  get stdout(): string {
    return Buffer.concat(this.#stdout).toString();
  }

  get stderr(): string {
    return this.#stderr;
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Waits until standard error matches; throws if the program exits before. */
  async logs(pattern: RegExp): Promise<RegExpExecArray> {
    const stderr = await until(
      `${pattern} on standard error`,
      () => this.#stderr,
      (text) => pattern.test(text) || !this.running,
    );
    const match = pattern.exec(stderr);
    if (match === null) throw new Error(`exited without ${pattern} on standard error: ${stderr}`);
    return match;
  }

  /** The address of an exporter that listens on the loopback interface, once it does. */
  async listening(): Promise<string> {
    const [, port] = await this.logs(/msg=listening address=\S*?:(\d+)[, ]/);
    return `http://127.0.0.1:${port}`;
  }

  /** Waits until it has exited by itself. */
  exits(): Promise<Ending> {
    return orGiveUp(`exit of ${this.#child.spawnargs.join(' ')}`, this.ended, () => this.#stderr);
  }

  /**
   * Sends a signal to an exporter and waits until it has exited with code 0. Throws if one of the exporter's time limits
   * ended the wait for something: it logs each of them when it expires.
   */
  async exitsAtOnce(name: NodeJS.Signals): Promise<Ending> {
    this.signal(name);
    const ending = await this.exits();
    assert.equal(ending.code, 0, ending.stderr);
    assert.doesNotMatch(ending.stderr, /level=error|timed out|ETIMEDOUT/);
    return ending;
  }

  /** Sends a signal to it alone. */
  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Sends a signal to its whole process group, if there is any left. */
  kill(name: NodeJS.Signals): void {
    try {
      process.kill(-this.pid, name);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
    }
  }

  /** Kills it, if it runs. */
  async stop(): Promise<void> {
    this.kill('SIGKILL');
    await this.ended;
  }
}

/** With the runner's variables a Node.js program would report to the runner. */
function inheritedEnvironment(): NodeJS.ProcessEnv {
  const foreign = /^(?:NODE_TEST_CONTEXT|NODE_NAME|NODE_V8_COVERAGE|HOST_IP|KUBERNETES_|POD_)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)));
}
