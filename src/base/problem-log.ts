import type { Log } from './log.ts';

/** More causes than this are not told apart, so that a changing message cannot fill the memory. */
const MAX_CAUSES = 100;

export interface ProblemLogMessages {
  /** Said once for every cause. */
  readonly failing: string;
  /** Said when all is well after that. */
  readonly recovered: string;
}

/** Warns once of each cause for which something does not work, until it has worked again. */
export class ProblemLog {
  readonly #log: Pick<Log, 'info' | 'warn'>;
  readonly #messages: ProblemLogMessages;
  readonly #causes = new Set<string>();

  constructor(log: Pick<Log, 'info' | 'warn'>, messages: ProblemLogMessages) {
    this.#log = log;
    this.#messages = messages;
  }

  report(cause: string): void {
    if (this.#causes.has(cause) || this.#causes.size >= MAX_CAUSES) return;
    this.#causes.add(cause);
    this.#log.warn(this.#messages.failing, { cause });
  }

  resolve(): void {
    if (this.#causes.size === 0) return;
    this.#causes.clear();
    this.#log.info(this.#messages.recovered);
  }
}
