import type { NodeDocument } from './document.ts';
import { FIXED_LINES, frame, type Scene } from './frame.ts';
import { updatesOf } from './live.ts';
import { RecentEvents } from './recent-events.ts';
import { rowsOf } from './rows.ts';
import { Screen, type Terminal } from './screen.ts';
import type { DocumentSource } from './source.ts';
import { afterKey, initialState, visibleRows, type Choice, type Key } from './state.ts';

export interface InteractiveOptions {
  readonly choice: Choice;
  readonly intervalSeconds: number;
  readonly terminal: Terminal;
  /** The last warning of the program's log; empty without one. */
  readonly warning: () => string;
}

/** Shows the documents of a source on a terminal until the user quits or the signal is aborted. */
export async function showDocuments(
  source: DocumentSource,
  options: InteractiveOptions,
  signal: AbortSignal,
): Promise<void> {
  const display = new Display(options);
  display.open();
  try {
    const ended = AbortSignal.any([signal, display.closed]);
    for await (const news of updatesOf(source, ended)) {
      if ('problem' in news) display.update({ problem: news.problem });
      else display.show(news.document);
    }
  } finally {
    display.close();
  }
}

/** What is on the terminal. */
class Display {
  readonly #options: InteractiveOptions;
  readonly #recent = new RecentEvents();
  readonly #quit = new AbortController();
  readonly #screen: Screen;
  #scene: Scene;

  constructor(options: InteractiveOptions) {
    const { choice, intervalSeconds, terminal } = options;
    this.#options = options;
    this.#screen = new Screen(terminal, {
      pressed: (key) => this.#pressed(key),
      changed: () => this.update({}),
      closed: () => this.#quit.abort(),
    });
    const state = initialState(choice);
    this.#scene = { document: undefined, pods: [], rows: [], state, intervalSeconds, problem: '', warning: '' };
  }

  /** Aborted when the user quits or the terminal has gone. */
  get closed(): AbortSignal {
    return this.#quit.signal;
  }

  open(): void {
    this.#screen.open();
    this.update({});
  }

  close(): void {
    this.#screen.close();
  }

  /** Shows a document, or only that there is one if the user pauses. */
  show(document: NodeDocument): void {
    this.#recent.update(document);
    const current = { problem: '', warning: this.#options.warning() };
    if (this.#scene.state.isPaused) this.update(current);
    else this.update({ ...current, document, pods: rowsOf(document, this.#recent) });
  }

  /** Redraws the screen after a change. */
  update(change: Partial<Scene>): void {
    const scene = { ...this.#scene, ...change };
    this.#scene = { ...scene, rows: visibleRows(scene.pods, scene.state) };
    this.#screen.draw(frame(this.#scene, this.#screen.size));
  }

  #pressed(key: Key): void {
    const { state, rows } = this.#scene;
    const next = afterKey(state, key, rows, this.#screen.size.lines - FIXED_LINES);
    if (next === undefined) this.#quit.abort();
    else this.update({ state: next });
  }
}
