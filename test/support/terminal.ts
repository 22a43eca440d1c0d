import { execFile, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import type { Argv } from './workloads.ts';

const run = promisify(execFile);

/** Why there is no terminal for tests. */
export const whyNoTmux = spawnSync('tmux', ['-V']).error !== undefined && 'needs tmux';

export interface TerminalOptions {
  readonly columns: number;
  readonly lines: number;
  readonly env?: Readonly<Record<string, string>>;
}

let count = 0;

/** A terminal of tmux with a shell, in a server of its own. */
export class TestTerminal {
  readonly #socket = `pod-exporter-test-${process.pid}-${count++}`;

  static async open({ columns, lines, env = {} }: TerminalOptions): Promise<TestTerminal> {
    const terminal = new TestTerminal();
    const variables = Object.entries({ PS1: '$ ', ...env }).flatMap(([name, value]) => ['-e', `${name}=${value}`]);
    const size = ['-x', String(columns), '-y', String(lines)];
    await terminal.#tmux('-f', '/dev/null', 'new-session', '-d', ...size, ...variables, 'sh');
    return terminal;
  }

  /** Types a command line. */
  async enter(argv: Argv): Promise<void> {
    await this.#tmux('send-keys', '-l', argv.map((word) => `'${word}'`).join(' '));
    await this.press('Enter');
  }

  /** Presses keys under their names in tmux, such as `Enter` and `C-c`. */
  async press(...keys: readonly string[]): Promise<void> {
    await this.#tmux('send-keys', ...keys);
  }

  async resize(columns: number, lines: number): Promise<void> {
    await this.#tmux('resize-window', '-x', String(columns), '-y', String(lines));
  }

  /** What is on the screen; with `styles` also the sequences of colours. */
  async screen({ styles = false } = {}): Promise<string> {
    return this.#tmux('capture-pane', '-p', ...(styles ? ['-e'] : []));
  }

  /** What the terminal is set to. */
  async modes(): Promise<{ readonly alternate: boolean; readonly cursor: boolean }> {
    const text = await this.#tmux('display-message', '-p', '#{alternate_on} #{cursor_flag}');
    const [alternate, cursor] = text.trim().split(' ');
    return { alternate: alternate === '1', cursor: cursor === '1' };
  }

  /** Sends a signal to the program that the shell waits for. */
  async signal(name: NodeJS.Signals): Promise<void> {
    const shell = (await this.#tmux('display-message', '-p', '#{pane_pid}')).trim();
    const [child = ''] = readFileSync(`/proc/${shell}/task/${shell}/children`, 'latin1').split(' ');
    process.kill(Number(child), name);
  }

  async close(): Promise<void> {
    await this.#tmux('kill-server');
  }

  async #tmux(...args: readonly string[]): Promise<string> {
    const { stdout } = await run('tmux', ['-L', this.#socket, ...args]);
    return stdout;
  }
}
