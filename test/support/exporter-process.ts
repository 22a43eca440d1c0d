import { EXPORTER, Program } from './program.ts';
import { equals, until } from './until.ts';
import type { Argv } from './workloads.ts';

/** How the exporter is started, where that differs from a plain process. */
export interface ExporterProcessOptions {
  /** Port on the loopback interface; a free one unless given. */
  readonly port?: number;
  /** Program and arguments that start the exporter with other rights or in other namespaces. */
  readonly wrapper?: Argv;
}

/** The exporter from this source tree, serving in a process of its own. */
export class ExporterProcess {
  readonly url: string;
  readonly #program: Program;

  private constructor(program: Program, url: string) {
    this.#program = program;
    this.url = url;
  }

  /** Starts it with these flags; resolves when it listens. Throws, and leaves no process, if it exits before. */
  static async start(flags: readonly string[], options: ExporterProcessOptions = {}): Promise<ExporterProcess> {
    const { port = 0, wrapper = [] } = options;
    const program = await Program.start([...wrapper, ...EXPORTER, `--web.listen-address=127.0.0.1:${port}`, ...flags]);
    try {
      return new ExporterProcess(program, await program.listening());
    } catch (error) {
      await program.stop();
      throw error;
    }
  }

  /** Everything that it and the wrapper wrote on standard error. */
  get log(): string {
    return this.#program.stderr;
  }

  /** Process ID of the exporter, or of the wrapper if that waits for the exporter. */
  get pid(): number {
    return this.#program.pid;
  }

  get running(): boolean {
    return this.#program.running;
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

  /** Sends SIGTERM and waits for the exit; then the log is complete. Returns the exit code. May be called again. */
  async stop(): Promise<number | undefined> {
    // To the group, because a wrapper may wait for the exporter instead of becoming it.
    this.#program.kill('SIGTERM');
    const { code } = await this.#program.exits();
    return code;
  }
}
