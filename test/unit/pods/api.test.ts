import { strict as assert } from 'node:assert';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { openApiPods } from '../../../src/pods/api.ts';
import { until } from '../../support/until.ts';
import { ApiStandIn, status, type Certificate } from './api-stand-in.ts';
import { FakeClock } from './fake-clock.ts';
import { LogRecord } from './log-record.ts';
import { OPTIONS, podObject } from './pod-objects.ts';
import { BROKEN_LIST, BROKEN_WATCH, watchedApi } from './watched-api.ts';

const skip = spawnSync('openssl', ['version']).error !== undefined && 'needs openssl';

/** A self-signed certificate for 127.0.0.1, which is its own authority. */
function certificate(folder: string): Certificate {
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
  const subject = ['-subj', '/CN=stand-in', '-addext', 'subjectAltName=IP:127.0.0.1'];
  execFileSync('openssl', ['req', ...kind, ...subject, '-keyout', key, '-out', cert], { stdio: 'ignore' });
  return { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') };
}

/** A folder that has the files of a pod's service account, and the environment that goes with them. */
function serviceAccount(
  context: TestContext,
  server: string,
): { root: string; write(name: string, content: string): void } {
  const root = mkdtempSync(join(tmpdir(), 'pods-cluster-'));
  const folder = join(root, 'var/run/secrets/kubernetes.io/serviceaccount');
  mkdirSync(folder, { recursive: true });
  const before = { ...process.env };
  const { hostname, port } = new URL(server);
  Object.assign(process.env, { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port });
  context.after(() => {
    process.env = before;
    rmSync(root, { recursive: true });
  });
  return { root, write: (name, content) => writeFileSync(join(folder, name), content) };
}

test(
  'in a cluster the service account is used, and its token and authority are read again',
  { skip },
  async (context) => {
    const folder = mkdtempSync(join(tmpdir(), 'pods-tls-'));
    context.after(() => rmSync(folder, { recursive: true }));
    const [first, second] = [certificate(folder), certificate(folder)];
    const api = new ApiStandIn(first);
    api.pods = [podObject('a')];
    const account = serviceAccount(context, await api.start());
    account.write('ca.crt', second.cert);
    account.write('token', 'token-1\n');
    const [log, clock] = [new LogRecord(), new FakeClock()];
    const source = openApiPods({ ...OPTIONS, nodeName: 'node1', root: account.root, log, clock, random: () => 0.5 });
    context.after(async () => {
      await source.stop();
      await api.stop();
    });
    await source.start();
    assert.deepEqual(log.lines, [`${BROKEN_LIST} {"cause":"the connection failed: DEPTH_ZERO_SELF_SIGNED_CERT"}`]);
    account.write('ca.crt', first.cert);
    await until('the wait', () => clock.waits.length === 1);
    clock.advance(500);
    const watch = await api.nextWatch();
    assert.equal(source.index.size, 1);
    assert.equal(watch.authorization, 'Bearer token-1');
    api.certify(second);
    account.write('ca.crt', second.cert);
    account.write('token', 'token-2\n');
    watch.response.end();
    await until('the wait', () => clock.waits.join() === '1000');
    clock.advance(1000);
    assert.equal((await api.nextWatch()).authorization, 'Bearer token-2');
  },
);

test('our own pod is asked for in its namespace, whatever node it is on, and again when that was refused', async (context) => {
  const own = { namespace: 'shop', name: 'a' };
  const watched = await watchedApi(context, 0.5, { own });
  const { api, source, clock } = watched;
  api.path = '/api/v1/namespaces/shop/pods';
  api.listFaults.push(status(403));
  await source.start();
  assert.equal((await api.nextList()).query['fieldSelector'], 'metadata.name=a');
  assert.deepEqual([source.status.synced, source.index.size], [false, 0]);
  await until('the wait', () => clock.waits.length === 1);
  clock.advance(clock.waits[0] ?? 0);
  assert.equal((await api.nextWatch()).query['fieldSelector'], 'metadata.name=a');
  assert.deepEqual([source.status.synced, source.index.find('uid-a')?.node], [true, 'node1']);
});

test('a kubeconfig is read again for every attempt; that it cannot be read is no end', async (context) => {
  const { api, source, log, clock, kubeconfig } = await watchedApi(context, 0.5);
  await source.start();
  const watch = await api.nextWatch();
  const content = readFileSync(kubeconfig, 'utf8');
  writeFileSync(kubeconfig, 'users: [{name: u, user: {token: very-secret-token');
  watch.response.end();
  await until('the end of the watch', () => clock.waits.join() === '500');
  clock.advance(500);
  await until('the failure', () => clock.waits.join() === '1000');
  assert.deepEqual(log.matching('warn'), [`${BROKEN_WATCH} {"cause":"credentials for the API server cannot be read"}`]);
  assert.equal(source.status.restarts.get('credentials'), 1);
  assert.equal(source.index.size, 1);
  writeFileSync(kubeconfig, content.replace('very-secret-token', 'new-token'));
  clock.advance(1000);
  assert.equal((await api.nextWatch()).authorization, 'Bearer new-token');
});

test('a token file that a kubeconfig names is read again', async (context) => {
  const { api, source, clock, kubeconfig } = await watchedApi(context, 0.5);
  const tokenFile = `${kubeconfig}.token`;
  writeFileSync(tokenFile, 'token-1\n');
  const provider = `auth-provider: {name: tokenFile, config: {tokenFile: "${tokenFile}"}}`;
  writeFileSync(kubeconfig, readFileSync(kubeconfig, 'utf8').replace(/token: "[^"]*"/, provider));
  await source.start();
  const watch = await api.nextWatch();
  assert.equal(watch.authorization, 'Bearer token-1');
  writeFileSync(tokenFile, 'token-2\n');
  watch.response.end();
  await until('the end of the watch', () => clock.waits.join() === '500');
  clock.advance(500);
  assert.equal((await api.nextWatch()).authorization, 'Bearer token-2');
});
