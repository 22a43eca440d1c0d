import type { run } from 'node:test';

type TestsStream = ReturnType<typeof run>;

interface Located {
  readonly name: string;
  readonly nesting: number;
  readonly file?: string;
}

/** Which test files have not been started, and which tests of the others run. */
export class TestProgress {
  readonly #waiting: Set<string>;
  /** Names of the tests that run, by the absolute path of their file; a suite comes before its tests. */
  readonly #running = new Map<string, Set<string>>();

  /** `files` as they are given to the runner, which reports each as a test of that name. */
  constructor(files: readonly string[]) {
    this.#waiting = new Set(files);
  }

  /** Takes in what the runner reports at once; the other events wait for earlier files. */
  follow(results: TestsStream): void {
    results.on('test:dequeue', (test) => this.#started(test));
    results.on('test:complete', (test) => this.#ended(test));
  }

  /** What did not run and what runs now, in lines of text. */
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
