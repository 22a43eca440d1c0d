import type { Log } from './log.ts';

/** More causes than this are not told apart, so that a changing message cannot fill the memory. */
const MOST_CAUSES = 100;

export interface CauseLogMessages {
  /** Said once for every cause. */
  readonly broken: string;
  /** Said when all is well after that. */
  readonly mended: string;
}

/** Warns once of each cause for which something does not work, until it has worked again. */
export class CauseLog {
  readonly #log: Pick<Log, 'info' | 'warn'>;
  readonly #messages: CauseLogMessages;
  readonly #causes = new Set<string>();

  constructor(log: Pick<Log, 'info' | 'warn'>, messages: CauseLogMessages) {
    this.#log = log;
    this.#messages = messages;
  }

  broken(cause: string): void {
    if (this.#causes.has(cause) || this.#causes.size >= MOST_CAUSES) return;
    this.#causes.add(cause);
    this.#log.warn(this.#messages.broken, { cause });
  }

  mended(): void {
    if (this.#causes.size === 0) return;
    this.#causes.clear();
    this.#log.info(this.#messages.mended);
  }
}
