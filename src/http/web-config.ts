import { validateHeaderValue } from 'node:http';
import { WebConfigError } from './web-config-error.ts';
import { Fields } from './web-config-fields.ts';
import { YamlMapping, type YamlValue } from './web-config-yaml.ts';
import { readTls, type TlsConfig } from './tls-config.ts';

/** The content of `--web.config.file`. */
export interface WebConfig {
  readonly tls?: TlsConfig;
  /** Password hashes (bcrypt) by user; no authentication if there are none. */
  readonly users: ReadonlyMap<string, string>;
  /** Sent with every response. */
  readonly headers: Readonly<Record<string, string>>;
  readonly rateLimit?: RateLimit;
}

/** A limit of requests. */
export interface RateLimit {
  /** Milliseconds per request. */
  readonly intervalMs: number;
  /** Requests that may come at once. */
  readonly burst: number;
}

/** Headers that can be set, and the accepted values where they are limited. */
const HEADERS: ReadonlyMap<string, readonly string[] | undefined> = new Map([
  ['Content-Security-Policy', undefined],
  ['X-Frame-Options', ['deny', 'sameorigin']],
  ['X-Content-Type-Options', ['nosniff']],
  ['X-XSS-Protection', undefined],
  ['Strict-Transport-Security', undefined],
]);

/** A modular crypt string of bcrypt: version, cost from 4 to 31, 22 characters of salt and 31 of hash. */
const BCRYPT = /^\$2[aby]\$(?:0[4-9]|[12]\d|3[01])\$[./A-Za-z0-9]{53}$/;

/** A nanosecond, the unit of the format. */
const MIN_INTERVAL_MS = 1e-6;

/**
 * Reads the content of a web configuration, in the format that Prometheus and its exporters share. Paths are relative
 * to `folder`.
 *
 * https://prometheus.io/docs/prometheus/latest/configuration/https/
 *
 * @throws {WebConfigError} one line that names the field and quotes no value.
 */
export function readWebConfig(content: YamlValue, folder: string): WebConfig {
  const top = new Fields('', content ?? new YamlMapping([]));
  const tls = top.child('tls_server_config');
  const server = top.child('http_server_config');
  // HTTP/2 is not supported; clients that prefer it use HTTP/1.1.
  const isHttp2Enabled = server?.flag('http2') ?? true;
  const config: WebConfig = {
    ...readTls(tls, folder, isHttp2Enabled),
    users: readUsers(top.texts('basic_auth_users')),
    headers: server === undefined ? {} : readHeaders(server),
    ...readRateLimit(top.child('rate_limit')),
  };
  top.end();
  return config;
}

/** Absent without an interval, which is no limit. */
function readRateLimit(fields: Fields | undefined): Pick<WebConfig, 'rateLimit'> {
  if (fields === undefined) return {};
  const burst = fields.integer('burst') ?? 0;
  const intervalMs = (fields.duration('interval') ?? 0) / 1e6;
  fields.end();
  return intervalMs >= MIN_INTERVAL_MS ? { rateLimit: { intervalMs, burst } } : {};
}

function readUsers(users: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  for (const [user, hash] of users) {
    if (!BCRYPT.test(hash))
      throw new WebConfigError(`basic_auth_users: the password of ${JSON.stringify(user)} is not a bcrypt hash`);
  }
  return users;
}

function readHeaders(server: Fields): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {};
  for (const [name, text] of server.texts('headers')) {
    const value = text.replaceAll(/[\r\n]/g, ' ').trim();
    checkHeader(name, value);
    if (value !== '') headers[name] = value;
  }
  server.end();
  return headers;
}

function checkHeader(name: string, value: string): void {
  const field = `http_server_config.headers.${name}`;
  if (!HEADERS.has(name)) throw new WebConfigError(`unknown field ${JSON.stringify(field)}`);
  const choices = HEADERS.get(name) ?? [value];
  if (!choices.includes(value)) throw new WebConfigError(`${field} must be one of ${choices.join(', ')}`);
  try {
    validateHeaderValue(name, value);
  } catch {
    throw new WebConfigError(`${field} has a character that is not allowed in a header`);
  }
}
