import { writeSync } from 'node:fs';
import { emitKeypressEvents } from 'node:readline';
import { styleText } from 'node:util';
import type { ReadStream, WriteStream } from 'node:tty';
import {
  cursorHide,
  cursorShow,
  cursorTo,
  enterAlternativeScreen,
  eraseDown,
  eraseEndLine,
  exitAlternativeScreen,
  synchronizedOutput,
} from 'ansi-escapes';
import type { Line, Style } from './spans.ts';
import type { Key } from './state.ts';
import type { Size } from './frame.ts';

/** The terminal that a {@link Screen} uses. */
export interface Terminal {
  readonly input: ReadStream;
  readonly output: WriteStream;
}

/** What a screen reports. */
export interface ScreenEvents {
  readonly pressed: (key: Key) => void;
  /** The size has changed, or the program continues after a stop. */
  readonly changed: () => void;
  /** Nothing can be drawn any more. */
  readonly closed: () => void;
}

const STYLES = {
  bad: ['red', 'bold'],
  warning: 'yellow',
  dim: 'dim',
  bold: 'bold',
  selected: 'bold',
} as const satisfies Record<Style, Parameters<typeof styleText>[0]>;

const STANDARD_OUTPUT = 1;

const CONTINUE_MS = 50;

/** The alternative screen of a terminal, which is restored however the process ends. */
export class Screen {
  readonly #terminal: Terminal;
  readonly #events: ScreenEvents;
  readonly #restore = (): void => this.#leave();
  readonly #continue = (): void => {
    this.#isOpen = false;
    this.#enter();
    this.#events.changed();
  };
  #isOpen = false;
  #continuing: NodeJS.Timeout | undefined;

  constructor(terminal: Terminal, events: ScreenEvents) {
    this.#terminal = terminal;
    this.#events = events;
  }

  get size(): Size {
    const { columns, rows } = this.#terminal.output;
    return { columns, lines: rows };
  }

  open(): void {
    const { input, output } = this.#terminal;
    emitKeypressEvents(input);
    input.on('keypress', (_text: unknown, key: Key) => this.#pressed(key));
    input.on('end', this.#events.closed).on('error', this.#events.closed);
    output.on('resize', this.#events.changed).on('error', this.#events.closed);
    // Exceptions end the process as well.
    process.on('exit', this.#restore);
    process.on('SIGCONT', this.#continue);
    this.#enter();
  }

  /** Restores the terminal. */
  close(): void {
    clearTimeout(this.#continuing);
    this.#leave();
    process.off('exit', this.#restore);
    process.off('SIGCONT', this.#continue);
    this.#terminal.input.removeAllListeners('keypress').pause();
  }

  /** Replaces what is shown, without flicker. */
  draw(lines: readonly Line[]): void {
    if (!this.#isOpen) return;
    const text = lines.map((line) => this.#styled(line) + eraseEndLine).join('\r\n');
    this.#terminal.output.write(synchronizedOutput(cursorTo(0, 0) + text + eraseDown));
  }

  /** Colours only if the terminal has some and NO_COLOR is not set. */
  #styled(line: Line): string {
    const options = { stream: this.#terminal.output };
    return line
      .map(({ text, style }) => (style === undefined ? text : styleText(STYLES[style], text, options)))
      .join('');
  }

  #pressed(key: Key): void {
    if (key.ctrl === true && key.name === 'z') {
      this.#leave();
      process.kill(process.pid, 'SIGTSTP');
      // Without job control, as in kubectl exec, the signal has no effect.
      this.#continuing = setTimeout(this.#continue, CONTINUE_MS);
    } else {
      this.#events.pressed(key);
    }
  }

  #enter(): void {
    if (this.#isOpen) return;
    this.#isOpen = true;
    this.#terminal.input.setRawMode(true).resume();
    this.#write(enterAlternativeScreen + cursorHide);
  }

  #leave(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#write(exitAlternativeScreen + cursorShow);
    try {
      this.#terminal.input.setRawMode(false);
    } catch {
      // The terminal has gone.
    }
  }

  /** At once, because the process may be about to exit. */
  #write(text: string): void {
    try {
      writeSync(STANDARD_OUTPUT, text);
    } catch {
      // The terminal has gone.
    }
  }
}
