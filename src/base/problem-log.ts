import type { Log, LogFields } from './log.ts';

/** Causes of one problem that are reported; one that varies without end would fill the memory. */
const MAX_CAUSES = 100;

export interface ProblemLogMessages {
  /** Logged for every new cause, with the cause as a field. */
  readonly failing: string;
  /** Logged when everything works again. */
  readonly recovered: string;
  /** Fields of both messages. */
  readonly fields?: LogFields;
}

/** Logs a problem that lasts once per cause, and its end. */
export class ProblemLog {
  readonly #log: Pick<Log, 'info' | 'warn'>;
  readonly #messages: ProblemLogMessages;
  readonly #reported = new Set<string>();

  constructor(log: Pick<Log, 'info' | 'warn'>, messages: ProblemLogMessages) {
    this.#log = log;
    this.#messages = messages;
  }

  /** Returns whether the cause is in the log. */
  report(cause: string): boolean {
    if (this.#reported.has(cause) || this.#reported.size >= MAX_CAUSES) return true;
    // A suppressed warning is tried again, or a problem that comes and goes would end in silence.
    const isLogged = this.#log.warn(this.#messages.failing, { ...this.#messages.fields, cause });
    if (isLogged) this.#reported.add(cause);
    return isLogged;
  }

  resolve(): void {
    if (this.#reported.size === 0) return;
    this.#reported.clear();
    this.#log.info(this.#messages.recovered, this.#messages.fields);
  }
}
