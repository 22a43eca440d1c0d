import { resolve } from 'node:path';
import { Fields, WebConfigError } from './web-config-fields.ts';
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
const HEADERS: Readonly<Record<string, readonly string[] | undefined>> = {
  'Content-Security-Policy': undefined,
  'X-Frame-Options': ['deny', 'sameorigin'],
  'X-Content-Type-Options': ['nosniff'],
  'X-XSS-Protection': undefined,
  'Strict-Transport-Security': undefined,
};

/** A modular crypt string of bcrypt: version, cost, 22 characters of salt and 31 of hash. */
const BCRYPT = /^\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}$/;

/**
 * Reads the parsed content of a web configuration, in the format that Prometheus and its exporters share. Paths are
 * relative to `folder`.
 *
 * https://prometheus.io/docs/prometheus/latest/configuration/https/
 *
 * @throws {WebConfigError} one line that names the field and quotes no value.
 */
export function readWebConfig(content: unknown, folder: string): WebConfig {
  const top = new Fields('', content ?? {});
  const tls = top.child('tls_server_config');
  const server = top.child('http_server_config');
  if (top.has('rate_limit')) throw new WebConfigError('rate_limit is not supported; use --web.max-requests');
  const config: WebConfig = {
    ...(tls === undefined ? {} : { tls: readTls(tls, folder) }),
    users: readUsers(top.texts('basic_auth_users')),
    headers: server === undefined ? {} : readHeaders(server),
  };
  top.end();
  return config;
}

function readTls(fields: Fields, folder: string): TlsConfig {
  const clientCa = pem(fields, 'client_ca', folder);
  const clientAuth = fields.choice('client_auth_type', CLIENT_AUTH_TYPES) ?? 'NoClientCert';
  const config: TlsConfig = {
    cert: required(pem(fields, 'cert', folder), fields, 'cert_file'),
    key: required(pem(fields, 'key', folder), fields, 'key_file'),
    ...(clientCa === undefined ? {} : { clientCa }),
    clientAuth,
    allowedSans: fields.list('client_allowed_sans'),
    minVersion: version(fields, 'min_version') ?? 'TLSv1.2',
    maxVersion: version(fields, 'max_version') ?? 'TLSv1.3',
    ...ciphers(fields),
    honorCipherOrder: fields.flag('prefer_server_cipher_suites') ?? true,
  };
  fields.end();
  checkTls(config, fields);
  return config;
}

/** Rejects settings that would accept every client by mistake, or none. */
function checkTls({ clientCa, clientAuth, allowedSans, minVersion, maxVersion }: TlsConfig, fields: Fields): void {
  const verifies = clientAuth === 'VerifyClientCertIfGiven' || clientAuth === 'RequireAndVerifyClientCert';
  if (clientCa !== undefined && clientAuth === 'NoClientCert')
    fields.fail('client_ca_file', 'requires a client_auth_type');
  if (clientCa === undefined && verifies) fields.fail('client_auth_type', 'requires a client_ca_file');
  if (allowedSans.length > 0 && !clientAuth.startsWith('Require')) {
    fields.fail('client_allowed_sans', 'requires a client_auth_type that requires a certificate');
  }
  if (minVersion > maxVersion) fields.fail('min_version', 'is greater than max_version');
}

function pem(fields: Fields, name: string, folder: string): Pem | undefined {
  const text = fields.text(name);
  const path = fields.text(`${name}_file`);
  if (text !== undefined && path !== undefined) fields.fail(`${name}_file`, `and ${name} are mutually exclusive`);
  if (text !== undefined) return { text };
  return path === undefined ? undefined : { path: resolve(folder, path) };
}

function required(value: Pem | undefined, fields: Fields, name: string): Pem {
  return value ?? fields.fail(name, 'is required');
}

function version(fields: Fields, name: string): TlsConfig['minVersion'] | undefined {
  const chosen = fields.choice(name, ['TLS12', 'TLS13'] as const);
  return chosen === undefined ? undefined : VERSIONS[chosen];
}

function ciphers(fields: Fields): Pick<TlsConfig, 'ciphers' | 'curves'> {
  const suites = fields.names('cipher_suites', {
    ...CIPHERS,
    ...Object.fromEntries(CIPHERS_OF_TLS_1_3.map((n) => [n, n])),
  });
  const curves = fields.names('curve_preferences', CURVES);
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
  const headers = server.child('headers');
  const set: Record<string, string> = {};
  for (const [name, choices] of Object.entries(HEADERS)) {
    const value = choices === undefined ? headers?.text(name) : headers?.choice(name, choices);
    if (value !== undefined) set[name] = value;
  }
  headers?.end();
  server.end();
  return set;
}
