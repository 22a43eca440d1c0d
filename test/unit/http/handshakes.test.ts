import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test, type TestContext } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { MAX_HANDSHAKES } from '../../../src/http/handshakes.ts';
import { HANDSHAKE_TIMEOUT_MS, openListener } from '../../../src/http/listener.ts';
import { WebSecurity } from '../../../src/http/web-security.ts';
import { selfSigned, whyNoCertificates } from '../../support/certificates.ts';
import { until } from '../../support/until.ts';

const skip = whyNoCertificates;

/** A listener with TLS, and a function that connects to it. */
async function listen(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'pod-exporter-handshakes-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const { cert, key } = selfSigned();
  writeFileSync(join(folder, 'cert'), cert);
  writeFileSync(join(folder, 'key'), key);
  writeFileSync(join(folder, 'web.yaml'), 'tls_server_config: {cert_file: cert, key_file: key}\n');
  const security = await WebSecurity.open(join(folder, 'web.yaml'), (cause) => assert.fail(cause));
  const listener = await openListener(
    { host: '127.0.0.1', port: 0 },
    {
      security,
      failed: (error) => assert.fail(String(error)),
      handle: (_request, response) => Promise.resolve(void response.end('ok')),
    },
  );
  t.after(() => listener.close());
  const port = Number(listener.address.split(':').at(-1));
  const dial = async (): Promise<Socket> => {
    const socket = connect(port, '127.0.0.1').on('error', () => {});
    t.after(() => socket.destroy());
    await once(socket.resume(), 'connect');
    return socket;
  };
  return { listener, port, dial };
}

test('one handshake too many closes the connection of the oldest, and no complete one', { skip }, async (t) => {
  const { port, dial } = await listen(t);
  const complete = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false }).on('error', () => {});
  t.after(() => complete.destroy());
  await once(complete, 'secureConnect');
  const silent: Socket[] = [];
  for (let count = 0; count <= MAX_HANDSHAKES; count++) silent.push(await dial());
  await until('a closed connection', () => silent.some(({ closed }) => closed));
  assert.deepEqual(
    silent.flatMap(({ closed }, index) => (closed ? [index] : [])),
    [0],
  );
  assert.equal(complete.closed, false);
  complete.write('GET / HTTP/1.1\r\nHost: node\r\nConnection: close\r\n\r\n');
  const response = await text(complete);
  assert.match(response, /^HTTP\/1\.1 200 OK/);
});

test('a shutdown does not wait for handshakes', { skip }, async (t) => {
  const { listener, dial } = await listen(t);
  const client = await dial();
  const began = performance.now();
  await Promise.all([listener.close(), client.closed || once(client, 'close')]);
  assert.ok(performance.now() - began < HANDSHAKE_TIMEOUT_MS / 2);
});
