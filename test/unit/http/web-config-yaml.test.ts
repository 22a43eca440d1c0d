import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as yaml from 'yaml';
import { readWebConfig, type WebConfig } from '../../../src/http/web-config.ts';
import { readYaml } from '../../../src/http/web-config-yaml.ts';

const HASH = `$2y$10$${'a'.repeat(53)}`;

function read(text: string): WebConfig {
  return readWebConfig(readYaml(text, yaml), '/etc/web');
}

/** Files that exporter-toolkit 0.20 accepts and that configure nothing. */
const PLAIN_HTTP: Readonly<Record<string, string>> = {
  'a comment': '# none\n',
  null: '~\n',
  'a second document, which is not read': '{}\n---\nunknown: 1\n',
  'sections without content': 'tls_server_config:\nhttp_server_config: ~\nrate_limit: null\nbasic_auth_users: {}\n',
  'TLS without a field': 'tls_server_config: {}\n',
  'TLS with empty fields': 'tls_server_config: {cert_file: "", key_file: ~, client_ca: "", client_auth_type: ""}\n',
  'TLS with options alone': 'tls_server_config: {min_version: TLS13, cipher_suites: [], client_allowed_sans: [a]}\n',
  'a boolean of TLS': 'tls_server_config: {prefer_server_cipher_suites: off}\n',
  'a rate limit without an interval': 'rate_limit: {burst: 5}\n',
  'a rate limit of zeros': 'rate_limit: {interval: 0, burst: 0}\n',
  'a rate limit of 0s': 'rate_limit: {interval: 0s}\n',
  'a quoted interval': 'rate_limit: {interval: "0h0m0.0s"}\n',
  'an octal, a hexadecimal and a binary zero': 'rate_limit: {interval: 00, burst: 0x1F}\n',
  'numbers with underscores': 'rate_limit: {interval: 0_0, burst: 1_000}\n',
  'less than a nanosecond': 'rate_limit: {interval: 0.9, burst: 1e3}\n',
  'a byte order mark': '\uFEFFrate_limit: {}\n',
  'the directive of YAML 1.1': '%YAML 1.1\n---\nhttp_server_config: {http2: off}\n',
  'a merge key': '<<: {rate_limit: {}}\n',
  'a merged field that is set again': 'http_server_config:\n  <<: {http2: no}\n  http2: yes\n',
  'an alias of a section': 'rate_limit: &none {}\ntls_server_config: *none\nhttp_server_config: *none\n',
};

/** Files that exporter-toolkit 0.20 rejects, with our error. */
const REJECTED: readonly (readonly [text: string, message: string])[] = [
  ['tls_server_config: ""', 'tls_server_config must be a mapping'],
  ['basic_auth_users: []', 'basic_auth_users must be a mapping'],
  ['rate_limit: 0', 'rate_limit must be a mapping'],
  ['rate_limit: {}\nrate_limit: {}\n', 'duplicate key "rate_limit"'],
  [`basic_auth_users: {a: ${HASH}, a: ${HASH}}`, 'duplicate key "a"'],
  [`basic_auth_users: {1: ${HASH}, "1": ${HASH}}`, 'duplicate key "1"'],
  [`basic_auth_users: {<<: {a: ${HASH}}, a: ${HASH}}`, 'basic_auth_users has the key "a" twice'],
  [`basic_auth_users: {<<: [{a: ${HASH}}, {a: ${HASH}}]}`, 'basic_auth_users has the key "a" twice'],
  ['basic_auth_users: {<<: 1}', 'a merge key must merge mappings'],
  ['basic_auth_users: {<<: ~}', 'a merge key must merge mappings'],
  ['basic_auth_users: {a: ~}', 'basic_auth_users: the password of "a" is not a bcrypt hash'],
  [`basic_auth_users: {a: $2y$32$${'a'.repeat(53)}}`, 'basic_auth_users: the password of "a" is not a bcrypt hash'],
  [`basic_auth_users: {a: $2y$03$${'a'.repeat(53)}}`, 'basic_auth_users: the password of "a" is not a bcrypt hash'],
  ['basic_auth_users: {a: *none}', 'an alias refers to no anchor'],
  ['basic_auth_users: &a {b: *a}', 'an alias contains itself'],
  ['http_server_config: {<<: {secret: 1}}', 'unknown field "http_server_config.secret"'],
  ['common: &a {}\nrate_limit: *a\n', 'unknown field "common"'],
  ['~: 1', 'unknown field ""'],
  ['1: 1', 'unknown field "1"'],
  ['TLS_server_config: {}', 'unknown field "TLS_server_config"'],
  ['? [a]\n: 1\n', 'a key must be a scalar'],
  ['rate_limit:\n\tburst: 0\n', 'invalid YAML'],
  ['%YAML 1.2\n---\n{}\n', 'the version of YAML must be 1.1'],
  ['rate_limit: {burst: "5"}', 'rate_limit.burst must be a number'],
  ['rate_limit: {burst: _0}', 'rate_limit.burst must be a number'],
  ['rate_limit: {burst: 12345678901234567890}', 'rate_limit.burst must be a number'],
  ['rate_limit: {interval: 1e300}', 'rate_limit.interval must be a duration such as 1s'],
  ['rate_limit: {burst: off}', 'rate_limit.burst must be a number'],
  ['rate_limit: {interval: 1:30}', 'rate_limit.interval must be a duration such as 1s'],
  ['rate_limit: {interval: 1d}', 'rate_limit.interval must be a duration such as 1s'],
  ['rate_limit: {interval: ""}', 'rate_limit.interval must be a duration such as 1s'],
  ['rate_limit: {interval: .nan}', 'rate_limit.interval must be a duration such as 1s'],
  ['rate_limit: {interval: 0s, period: 1}', 'unknown field "rate_limit.period"'],
  ['tls_server_config: {client_auth_type: NoClientCert}', 'tls_server_config.cert_file is required'],
  ['tls_server_config: {min_version: ""}', 'tls_server_config.min_version must be one of TLS10, TLS11, TLS12, TLS13'],
  [
    'http_server_config: {headers: {X-Frame-Options: }}',
    'http_server_config.headers.X-Frame-Options must be one of deny, sameorigin',
  ],
  [
    'http_server_config: {headers: {x-frame-options: deny}}',
    'unknown field "http_server_config.headers.x-frame-options"',
  ],
  [
    'http_server_config: {headers: {X-XSS-Protection: [1]}}',
    'http_server_config.headers must have a string for "X-XSS-Protection"',
  ],
];

describe('YAML of a web configuration', () => {
  for (const [what, text] of Object.entries(PLAIN_HTTP)) {
    test(`${what} configures nothing`, () => assert.deepEqual(read(text), { users: new Map(), headers: {} }));
  }

  for (const [text, message] of REJECTED) {
    test(`${JSON.stringify(text)} is rejected`, () =>
      assert.throws(() => read(text), { name: 'WebConfigError', message }));
  }

  for (const word of ['y', 'Y', 'yes', 'Yes', 'YES', 'on', 'On', 'ON', 'true', 'True', 'TRUE', '!!bool "yes"', '~']) {
    test(`prefer_server_cipher_suites: ${word} is true`, () => assert.equal(preference(word), true));
  }

  for (const word of ['n', 'N', 'no', 'No', 'NO', 'off', 'Off', 'OFF', 'false', 'False', 'FALSE']) {
    test(`prefer_server_cipher_suites: ${word} is false`, () => assert.equal(preference(word), false));
  }

  for (const word of ['yEs', 'oFF', 'tRue', '1', '0', '"yes"', "'off'", '""', '!!str yes', '!own yes']) {
    test(`prefer_server_cipher_suites: ${word} is rejected`, () => {
      const message = 'tls_server_config.prefer_server_cipher_suites must be true or false';
      assert.throws(() => preference(word), { name: 'WebConfigError', message });
    });
  }

  const HEADERS: Readonly<Record<string, string>> = {
    '0': '0',
    '1; mode=block': '1; mode=block',
    '010': '010',
    '0x10': '0x10',
    '1_000': '1_000',
    '1:30': '1:30',
    '1.50': '1.50',
    off: 'off',
    '2020-01-01': '2020-01-01',
    '"0"': '0',
    '!!int 0': '0',
    '!!binary MA==': '0',
    '!own 0': '0',
    '|\n      0\n': '0',
    '"a\\nb"': 'a b',
  };
  for (const [value, expected] of Object.entries(HEADERS)) {
    test(`a header with the value ${JSON.stringify(value)} is sent as it is written`, () => {
      const { headers } = read(`http_server_config:\n  headers:\n    X-XSS-Protection: ${value}\n`);
      assert.deepEqual(headers, { 'X-XSS-Protection': expected });
    });
  }

  test('a header with a character that HTTP does not allow is rejected', () => {
    const message = 'http_server_config.headers.X-XSS-Protection has a character that is not allowed in a header';
    assert.throws(() => read('http_server_config: {headers: {X-XSS-Protection: "a\\0b"}}'), { message });
  });

  test('user names are taken as they are written', () => {
    const names = ['yes', '010', '16', '0x10', '1:30', '__proto__', 'constructor', 'null_'];
    const { users } = read(`basic_auth_users:\n${names.map((name) => `  ${name}: ${HASH}\n`).join('')}`);
    assert.deepEqual([...users.keys()], names);
  });

  test('aliases and merge keys stand for what they name', () => {
    const { users } = read(
      `basic_auth_users:\n  a: &hash ${HASH}\n  b: *hash\n  <<: [{c: *hash}, {d: *hash}]\n  "<<": *hash\n`,
    );
    assert.deepEqual([...users.keys()].toSorted(), ['<<', 'a', 'b', 'c', 'd']);
    assert.deepEqual(new Set(users.values()), new Set([HASH]));
  });

  test('aliases that multiply are rejected', () => {
    const levels = Array.from(
      { length: 20 },
      (_, level) => `  k${level + 1}: &l${level + 1} [*l${level}, *l${level}]\n`,
    );
    const message = 'the file has more than 10000 values';
    assert.throws(() => read(`rate_limit:\n  k0: &l0 [a]\n${levels.join('')}`), { name: 'WebConfigError', message });
  });
});

describe('TLS of a web configuration', () => {
  const tls = (fields: string): WebConfig['tls'] => read(`tls_server_config: {${fields}}`).tls;

  test('a file takes precedence over the text of a certificate and of a key', () => {
    const config = tls('cert: C, cert_file: c.crt, key: K, key_file: ""');
    assert.deepEqual([config?.cert, config?.key], [{ path: '/etc/web/c.crt' }, { text: 'K' }]);
  });

  test('the first name of RequireAnyClientCert is accepted', () => {
    assert.equal(tls('cert: C, key: K, client_auth_type: RequireClientCert')?.clientAuth, 'RequireAnyClientCert');
  });

  for (const type of ['VerifyClientCertIfGiven', 'RequireAndVerifyClientCert']) {
    test(`${type} needs no certificate authority of its own`, () => {
      const config = tls(`cert: C, key: K, client_auth_type: ${type}`);
      assert.deepEqual([config?.clientAuth, config?.clientCa], [type, undefined]);
    });
  }

  test('alternative names are texts', () => {
    const fields = 'cert: C, key: K, client_auth_type: RequireAnyClientCert, client_allowed_sans: [1, yes, ~]';
    assert.deepEqual(tls(fields)?.allowedSans, ['1', 'yes', '']);
  });
});

function preference(word: string): boolean | undefined {
  const fields = ['cert: C', 'key: K', `prefer_server_cipher_suites: ${word}`].map((line) => `  ${line}\n`);
  return read(`tls_server_config:\n${fields.join('')}`).tls?.honorCipherOrder;
}
