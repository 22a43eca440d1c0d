import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { WebSecurity } from '../../../src/http/web-security.ts';
import { selfSigned, whyNoCertificates } from '../../support/certificates.ts';

const PAIR = 'cert_file: server.crt, key_file: server.key';
const HASH = `$2y$12$${'a'.repeat(53)}`;
const HTTP1 = 'http_server_config: {http2: false}\n';

/** Configurations with which exporter-toolkit 0.20 serves. */
const ACCEPTED: Readonly<Record<string, string>> = {
  'any client certificate': `tls_server_config: {${PAIR}, client_auth_type: RequireAnyClientCert}`,
  'a verified client certificate': `tls_server_config: {${PAIR}, client_auth_type: RequireAndVerifyClientCert, client_ca_file: client.crt}`,
  'a verified client certificate without an authority': `tls_server_config: {${PAIR}, client_auth_type: RequireAndVerifyClientCert}`,
  'an authority without any certificate': `tls_server_config: {${PAIR}, client_auth_type: VerifyClientCertIfGiven, client_ca_file: empty}`,
  'an alternative name': `tls_server_config: {${PAIR}, client_auth_type: VerifyClientCertIfGiven, client_allowed_sans: [a]}`,
  'all curves': `tls_server_config: {${PAIR}, curve_preferences: [CurveP256, CurveP384, CurveP521, X25519]}`,
  'a curve and TLS 1.3': `tls_server_config: {${PAIR}, min_version: TLS13, curve_preferences: [CurveP521]}`,
  'a cipher that HTTP/2 excludes': `tls_server_config: {${PAIR}, max_version: TLS12, cipher_suites: [TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384]}\n${HTTP1}`,
  'ciphers in the order of the client': `tls_server_config: {${PAIR}, prefer_server_cipher_suites: false, cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256]}`,
  'an old minimum version': `tls_server_config: {${PAIR}, min_version: TLS11}`,
  'users and TLS': `tls_server_config: {${PAIR}}\nbasic_auth_users: {alice: ${HASH}, bob: ${HASH}}`,
  'a key that follows its certificate in one file': 'tls_server_config: {cert_file: both.pem, key_file: both.pem}',
};

/** Configurations with which it does not, and our error. */
const REJECTED: Readonly<Record<string, readonly [text: string, message: RegExp]>> = {
  'lines without a key': ['hWkNKCp3\nTuEjdwNS\n', /^the file must be a mapping$/],
  'a misspelt field': [
    'tls_server_config: {cert_filse: server.crt}',
    /^unknown field "tls_server_config\.cert_filse"$/,
  ],
  'an empty certificate path': ['tls_server_config: {cert_file: "", key_file: server.key}', /cert_file is required$/],
  'an empty certificate': ['tls_server_config: {cert: "", key_file: server.key}', /cert_file is required$/],
  'an empty key path': ['tls_server_config: {cert_file: server.crt, key_file: ""}', /key_file is required$/],
  'an empty key': ['tls_server_config: {cert_file: server.crt, key: ""}', /key_file is required$/],
  'a client policy alone': [
    'tls_server_config: {cert_file: "", client_auth_type: x}',
    /client_auth_type must be one of/,
  ],
  'no certificate there': [
    'tls_server_config: {cert_file: none, key_file: server.key}',
    /^cannot read .*none: ENOENT$/,
  ],
  'no key there': ['tls_server_config: {cert_file: server.crt, key_file: none}', /^cannot read .*none: ENOENT$/],
  'no authority there': [
    `tls_server_config: {${PAIR}, client_auth_type: RequireAnyClientCert, client_ca_file: none}`,
    /^cannot read .*none: ENOENT$/,
  ],
  'an authority without a policy': [
    `tls_server_config: {${PAIR}, client_ca_file: empty}`,
    /client_ca_file requires a client_auth_type$/,
  ],
  'the key of another certificate': [
    'tls_server_config: {cert_file: server.crt, key_file: client.key}',
    /cert_file \S+server\.crt and key_file \S+client\.key: the key is not that of the certificate$/,
  ],
  'a password as it is': [`tls_server_config: {${PAIR}}\nbasic_auth_users: {john: doe}`, /password of "john" is not a/],
  'an unknown cipher': [`tls_server_config: {${PAIR}, cipher_suites: [TLS_NONE]}`, /cipher_suites must contain only/],
  'an unknown curve': [
    `tls_server_config: {${PAIR}, curve_preferences: [P257]}`,
    /curve_preferences must contain only/,
  ],
  'an unknown version': [`tls_server_config: {${PAIR}, min_version: TLS111}`, /min_version must be one of/],
  'no cipher for HTTP/2': [
    `tls_server_config: {${PAIR}, max_version: TLS12, cipher_suites: [TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384]}`,
    /cipher_suites must contain a cipher that HTTP\/2 requires/,
  ],
  'an unknown header': ['http_server_config: {headers: {Content-Type: a}}', /^unknown field "\S+Content-Type"$/],
  'an unknown value of X-Frame-Options': ['http_server_config: {headers: {X-Frame-Options: a}}', /must be one of deny/],
  'an unknown value of X-Content-Type-Options': [
    'http_server_config: {headers: {X-Content-Type-Options: sniff}}',
    /must be one of nosniff$/,
  ],
};

describe('WebSecurity', { skip: whyNoCertificates }, () => {
  let folder: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'pod-exporter-web-security-'));
    const [server, client] = [selfSigned(), selfSigned('DNS:client')];
    const files = {
      'server.crt': server.cert,
      'server.key': server.key,
      'client.crt': client.cert,
      'client.key': client.key,
      'both.pem': server.cert + server.key,
      empty: '',
    };
    for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  });

  after(() => rmSync(folder, { recursive: true }));

  function open(text: string, now?: () => number): Promise<WebSecurity> {
    const path = join(folder, 'web.yml');
    writeFileSync(path, text);
    return WebSecurity.open(path, () => assert.fail('not called'), now);
  }

  for (const [what, text] of Object.entries(ACCEPTED)) {
    test(`accepts ${what}`, async () => {
      const { tls, context } = await open(text);
      assert.ok(tls !== undefined && context !== undefined);
    });
  }

  for (const [what, [text, message]] of Object.entries(REJECTED)) {
    test(`rejects ${what}`, () => assert.rejects(open(text), { name: 'WebConfigError', message }));
  }

  test('a changed file does not refill the bucket of a limit that stays the same', async () => {
    let now = 0;
    const limit = 'rate_limit: {interval: 1h, burst: 1}\n';
    const security = await open(limit, () => now);
    assert.equal(security.limiter?.allow(), true);
    writeFileSync(join(folder, 'web.yml'), `${limit}http_server_config: {headers: {X-Frame-Options: deny}}\n`);
    now += 2000;
    security.refresh();
    assert.deepEqual(security.headers, { 'X-Frame-Options': 'deny' });
    assert.equal(security.limiter.allow(), false);
  });
});
