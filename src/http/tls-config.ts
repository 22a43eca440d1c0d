import { resolve } from 'node:path';
import {
  CIPHERS,
  CIPHERS_OF_TLS_1_3,
  CLIENT_AUTH_TYPES,
  CURVES,
  HTTP2_CIPHERS,
  type ClientAuthType,
} from './tls-names.ts';
import type { Fields } from './web-config-fields.ts';

/** PEM: the text, or the path of a file. */
export type Pem = { readonly text: string } | { readonly path: string };

/** TLS settings, under the names of node's TLS module. */
export interface TlsConfig {
  readonly cert: Pem;
  readonly key: Pem;
  readonly clientCa?: Pem;
  readonly clientAuth: ClientAuthType;
  /** Subject alternative names of which a client certificate must have one; absent to accept any. */
  readonly allowedSans?: readonly string[];
  readonly minVersion: 'TLSv1.2' | 'TLSv1.3';
  readonly maxVersion: 'TLSv1.2' | 'TLSv1.3';
  readonly ciphers?: string;
  readonly curves?: string;
  readonly honorCipherOrder: boolean;
}

/** Fields of which one must have a value to enable TLS. */
const TLS_FIELDS = ['cert', 'cert_file', 'key', 'key_file', 'client_ca', 'client_ca_file', 'client_auth_type'];

/** The names of `cipher_suites`. Those of TLS 1.3 are always enabled. */
const SUITES = new Map([...Object.entries(CIPHERS), ...CIPHERS_OF_TLS_1_3.map((name) => [name, name] as const)]);

const CURVE_NAMES = new Map(Object.entries(CURVES));

/**
 * Reads `tls_server_config`; empty if no field enables TLS, as a template leaves it. Paths are relative to `folder`.
 *
 * @throws {WebConfigError} one line that names the field and quotes no value.
 */
export function readTls(
  fields: Fields | undefined,
  folder: string,
  isHttp2Enabled: boolean,
): { readonly tls?: TlsConfig } {
  if (fields === undefined) return {};
  const isEnabled = TLS_FIELDS.filter((name) => fields.text(name) !== undefined).length > 0;
  const options = readTlsOptions(fields, folder);
  fields.end();
  if (!isEnabled) return {};
  const config: TlsConfig = {
    cert: required(pem(fields, 'cert', folder), fields, 'cert_file'),
    key: required(pem(fields, 'key', folder), fields, 'key_file'),
    ...options,
  };
  checkTls(config, fields);
  if (isHttp2Enabled) checkHttp2(config, fields);
  return { tls: config };
}

function readTlsOptions(fields: Fields, folder: string): Omit<TlsConfig, 'cert' | 'key'> {
  const clientCa = pem(fields, 'client_ca', folder);
  return {
    ...(clientCa === undefined ? {} : { clientCa }),
    clientAuth: clientAuthType(fields),
    ...(fields.has('client_allowed_sans') ? { allowedSans: fields.list('client_allowed_sans') } : {}),
    minVersion: readMinVersion(fields),
    maxVersion: readMaxVersion(fields),
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
  if (allowedSans !== undefined && allowedSans.length > 0 && clientAuth === 'NoClientCert') {
    fields.fail('client_allowed_sans', 'requires a client_auth_type');
  }
  if (minVersion > maxVersion) fields.fail('min_version', 'is greater than max_version');
}

/**
 * Rejects ciphers with which the exporter-toolkit refuses to serve HTTP/2, so that a file is accepted by either or none.
 *
 * https://www.rfc-editor.org/rfc/rfc9113#section-9.2.2
 */
function checkHttp2({ ciphers: chosen, minVersion }: TlsConfig, fields: Fields): void {
  if (chosen === undefined || minVersion === 'TLSv1.3') return;
  if (chosen.split(':').some((name) => HTTP2_CIPHERS.has(name))) return;
  fields.fail('cipher_suites', `must contain a cipher that HTTP/2 requires, or set http_server_config.http2: false`);
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

function readMinVersion(fields: Fields): TlsConfig['minVersion'] {
  const chosen = fields.choice('min_version', ['TLS10', 'TLS11', 'TLS12', 'TLS13'] as const);
  // OpenSSL does not offer the older ones at its default security level.
  return chosen === 'TLS13' ? 'TLSv1.3' : 'TLSv1.2';
}

function readMaxVersion(fields: Fields): TlsConfig['maxVersion'] {
  return fields.choice('max_version', ['TLS12', 'TLS13'] as const) === 'TLS12' ? 'TLSv1.2' : 'TLSv1.3';
}

function ciphers(fields: Fields): Pick<TlsConfig, 'ciphers' | 'curves'> {
  const suites = fields.names('cipher_suites', SUITES);
  const curves = fields.names('curve_preferences', CURVE_NAMES);
  return {
    ...(suites.length === 0 ? {} : { ciphers: [...new Set([...suites, ...CIPHERS_OF_TLS_1_3])].join(':') }),
    ...(curves.length === 0 ? {} : { curves: curves.join(':') }),
  };
}
