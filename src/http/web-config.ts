import { validateHeaderValue } from 'node:http';
import { resolve } from 'node:path';
import { WebConfigError } from './web-config-error.ts';
import { Fields } from './web-config-fields.ts';
import { YamlMapping, type YamlValue } from './web-config-yaml.ts';
import { CIPHERS, CIPHERS_OF_TLS_1_3, CLIENT_AUTH_TYPES, CURVES, VERSIONS, type ClientAuthType } from './tls-names.ts';

/** PEM: the text, or the path of a file. */
export type Pem = { readonly text: string } | { readonly path: string };

/** TLS settings, under the names of node's TLS module. */
export interface TlsConfig {
  readonly cert: Pem;
  readonly key: Pem;
  readonly clientCa?: Pem;
  readonly clientAuth: ClientAuthType;
  /** Subject alternative names of which a client certificate must have one; empty to accept any. */
  readonly allowedSans: readonly string[];
  readonly minVersion: 'TLSv1.2' | 'TLSv1.3';
  readonly maxVersion: 'TLSv1.2' | 'TLSv1.3';
  readonly ciphers?: string;
  readonly curves?: string;
  readonly honorCipherOrder: boolean;
}

/** The content of `--web.config.file`. */
export interface WebConfig {
  readonly tls?: TlsConfig;
  /** Password hashes (bcrypt) by user; no authentication if there are none. */
  readonly users: ReadonlyMap<string, string>;
  /** Sent with every response. */
  readonly headers: Readonly<Record<string, string>>;
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

/** Fields of which one must have a value to enable TLS. */
const TLS_FIELDS = ['cert', 'cert_file', 'key', 'key_file', 'client_ca', 'client_ca_file', 'client_auth_type'];

/** The names of `cipher_suites`. Those of TLS 1.3 are always enabled. */
const SUITES = new Map([...Object.entries(CIPHERS), ...CIPHERS_OF_TLS_1_3.map((name) => [name, name] as const)]);

const CURVE_NAMES = new Map(Object.entries(CURVES));

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
  const limit = top.child('rate_limit');
  if (limit !== undefined) checkRateLimit(limit);
  const tlsConfig = tls === undefined ? undefined : readTls(tls, folder);
  const config: WebConfig = {
    ...(tlsConfig === undefined ? {} : { tls: tlsConfig }),
    users: readUsers(top.texts('basic_auth_users')),
    headers: server === undefined ? {} : readHeaders(server),
  };
  top.end();
  return config;
}

/** Rejects a limit that is in effect; without an interval there is none. */
function checkRateLimit(fields: Fields): void {
  fields.integer('burst');
  const isLimited = (fields.duration('interval') ?? 0) >= 1;
  fields.end();
  if (isLimited) throw new WebConfigError('rate_limit is not supported; use --web.max-requests');
}

/** Absent if no field enables TLS, as a template leaves it. */
function readTls(fields: Fields, folder: string): TlsConfig | undefined {
  const isEnabled = TLS_FIELDS.filter((name) => fields.text(name) !== undefined).length > 0;
  const options = readTlsOptions(fields, folder);
  fields.end();
  if (!isEnabled) return undefined;
  const config: TlsConfig = {
    cert: required(pem(fields, 'cert', folder), fields, 'cert_file'),
    key: required(pem(fields, 'key', folder), fields, 'key_file'),
    ...options,
  };
  checkTls(config, fields);
  return config;
}

function readTlsOptions(fields: Fields, folder: string): Omit<TlsConfig, 'cert' | 'key'> {
  const clientCa = pem(fields, 'client_ca', folder);
  return {
    ...(clientCa === undefined ? {} : { clientCa }),
    clientAuth: clientAuthType(fields),
    allowedSans: fields.list('client_allowed_sans'),
    minVersion: version(fields, 'min_version') ?? 'TLSv1.2',
    maxVersion: version(fields, 'max_version') ?? 'TLSv1.3',
    ...ciphers(fields),
    honorCipherOrder: fields.flag('prefer_server_cipher_suites') ?? true,
  };
}

function clientAuthType(fields: Fields): ClientAuthType {
  const name = fields.text('client_auth_type');
  if (name === undefined) return 'NoClientCert';
  // The name that the format had at first.
  if (name === 'RequireClientCert') return 'RequireAnyClientCert';
  return fields.choice('client_auth_type', CLIENT_AUTH_TYPES) ?? 'NoClientCert';
}

/** Rejects settings that would accept every client by mistake, or none. */
function checkTls({ clientCa, clientAuth, allowedSans, minVersion, maxVersion }: TlsConfig, fields: Fields): void {
  if (clientCa !== undefined && clientAuth === 'NoClientCert')
    fields.fail('client_ca_file', 'requires a client_auth_type');
  if (allowedSans.length > 0 && !clientAuth.startsWith('Require')) {
    fields.fail('client_allowed_sans', 'requires a client_auth_type that requires a certificate');
  }
  if (minVersion > maxVersion) fields.fail('min_version', 'is greater than max_version');
}

/** The file takes precedence over the text. */
function pem(fields: Fields, name: string, folder: string): Pem | undefined {
  const text = fields.text(name);
  const path = fields.text(`${name}_file`);
  if (path !== undefined) return { path: resolve(folder, path) };
  return text === undefined ? undefined : { text };
}

function required(value: Pem | undefined, fields: Fields, name: string): Pem {
  return value ?? fields.fail(name, 'is required');
}

function version(fields: Fields, name: string): TlsConfig['minVersion'] | undefined {
  const chosen = fields.choice(name, ['TLS12', 'TLS13'] as const);
  return chosen === undefined ? undefined : VERSIONS[chosen];
}

function ciphers(fields: Fields): Pick<TlsConfig, 'ciphers' | 'curves'> {
  const suites = fields.names('cipher_suites', SUITES);
  const curves = fields.names('curve_preferences', CURVE_NAMES);
  return {
    ...(suites.length === 0 ? {} : { ciphers: [...new Set([...suites, ...CIPHERS_OF_TLS_1_3])].join(':') }),
    ...(curves.length === 0 ? {} : { curves: curves.join(':') }),
  };
}

function readUsers(users: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  for (const [user, hash] of users) {
    if (!BCRYPT.test(hash))
      throw new WebConfigError(`basic_auth_users: the password of ${JSON.stringify(user)} is not a bcrypt hash`);
  }
  return users;
}

function readHeaders(server: Fields): Readonly<Record<string, string>> {
  // HTTP/2 is not supported; clients that prefer it use HTTP/1.1.
  server.flag('http2');
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
