import type { run } from 'node:test';

type TestsStream = ReturnType<typeof run>;

interface Located {
  readonly name: string;
  readonly nesting: number;
  readonly file?: string;
}

/** Test files that have not been started, and tests that are running. */
export class TestProgress {
  readonly #waiting: Set<string>;
  /** Names of the running tests, by the absolute path of their file; a suite comes before its tests. */
  readonly #running = new Map<string, Set<string>>();

  /** `files` as passed to the runner, which reports each as a test with that name. */
  constructor(files: readonly string[]) {
    this.#waiting = new Set(files);
  }

  /** Handles the events that the runner reports immediately; it delays others until earlier files are complete. */
  follow(results: TestsStream): void {
    results.on('test:dequeue', (test) => this.#started(test));
    results.on('test:complete', (test) => this.#ended(test));
  }

  /** Lines of text that list the files not started and the running tests. */
  report(): string {
    const running = [...this.#running.values()].map((names) => `\n  ${[...names].join(' > ')}`);
    const waiting = [...this.#waiting].map((file) => `\n  ${file}`);
    return `these tests were running:${running.join('') || ' none'}\nthese files did not run:${waiting.join('') || ' none'}`;
  }

  #started({ name, file = name }: Located): void {
    this.#waiting.delete(name);
    const running = this.#running.get(file) ?? new Set();
    this.#running.set(file, running.add(name));
  }

  #ended({ name, nesting, file = name }: Located): void {
    const running = this.#running.get(file);
    running?.delete(name);
    if (running?.size === 0 && nesting === 0) this.#running.delete(file);
  }
}
