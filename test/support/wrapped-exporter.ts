import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import { equals, orGiveUp, until } from './until.ts';
import type { Argv } from './workloads.ts';

const PROGRAM = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

/** The exporter from this source tree, started by another program: with fewer rights, or in other namespaces. */
export class WrappedExporter {
  readonly #child: ChildProcess;
  readonly #group: number;
  readonly #closed: Promise<unknown>;
  #log = '';
  #url = '';

  private constructor(child: ChildProcess, group: number) {
    this.#child = child;
    this.#group = group;
    this.#closed = once(child, 'close');
    child.stderr?.on('data', (chunk) => {
      this.#log += String(chunk);
    });
  }

  /** `wrapper` is a program with arguments that starts what follows them. Resolves when the exporter knows the pods. */
  static async start(wrapper: Argv, flags: readonly string[]): Promise<WrappedExporter> {
    const [program = '', ...args] = [
      ...wrapper,
      process.execPath,
      PROGRAM,
      '--web.listen-address=127.0.0.1:0',
      ...flags,
    ];
    const { NODE_TEST_CONTEXT: _context, ...env } = process.env;
    // A group of its own, because a wrapper may wait for the exporter instead of becoming it.
    const child = spawn(program, args, { detached: true, env, cwd: '/', stdio: ['ignore', 'ignore', 'pipe'] });
    await once(child, 'spawn');
    if (child.pid === undefined) throw new Error('no process');
    const exporter = new WrappedExporter(child, child.pid);
    try {
      await exporter.#ready();
      return exporter;
    } catch (error) {
      await exporter.stop();
      throw error;
    }
  }

  /** Everything that it and the wrapper wrote on standard error. */
  get log(): string {
    return this.#log;
  }

  /** Process ID of the wrapper, or of the exporter if it took the wrapper's place. */
  get pid(): number {
    return this.#group;
  }

  /** The body of an answer; throws unless its status is 200. */
  async get(path: string): Promise<string> {
    const response = await fetch(this.#url + path);
    const body = await response.text();
    if (!response.ok) throw new Error(`${path}: ${response.status} ${body}`);
    return body;
  }

  /** Ends it and waits for that; then the log is complete. May be called again. */
  async stop(): Promise<void> {
    if (!this.#hasExited) process.kill(-this.#group, 'SIGTERM');
    await orGiveUp('exit of the exporter after SIGTERM', this.#closed, () => this.#log);
  }

  get #hasExited(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  async #ready(): Promise<void> {
    const listening = /listening.*\bport=(\d+)/;
    const log = await until(
      '"listening" on standard error',
      () => this.#log,
      (text) => listening.test(text) || this.#hasExited,
    );
    const port = listening.exec(log)?.[1];
    if (port === undefined) throw new Error(`the exporter exited: ${log}`);
    this.#url = `http://127.0.0.1:${port}`;
    await until('status 200 of /readyz', async () => (await fetch(`${this.#url}/readyz`)).status, equals(200));
  }
}
