import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as yaml from 'yaml';

import { readYaml } from '../../../src/http/web-config-yaml.ts';
import { readWebConfig, type WebConfig } from '../../../src/http/web-config.ts';

const TLS = 'cert_file: a, key_file: b';
const HASH = `$2y$10$${'a'.repeat(53)}`;

function read(text: string): WebConfig {
  return readWebConfig(readYaml(text, yaml), '/etc/web');
}

/** The TLS part of a configuration with these fields besides the certificate. */
function tls(...fields: readonly string[]): WebConfig['tls'] {
  const lines = ['cert_file: tls.crt', 'key_file: /keys/tls.key', ...fields].map((line) => `  ${line}`);
  return read(`tls_server_config:\n${lines.join('\n')}\n`).tls;
}

describe('a web configuration', () => {
  test('may be empty', () => {
    for (const text of ['', '{}', '---\n', 'tls_server_config:\nbasic_auth_users:\n']) {
      assert.deepEqual(read(text), { users: new Map(), headers: {} });
    }
  });

  test('names files, relative to its own', () => {
    assert.deepEqual(tls(), {
      cert: { path: '/etc/web/tls.crt' },
      key: { path: '/keys/tls.key' },
      clientAuth: 'NoClientCert',
      minVersion: 'TLSv1.2',
      maxVersion: 'TLSv1.3',
      honorCipherOrder: true,
    });
  });

  test('may hold certificates itself', () => {
    const { tls: config } = read(
      'tls_server_config: {cert: C, key: K, client_ca: A, client_auth_type: RequestClientCert}',
    );
    assert.deepEqual([config?.cert, config?.key, config?.clientCa], [{ text: 'C' }, { text: 'K' }, { text: 'A' }]);
  });

  test('chooses versions, ciphers and curves', () => {
    const config = tls(
      'min_version: TLS13',
      'max_version: TLS13',
      'cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, TLS_AES_128_GCM_SHA256]',
      'curve_preferences: [X25519, CurveP256]',
      'prefer_server_cipher_suites: false',
    );
    assert.deepEqual([config?.minVersion, config?.maxVersion, config?.honorCipherOrder], ['TLSv1.3', 'TLSv1.3', false]);
    const always = 'TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256';
    assert.equal(config?.ciphers, `ECDHE-RSA-AES128-GCM-SHA256:${always}`);
    assert.equal(config.curves, 'X25519:P-256');
  });

  test('states who may connect', () => {
    const config = tls(
      'client_ca_file: ca.crt',
      'client_auth_type: RequireAndVerifyClientCert',
      'client_allowed_sans: [a]',
    );
    assert.deepEqual(
      [config?.clientCa, config?.clientAuth, config?.allowedSans],
      [{ path: '/etc/web/ca.crt' }, 'RequireAndVerifyClientCert', ['a']],
    );
  });

  test('accepts a minimum version that is older than those in use', () => {
    for (const version of ['TLS10', 'TLS11', 'TLS12']) {
      assert.equal(tls(`min_version: ${version}`)?.minVersion, 'TLSv1.2');
    }
  });

  test('distinguishes no list of names from an empty one, which no certificate matches', () => {
    for (const absent of [[], ['client_allowed_sans: ~']]) assert.equal(tls(...absent)?.allowedSans, undefined);
    assert.deepEqual(tls('client_allowed_sans: []')?.allowedSans, []);
  });

  test('limits requests', () => {
    assert.deepEqual(read('rate_limit: {interval: 1m30s, burst: 5}').rateLimit, { intervalMs: 90_000, burst: 5 });
    assert.deepEqual(read('rate_limit: {interval: 1ns}').rateLimit, { intervalMs: 1e-6, burst: 0 });
  });

  const WITHOUT_HTTP2_CIPHER = `{${TLS}, cipher_suites: [TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384]`;

  test('rejects ciphers without one that HTTP/2 requires, unless HTTP/2 is disabled or TLS 1.2 is', () => {
    const message = /^tls_server_config\.cipher_suites must contain a cipher that HTTP\/2 requires/;
    for (const more of ['', 'http_server_config: {http2: true}\n']) {
      assert.throws(() => read(`tls_server_config: ${WITHOUT_HTTP2_CIPHER}}\n${more}`), { message });
    }
    for (const text of [
      `tls_server_config: ${WITHOUT_HTTP2_CIPHER}}\nhttp_server_config: {http2: false}\n`,
      `tls_server_config: ${WITHOUT_HTTP2_CIPHER}, min_version: TLS13}\n`,
      `tls_server_config: ${WITHOUT_HTTP2_CIPHER.replace('256_GCM_SHA384', '128_GCM_SHA256')}}\n`,
    ]) {
      assert.match(read(text).tls?.ciphers ?? '', /^ECDHE-RSA-AES/);
    }
  });

  test('names users', () => {
    assert.deepEqual(read(`basic_auth_users: {alice: ${HASH}}`).users, new Map([['alice', HASH]]));
  });

  test('sets headers, and accepts either setting of HTTP/2', () => {
    const { headers } = read(
      'http_server_config: {http2: true, headers: {X-Frame-Options: deny, X-XSS-Protection: ""}}',
    );
    assert.deepEqual(headers, { 'X-Frame-Options': 'deny' });
  });
});

/** Texts and the errors about them, which never quote `secret`. */
const BAD: readonly (readonly [text: string, message: RegExp])[] = [
  ['[secret]', /^the file must be a mapping$/],
  ['secret', /^the file must be a mapping$/],
  ['tls_config: {}', /^unknown field "tls_config"$/],
  ['tls_server_config: secret', /^tls_server_config must be a mapping$/],
  ['tls_server_config: {key_file: secret}', /^tls_server_config\.cert_file is required$/],
  ['tls_server_config: {cert_file: secret}', /^tls_server_config\.key_file is required$/],
  ['tls_server_config: {cert: secret, cert_file: secret}', /^tls_server_config\.key_file is required$/],
  [`tls_server_config: {${TLS}, client_auth: secret}`, /^unknown field "tls_server_config\.client_auth"$/],
  [
    `tls_server_config: {${TLS}, client_auth_type: secret}`,
    /^tls_server_config\.client_auth_type must be one of NoClientCert, /,
  ],
  [
    `tls_server_config: {${TLS}, client_ca_file: secret}`,
    /^tls_server_config\.client_ca_file requires a client_auth_type$/,
  ],
  [
    `tls_server_config: {${TLS}, client_allowed_sans: [secret]}`,
    /^tls_server_config\.client_allowed_sans requires a client_auth_type$/,
  ],
  [`tls_server_config: {${TLS}, max_version: TLS11}`, /^tls_server_config\.max_version must be one of TLS12, TLS13$/],
  [
    `tls_server_config: {${TLS}, min_version: secret}`,
    /^tls_server_config\.min_version must be one of TLS10, TLS11, TLS12, TLS13$/,
  ],
  [
    `tls_server_config: {${TLS}, min_version: TLS13, max_version: TLS12}`,
    /^tls_server_config\.min_version is greater than max_version$/,
  ],
  [`tls_server_config: {${TLS}, cipher_suites: [secret]}`, /^tls_server_config\.cipher_suites must contain only /],
  [`tls_server_config: {${TLS}, cipher_suites: secret}`, /^tls_server_config\.cipher_suites must be a list$/],
  [
    `tls_server_config: {${TLS}, curve_preferences: [[secret]]}`,
    /^tls_server_config\.curve_preferences must be a list of strings$/,
  ],
  [
    `tls_server_config: {${TLS}, prefer_server_cipher_suites: 1}`,
    /^tls_server_config\.prefer_server_cipher_suites must be true or false$/,
  ],
  ['basic_auth_users: {alice: secret}', /^basic_auth_users: the password of "alice" is not a bcrypt hash$/],
  ['basic_auth_users: {alice: ""}', /^basic_auth_users: the password of "alice" is not a bcrypt hash$/],
  ['basic_auth_users: {alice: 1}', /^basic_auth_users: the password of "alice" is not a bcrypt hash$/],
  ['basic_auth_users: {alice: [secret]}', /^basic_auth_users must have a string for "alice"$/],
  ['basic_auth_users: [alice]', /^basic_auth_users must be a mapping$/],
  ['http_server_config: {http2: secret}', /^http_server_config\.http2 must be true or false$/],
  ['http_server_config: {headers: {X-Secret: secret}}', /^unknown field "http_server_config\.headers\.X-Secret"$/],
  [
    'http_server_config: {headers: {X-Frame-Options: secret}}',
    /^http_server_config\.headers\.X-Frame-Options must be one of /,
  ],
  ['rate_limit: {interval: secret, burst: 1}', /^rate_limit\.interval must be a duration such as 1s$/],
];

describe('a web configuration that cannot be used', () => {
  for (const [text, message] of BAD) {
    test(text, () => {
      assert.throws(
        () => read(text),
        (error) => {
          assert.ok(error instanceof Error && error.name === 'WebConfigError', String(error));
          assert.match(error.message, message);
          assert.doesNotMatch(error.message, /secret|\n/);
          return true;
        },
      );
    });
  }
});
