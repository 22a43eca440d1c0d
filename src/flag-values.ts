import { isDirectory } from './kernel/hierarchies.ts';

/** Values of flags as text, made into what they mean. Each throws {@link ConfigError} for what it cannot be. */

/** Thrown for a value that cannot be used; the message is one line that names the flag. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** A whole number of up to nine digits. */
export function wholeNumber(flag: string, text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw invalidFlag(flag, text, 'a whole number');
  return Number(text);
}

/** Seconds, more than 0. */
export function seconds(flag: string, text: string): number {
  if (!/^\d{1,4}(?:\.\d{1,3})?$/.test(text) || Number(text) === 0)
    throw invalidFlag(flag, text, 'a number of seconds like 2 or 0.5');
  return Number(text);
}

/** A directory that can be seen. */
export function directory(flag: string, path: string): string {
  if (!isDirectory(path)) throw invalidFlag(flag, path, 'a directory that can be seen');
  return path;
}

/** An expression that has to match the whole of a text. */
export function wholeMatch(flag: string, text: string): RegExp {
  try {
    // By itself first: a parenthesis too many would pair with the one that is put around it.
    return new RegExp(`^(?:${new RegExp(text).source})$`);
  } catch {
    throw invalidFlag(flag, text, 'a regular expression');
  }
}

/** What commas separate. */
export function list(text: string): readonly string[] {
  return text.split(',').flatMap((item) => (item.trim() === '' ? [] : [item.trim()]));
}

/** One of the choices. */
export function oneOf<T extends string>(flag: string, text: string, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === text);
  if (found === undefined) throw invalidFlag(flag, text, choices.join(' or '));
  return found;
}

/** The error that tells of a value. */
export function invalidFlag(flag: string, value: string, expected: string): ConfigError {
  const name = flag.startsWith('POD_EXPORTER_') ? flag : `--${flag}`;
  return new ConfigError(`${name}: ${JSON.stringify(value)} is not ${expected}`);
}
