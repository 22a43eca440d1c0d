import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import { equals, orGiveUp, until } from './until.ts';

const PROGRAM = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const KEPT_OUTPUT = 16_000;

/** The exporter from this source tree, serving in a process of its own. */
export class ExporterProcess {
  readonly url: string;
  readonly pid: number;
  readonly #child: ChildProcess;
  readonly #log: Log;

  private constructor(child: ChildProcess, pid: number, port: string, log: Log) {
    this.#child = child;
    this.#log = log;
    this.pid = pid;
    this.url = `http://127.0.0.1:${port}`;
  }

  /** Starts it with these flags on `port` (0: a free one) of the loopback interface; resolves when it listens. */
  static async start(flags: readonly string[], port = 0): Promise<ExporterProcess> {
    const args = [PROGRAM, `--web.listen-address=127.0.0.1:${port}`, ...flags];
    const { NODE_TEST_CONTEXT: _context, ...env } = process.env;
    const child = spawn(process.execPath, args, { detached: true, env, stdio: ['ignore', 'ignore', 'pipe'] });
    await once(child, 'spawn');
    const log = new Log(child);
    const listening = /listening.*\bport\W+(\d+)/;
    const text = await until(
      '"listening" on standard error',
      () => log.text,
      (logged) => listening.test(logged) || hasExited(child),
    );
    const taken = listening.exec(text)?.[1];
    if (taken === undefined || child.pid === undefined) throw new Error(`the exporter exited: ${text}`);
    return new ExporterProcess(child, child.pid, taken, log);
  }

  /** What it logged, the last of it. */
  get log(): string {
    return this.#log.text;
  }

  get running(): boolean {
    return !hasExited(this.#child);
  }

  /** Resolves when `/readyz` returns 200; throws when the exporter exits before. */
  async ready(): Promise<void> {
    const status = async (): Promise<number> => {
      if (!this.running) throw new Error(`the exporter exited: ${this.log}`);
      return (await fetch(`${this.url}/readyz`)).status;
    };
    await until('status 200 of /readyz', status, equals(200));
  }

  /** The body of an answer; throws unless its status is 200. */
  async get(path: string): Promise<string> {
    const response = await fetch(this.url + path);
    const body = await response.text();
    if (!response.ok) throw new Error(`${path}: ${response.status} ${body}`);
    return body;
  }

  /** Sends SIGTERM and waits for the exit; returns its exit code, `undefined` after a signal. May be called again. */
  async stop(): Promise<number | undefined> {
    if (this.running) {
      const exited = once(this.#child, 'exit');
      this.#child.kill('SIGTERM');
      await orGiveUp('exit of the exporter after SIGTERM', exited, () => this.log);
    }
    return this.#child.exitCode ?? undefined;
  }
}

/** The end of what a process writes on standard error. */
class Log {
  text = '';

  constructor({ stderr }: ChildProcess) {
    stderr?.on('data', (chunk) => {
      this.text = (this.text + String(chunk)).slice(-KEPT_OUTPUT);
    });
  }
}

function hasExited(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}
