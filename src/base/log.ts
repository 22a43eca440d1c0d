import { pino } from 'pino';
import type { LogDestination } from './log-destination.ts';
import { logfmt } from './log-format.ts';
import { RepeatLimit } from './repeat-limit.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
export type LogFormat = 'logfmt' | 'json';

/** Values worth a field of their own; never anything secret. */
export type LogFields = Readonly<Record<string, unknown>>;

/**
 * A log of events, one line each. A message is constant, lower case and begins with a verb; what varies is in fields.
 *
 * Warnings and errors may be caused by anyone at any rate, so repetitions are suppressed, see {@link RepeatLimit}: the
 * message and the fields that are texts are the cause, numbers may differ. The next line that is written has the number
 * of suppressed lines in the field `suppressed`.
 */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  /** Returns whether the line was written, not suppressed. */
  warn(message: string, fields?: LogFields): boolean;
  /** Returns whether the line was written, not suppressed. */
  error(message: string, fields?: LogFields): boolean;
}

export interface LogOptions {
  readonly level: LogLevel;
  readonly format: LogFormat;
  readonly destination: LogDestination;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

/** Opens a log that writes to `destination`. */
export function openLog({ level, format, destination, now = Date.now }: LogOptions): Log {
  const logger = pino(
    {
      level,
      // oxlint-disable-next-line unicorn/no-null -- null makes the library omit process ID and host name
      base: null,
      messageKey: 'msg',
      formatters: { level: (label) => ({ level: label }) },
      timestamp: () => `,"time":"${new Date(now()).toISOString()}"`,
    },
    { write },
  );
  const limit = new RepeatLimit(now);
  let lost = 0;

  function write(line: string): void {
    reportLost();
    lost += destination.write(format === 'json' ? line : logfmt(line));
  }

  function reportLost(): void {
    if (lost === 0) return;
    const lines = lost;
    lost = 0;
    logger.warn({ lines }, 'lost log lines');
    // Lost again: the report itself is not counted.
    if (lost > 0) lost += lines - 1;
  }

  function limited(severity: 'warn' | 'error', message: string, fields: LogFields): boolean {
    const suppressed = limit.admit(message, causeOf(fields));
    if (suppressed === undefined) return false;
    logger[severity](suppressed === 0 ? fields : { ...fields, suppressed }, message);
    return true;
  }

  return {
    debug: (message, fields = {}) => logger.debug(fields, message),
    info: (message, fields = {}) => logger.info(fields, message),
    warn: (message, fields = {}) => limited('warn', message, fields),
    error: (message, fields = {}) => limited('error', message, fields),
  };
}

function causeOf(fields: LogFields): string {
  return Object.values(fields)
    .filter((value) => typeof value === 'string')
    .join('\n');
}
