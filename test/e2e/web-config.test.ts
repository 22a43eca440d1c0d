import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import pLimit from 'p-limit';
import { hashSync } from 'bcryptjs';

import { recordedFlags } from '../support/exporter-flags.ts';
import { EXPORTER, Program } from '../support/program.ts';
import { goldenNode } from '../support/recorded-node.ts';
import { httpRequest } from '../support/http-client.ts';
import { httpsRequest } from '../support/https-client.ts';
import { equals, until } from '../support/until.ts';
import { MAX_CONNECTIONS } from '../../src/http/connections.ts';
import { selfSigned, whyNoCertificates } from '../support/certificates.ts';

const PASSWORD = 'correct horse';
const node = goldenNode('v2-systemd');

/** The cheapest that there is; tests need no protection. */
const HASH = hashSync(PASSWORD, 4);

function basic(user: string, password: string): { Authorization: string } {
  return { Authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` };
}

async function start(webConfig: string, env = {}): Promise<{ program: Program; url: string }> {
  const flags = ['--web.listen-address=127.0.0.1:0', `--web.config.file=${webConfig}`, ...recordedFlags(node)];
  const program = await Program.start([...EXPORTER, ...flags], { env });
  const url = await program.listening();
  await program.logs(/msg=found/);
  return { program, url };
}

describe('the web configuration', { skip: whyNoCertificates }, () => {
  let folder: string;
  const first = whyNoCertificates === false ? selfSigned() : { cert: '', key: '' };
  const second = whyNoCertificates === false ? selfSigned() : { cert: '', key: '' };
  const client = whyNoCertificates === false ? selfSigned('DNS:prometheus') : { cert: '', key: '' };
  const stranger = whyNoCertificates === false ? selfSigned('DNS:prometheus') : { cert: '', key: '' };

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'pod-exporter-web-'));
  });

  after(() => rmSync(folder, { recursive: true }));

  function write(name: string, content: string): string {
    const path = join(folder, name);
    writeFileSync(`${path}.new`, content);
    renameSync(`${path}.new`, path);
    return path;
  }

  /** A configuration with the first certificate and these lines. */
  function tls(name: string, ...lines: readonly string[]): string {
    write('first.crt', first.cert);
    write('first.key', first.key);
    write('clients.crt', client.cert);
    const fields = ['cert_file: first.crt', 'key_file: first.key', ...lines].map((line) => `  ${line}\n`);
    return write(name, `tls_server_config:\n${fields.join('')}`);
  }

  test('requires name and password except for probes, and accepts no token instead', async () => {
    const path = write(
      'users.yml',
      `basic_auth_users: {alice: ${HASH}}\nhttp_server_config: {headers: {X-Frame-Options: deny}}\n`,
    );
    const { program, url } = await start(path);
    try {
      const status = async (headers: Record<string, string>, page = '/metrics'): Promise<number> =>
        (await fetch(url + page, { headers })).status;
      assert.equal(await status(basic('alice', PASSWORD)), 200);
      assert.equal(await status(basic('alice', 'wrong')), 401);
      assert.equal(await status(basic('bob', PASSWORD)), 401);
      assert.equal(await status({ Authorization: 'Bearer some-token' }), 401);
      for (const page of ['/metrics', '/', '/nothing']) assert.equal(await status({}, page), 401);
      for (const page of ['/healthz', '/readyz']) assert.equal(await status({}, page), 200);
      const refused = await fetch(`${url}/metrics`);
      assert.equal(refused.headers.get('www-authenticate'), 'Basic realm="pod-exporter", charset="UTF-8"');
      assert.equal(refused.headers.get('x-frame-options'), 'deny');
      write('users.yml', `basic_auth_users: {bob: ${HASH}}\n`);
      await until('status 200 for the new user', () => status(basic('bob', PASSWORD)), equals(200));
      assert.equal(await status(basic('alice', PASSWORD)), 401);
      assert.doesNotMatch(program.stderr, /correct|some-token|\$2/);
    } finally {
      await program.stop();
    }
  });

  test('limits requests, but not probes', async () => {
    const { program, url } = await start(write('limit.yml', 'rate_limit: {interval: 1h, burst: 2}\n'));
    try {
      const statuses = [];
      for (const page of ['/metrics', '/', '/metrics', '/healthz', '/readyz']) {
        statuses.push((await fetch(url + page)).status);
      }
      assert.deepEqual(statuses, [200, 200, 429, 200, 200]);
    } finally {
      await program.stop();
    }
  });

  test('without users a token is ignored', async () => {
    const { program, url } = await start(write('empty.yml', ''));
    try {
      assert.equal((await fetch(`${url}/metrics`, { headers: { Authorization: 'Bearer x' } })).status, 200);
    } finally {
      await program.stop();
    }
  });

  test('thousands of wrong passwords delay no other client', async () => {
    const { program, url } = await start(write('slow.yml', `basic_auth_users: {alice: ${hashSync(PASSWORD, 8)}}\n`));
    try {
      // One connection too many would be closed before its answer.
      const connections = pLimit(MAX_CONNECTIONS / 2);
      const guesses = Array.from({ length: 1000 }, (_, guess) =>
        connections(async () => {
          const { status } = await httpRequest(`${url}/metrics`, { headers: basic('alice', String(guess)) });
          return status;
        }),
      );
      assert.equal((await fetch(`${url}/healthz`)).status, 200);
      const answers = await Promise.all(guesses);
      assert.deepEqual(new Set(answers), new Set([401, 503]));
      assert.equal((await fetch(`${url}/metrics`, { headers: basic('alice', PASSWORD) })).status, 200);
    } finally {
      await program.stop();
    }
  });

  test('speaks TLS alone, in the versions that are allowed', async () => {
    const { program, url } = await start(tls('tls.yml', 'min_version: TLS13'));
    const secure = url.replace('http:', 'https:');
    try {
      const answer = await httpsRequest(`${secure}/metrics`, { ca: first.cert });
      assert.equal(answer.status, 200);
      assert.match(answer.text, /^pod_info\{/m);
      assert.equal(answer.protocol, 'TLSv1.3');
      await assert.rejects(httpsRequest(`${secure}/metrics`, { ca: first.cert, maxVersion: 'TLSv1.2' }));
      await assert.rejects(fetch(`${url}/healthz`));
      const garbage = connect(Number(new URL(url).port), '127.0.0.1');
      garbage.on('error', () => {});
      garbage.write('GET / HTTP/1.1\r\n\r\n'.repeat(100));
      await once(garbage, 'close');
      assert.equal((await httpsRequest(`${secure}/healthz`, { ca: first.cert })).status, 200);
    } finally {
      await program.stop();
    }
  });

  test('a new certificate is shown to new connections; half of a new pair, or a broken file, leaves the old one', async () => {
    const path = tls('rotated.yml');
    const { program, url } = await start(path);
    const secure = `${url.replace('http:', 'https:')}/healthz`;
    const shown = async (): Promise<string> =>
      (await httpsRequest(secure, { ca: [first.cert, second.cert] })).certificate;
    /** Connects until the log has this, and requires this certificate of each connection. */
    const reports = (what: string, certificate: string): Promise<unknown> => {
      const log = async (): Promise<string> => {
        assert.equal(await shown(), certificate);
        return program.stderr;
      };
      return until(`${what} on standard error`, log, (text) => text.includes(what));
    };
    try {
      const old = await shown();
      write('first.crt', second.cert);
      await reports('cannot use certificate and key together', old);
      write('first.key', second.key);
      const renewed = await until('the new certificate', shown, (certificate) => certificate !== old);
      write('rotated.yml', 'tls_server_config: {cert_fil');
      await reports('invalid YAML', renewed);
      write('rotated.yml', '');
      await reports('requires a restart', renewed);
      assert.doesNotMatch(program.stderr, /BEGIN|cert_fil\b/);
    } finally {
      await program.stop();
    }
  });

  test('a mounted Secret that is swapped as a whole is noticed', async () => {
    const link = join(folder, 'data');
    const fill = (name: string, { cert, key }: typeof first): string => {
      const path = mkdtempSync(join(folder, name));
      writeFileSync(join(path, 'tls.crt'), cert);
      writeFileSync(join(path, 'tls.key'), key);
      return path;
    };
    symlinkSync(fill('one', first), link);
    const path = write('secret.yml', 'tls_server_config: {cert_file: data/tls.crt, key_file: data/tls.key}\n');
    const { program, url } = await start(path);
    const secure = `${url.replace('http:', 'https:')}/healthz`;
    try {
      assert.equal((await httpsRequest(secure, { ca: first.cert })).status, 200);
      symlinkSync(fill('two', second), `${link}.new`);
      renameSync(`${link}.new`, link);
      await until('the other certificate', () =>
        httpsRequest(secure, { ca: second.cert }).then(
          () => true,
          () => false,
        ),
      );
    } finally {
      await program.stop();
    }
  });

  const AS_CLIENT = { none: {}, known: client, unknown: stranger };

  /** Who is let in, by client_auth_type and by what they show. */
  const POLICIES: readonly (readonly [type: string, ...allowed: readonly (keyof typeof AS_CLIENT)[]])[] = [
    ['NoClientCert', 'none', 'known', 'unknown'],
    ['RequestClientCert', 'none', 'known', 'unknown'],
    ['RequireAnyClientCert', 'known', 'unknown'],
    ['VerifyClientCertIfGiven', 'none', 'known'],
    ['RequireAndVerifyClientCert', 'known'],
  ];

  /** Which clients are answered, over both versions of TLS. */
  async function answered(lines: readonly string[], env = {}): Promise<readonly string[]> {
    const { program, url } = await start(tls('policy.yml', ...lines), env);
    try {
      const clients: string[] = [];
      for (const [who, shown] of Object.entries(AS_CLIENT)) {
        for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
          const options = { ca: first.cert, maxVersion, ...shown };
          const status = await httpsRequest(`${url.replace('http:', 'https:')}/healthz`, options).then(
            (response) => response.status,
            () => 'cut off',
          );
          if (status !== 'cut off') clients.push(who);
        }
      }
      return clients;
    } finally {
      await program.stop();
    }
  }

  for (const [type, ...allowed] of POLICIES) {
    const twice = allowed.flatMap((who) => [who, who]);

    test(`${type} lets in: ${allowed.join(', ')}`, async () => {
      const lines = type === 'NoClientCert' ? [] : ['client_ca_file: clients.crt'];
      assert.deepEqual(await answered([`client_auth_type: ${type}`, ...lines]), twice);
    });

    test(`${type} without client_ca_file verifies with the certificates of the system, if at all`, async () => {
      const trusting = { SSL_CERT_FILE: join(folder, 'clients.crt'), SSL_CERT_DIR: join(folder, 'none') };
      assert.deepEqual(await answered([`client_auth_type: ${type}`], trusting), twice);
    });
  }

  for (const [type, ...allowed] of [
    ['VerifyClientCertIfGiven', 'none', 'none'],
    ['RequireAndVerifyClientCert'],
  ] as const) {
    test(`${type} with a client_ca_file that has no certificate verifies none`, async () => {
      write('empty.crt', '');
      const trusting = { SSL_CERT_FILE: join(folder, 'clients.crt') };
      assert.deepEqual(await answered([`client_auth_type: ${type}`, 'client_ca_file: empty.crt'], trusting), allowed);
    });
  }

  test('client_allowed_sans requires a certificate, and an empty list rejects all of them', async () => {
    const lines = ['client_ca_file: clients.crt', 'client_auth_type: VerifyClientCertIfGiven'];
    assert.deepEqual(await answered([...lines, 'client_allowed_sans: [prometheus]']), ['known', 'known']);
    assert.deepEqual(await answered([...lines, 'client_allowed_sans: []']), []);
  });

  test('of clients that are known only those with an allowed name are let in', async () => {
    for (const [name, outcome] of [
      ['prometheus', 200],
      ['prometheu', 'cut off'],
    ] as const) {
      const lines = ['client_ca_file: clients.crt', 'client_auth_type: RequireAndVerifyClientCert'];
      const { program, url } = await start(tls('names.yml', ...lines, `client_allowed_sans: [${name}]`));
      try {
        const asked = httpsRequest(`${url.replace('http:', 'https:')}/healthz`, { ca: first.cert, ...client });
        assert.equal(
          await asked.then(
            ({ status }) => status,
            () => 'cut off',
          ),
          outcome,
        );
      } finally {
        await program.stop();
      }
    }
  });

  test('ends at once on SIGTERM, with connections open', async () => {
    const { program, url } = await start(tls('end.yml'));
    const idle = connect(Number(new URL(url).port), '127.0.0.1');
    idle.on('error', () => {});
    await once(idle, 'connect');
    assert.equal((await httpsRequest(`${url.replace('http:', 'https:')}/healthz`, { ca: first.cert })).status, 200);
    const exit = program.exitsAtOnce('SIGTERM');
    idle.destroy();
    await exit;
  });

  const UNUSABLE: readonly (readonly [what: string, content: string | undefined, message: RegExp])[] = [
    ['is not there', undefined, /cannot read \S+: ENOENT$/],
    ['is not YAML', 'a: [secret', /invalid YAML$/],
    [
      'names a certificate that is not there',
      'tls_server_config: {cert_file: x, key_file: y}',
      /cannot read \S+\/x: ENOENT$/,
    ],
    [
      'has a certificate that is none',
      'tls_server_config: {cert: secret, key: secret}',
      /cannot use certificate and key together/,
    ],
    ['has a rule that is not known', 'tls_servr_config: {}', /unknown field "tls_servr_config"$/],
  ];
  for (const [what, content, message] of UNUSABLE) {
    test(`a file that ${what} is one line and code 2`, async () => {
      const path = content === undefined ? join(folder, 'missing.yml') : write('bad.yml', content);
      const flags = [`--web.config.file=${path}`, ...recordedFlags(node), '--web.listen-address=127.0.0.1:0'];
      const { code, stderr } = await Program.run([...EXPORTER, ...flags]);
      assert.equal(code, 2, stderr);
      const lines = stderr
        .trimEnd()
        .split('\n')
        .filter((line) => line.startsWith('pod-exporter:'));
      assert.equal(lines.length, 1, stderr);
      assert.match(lines[0] ?? '', /^pod-exporter: --web\.config\.file: /);
      assert.match(lines[0] ?? '', message);
      assert.doesNotMatch(stderr, /secret/);
    });
  }
});
