import type { ListenAddress } from './http/listener.ts';
import { isDirectory } from './kernel/hierarchies.ts';

/** Converts values of flags. Each function throws {@link ConfigError} for a value that it cannot use. */

/** The value of a flag as text. */
export interface FlagValue {
  /** What set it, as errors call it: `--log.level`, `POD_EXPORTER_LOG_LEVEL`. */
  readonly source: string;
  readonly text: string;
}

/** Thrown for a command line or an environment that cannot be used; the message is one line that names the flag. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** A whole number of up to nine digits. */
export function wholeNumber(value: FlagValue): number {
  if (!/^\d{1,9}$/.test(value.text)) throw invalid(value, 'a whole number');
  return Number(value.text);
}

/** A whole number from `min` to `max`. */
export function numberBetween(value: FlagValue, min: number, max: number): number {
  const number = wholeNumber(value);
  if (number < min || number > max) throw invalid(value, `a number from ${min} to ${max}`);
  return number;
}

/** Seconds, more than 0. */
export function seconds(value: FlagValue): number {
  const { text } = value;
  if (!/^\d{1,4}(?:\.\d{1,3})?$/.test(text) || Number(text) === 0) {
    throw invalid(value, 'a number of seconds like 2 or 0.5');
  }
  return Number(text);
}

/** A directory that exists and is accessible. */
export function directory(value: FlagValue): string {
  if (!isDirectory(value.text)) throw invalid(value, 'an accessible directory');
  return value.text;
}

/** A regular expression that has to match a whole text. */
export function wholeMatch(value: FlagValue): RegExp {
  try {
    // By itself first: an extra parenthesis would pair with the one that is added.
    return new RegExp(`^(?:${new RegExp(value.text).source})$`);
  } catch {
    throw invalid(value, 'a regular expression');
  }
}

/** What commas separate. */
export function list(text: string): readonly string[] {
  return text.split(',').flatMap((item) => (item.trim() === '' ? [] : [item.trim()]));
}

/** One of the choices. */
export function oneOf<T extends string>(value: FlagValue, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === value.text);
  if (found === undefined) throw invalid(value, choices.join(' or '));
  return found;
}

/** `:9771`, `127.0.0.1:9771`, `[::1]:9771`. */
export function listenAddress(value: FlagValue): ListenAddress {
  const match = /^(?:\[([^\]]+)\]|([^:[\]]*)):(\d{1,5})$/.exec(value.text);
  const port = Number(match?.[3]);
  if (match === null || port > 65_535) throw invalid(value, 'an address like :9771 or 127.0.0.1:9771');
  const host = match[1] ?? match[2];
  return { host: host === '' ? undefined : host, port };
}

/** The origin of an HTTPS URL: a path would be that of a proxy, and a token is not sent in the clear. */
export function httpsOrigin(value: FlagValue): string {
  const url = URL.parse(value.text);
  if (url?.protocol === 'https:' && url.href === `${url.origin}/`) return url.origin;
  throw invalid(withoutPassword(value), 'a URL like https://192.0.2.1:10250');
}

/** An HTTP or HTTPS URL without credentials, which other users of the machine could read in the list of processes. */
export function urlOf(value: FlagValue): URL {
  const url = URL.parse(value.text);
  const isWeb = url?.protocol === 'http:' || url?.protocol === 'https:';
  if (url !== null && isWeb && url.username === '' && url.search === '') return url;
  throw invalid(withoutPassword(value), 'a URL like http://127.0.0.1:9771, without credentials and query');
}

/** What precedes an @ is usually a password. */
function withoutPassword(value: FlagValue): FlagValue {
  return { ...value, text: value.text.replace(/[^/]*@/, '...@') };
}

/** The minor version of a version of Kubernetes: `1.37`, `v1.37.2`. */
export function kubernetesMinor(value: FlagValue): number {
  const [, minor] = /^v?1\.(\d{1,3})(?:[.+-].*)?$/.exec(value.text) ?? [];
  if (minor === undefined) throw invalid(value, 'a version of Kubernetes like 1.37');
  return Number(minor);
}

/** The error for a value that cannot be used. */
export function invalid({ source, text }: FlagValue, expected: string): ConfigError {
  return new ConfigError(`${source}: ${JSON.stringify(text)} is not ${expected}`);
}
