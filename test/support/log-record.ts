import type { PodLog } from '../../src/pods/source.ts';

/** A log that remembers what it was told, e.g. `warn pods cannot be read {"cause":"EACCES"}`. */
export class LogRecord implements PodLog {
  readonly lines: string[] = [];

  info(message: string, fields?: Readonly<Record<string, unknown>>): void {
    this.#add('info', message, fields);
  }

  warn(message: string, fields?: Readonly<Record<string, unknown>>): void {
    this.#add('warn', message, fields);
  }

  /** Lines that begin with this. */
  matching(beginning: string): readonly string[] {
    return this.lines.filter((line) => line.startsWith(beginning));
  }

  #add(level: string, message: string, fields: object | undefined): void {
    this.lines.push([level, message, ...(fields === undefined ? [] : [JSON.stringify(fields)])].join(' '));
  }
}
