import { pino, type DestinationStream, type Logger } from 'pino';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
export type LogFormat = 'logfmt' | 'json';

/** Values worth a field of their own; never anything secret. */
export type LogFields = Readonly<Record<string, unknown>>;

/** A log of events, one line each, on standard error. */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** Warns of something that may happen at every scrape: at most once per {@link WARN_INTERVAL_MS} and `cause`. */
  warnRarely(cause: string, message: string, fields?: LogFields): void;
}

export interface LogOptions {
  readonly level: LogLevel;
  readonly format: LogFormat;
  readonly destination: DestinationStream;
  /** Milliseconds. */
  readonly now?: () => number;
}

/** Milliseconds for which a cause is silent after it was said. */
export const WARN_INTERVAL_MS = 10 * 60 * 1000;

/** More causes than this are not told apart, so that a hostile cause cannot fill the memory. */
const MAX_CAUSES = 1000;

/** Opens a log that writes to `destination`. */
export function openLog(options: LogOptions): Log {
  const { level, format, now = Date.now } = options;
  const destination = format === 'json' ? options.destination : logfmt(options.destination);
  const logger = pino(
    {
      level,
      // oxlint-disable-next-line unicorn/no-null -- null is how the library is told to leave pid and host out
      base: null,
      messageKey: 'msg',
      formatters: { level: (label) => ({ level: label }) },
      timestamp: () => `,"time":"${new Date(now()).toISOString()}"`,
    },
    destination,
  );
  return withRareWarnings(logger, now);
}

function withRareWarnings(logger: Logger, now: () => number): Log {
  const silentUntil = new Map<string, number>();
  const warn = (message: string, fields: LogFields = {}): void => logger.warn(fields, message);
  return {
    debug: (message, fields = {}) => logger.debug(fields, message),
    info: (message, fields = {}) => logger.info(fields, message),
    error: (message, fields = {}) => logger.error(fields, message),
    warn,
    warnRarely(cause, message, fields) {
      if ((silentUntil.get(cause) ?? 0) > now()) return;
      if (silentUntil.size >= MAX_CAUSES) silentUntil.clear();
      silentUntil.set(cause, now() + WARN_INTERVAL_MS);
      warn(message, fields);
    },
  };
}

/** Writes `key=value` pairs, as the programs beside us do, from the JSON that the library makes. */
function logfmt(destination: DestinationStream): DestinationStream {
  return {
    write(line: string) {
      const { time, level, msg, ...fields } = JSON.parse(line) as Record<string, unknown>;
      const pairs = Object.entries({ time, level, msg, ...fields });
      destination.write(`${pairs.map(([key, value]) => `${key}=${quoted(value)}`).join(' ')}\n`);
    },
  };
}

function quoted(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return /^[^\s"=\\\p{Cc}]+$/u.test(text) ? text : JSON.stringify(text);
}
