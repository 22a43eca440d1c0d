import type { Log, LogFields } from '../../src/base/log.ts';

/** A log that keeps every line, e.g. `warn cannot read pods {"cause":"EACCES"}`, and suppresses none. */
export class LogRecord implements Log {
  /** Every line but those of {@link debug}. */
  readonly lines: string[] = [];
  readonly debugLines: string[] = [];

  debug(message: string, fields?: LogFields): void {
    this.debugLines.push(lineOf('debug', message, fields));
  }

  info(message: string, fields?: LogFields): void {
    this.#add('info', message, fields);
  }

  warn(message: string, fields?: LogFields): boolean {
    return this.#add('warn', message, fields);
  }

  error(message: string, fields?: LogFields): boolean {
    return this.#add('error', message, fields);
  }

  /** Lines that begin with this. */
  matching(beginning: string): readonly string[] {
    return this.lines.filter((line) => line.startsWith(beginning));
  }

  #add(level: string, message: string, fields: LogFields | undefined): true {
    this.lines.push(lineOf(level, message, fields));
    return true;
  }
}

function lineOf(level: string, message: string, fields: LogFields | undefined): string {
  return [level, message, ...(fields === undefined ? [] : [JSON.stringify(fields)])].join(' ');
}

/** A log that keeps nothing. */
export const silentLog: Log = { debug: () => {}, info: () => {}, warn: () => true, error: () => true };
