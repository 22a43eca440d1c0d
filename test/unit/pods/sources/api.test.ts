import { strict as assert } from 'node:assert';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { type TestContext, test } from 'node:test';
import { openApiSource } from '../../../../src/pods/sources/api.ts';
import { httpStatus } from '../../../support/api-faults.ts';
import { ApiServer } from '../../../support/api-server.ts';
import { selfSigned, whyNoCertificates } from '../../../support/certificates.ts';
import { equals, until } from '../../../support/until.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { LogRecord } from '../../../support/log-record.ts';
import { OPTIONS, podObject } from '../pod-objects.ts';
import { serviceAccount, type ServiceAccount } from '../../cluster/service-account.ts';
import { LIST_FAILED, WATCH_FAILED, watchedApi } from './watched-api.ts';

/** Service account files and the environment variables of a pod. */
function inCluster(context: TestContext, server: string): ServiceAccount {
  const before = { ...process.env };
  const { hostname, port } = new URL(server);
  Object.assign(process.env, { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port });
  context.after(() => {
    process.env = before;
  });
  return serviceAccount(context);
}

test(
  'in a cluster the service account is used, and its token and CA bundle are reread',
  { skip: whyNoCertificates },
  async (context) => {
    const [first, second] = [selfSigned(), selfSigned()];
    const api = await ApiServer.start({ certificate: first, token: 'token-1' });
    api.setPod(podObject('a'));
    const account = inCluster(context, api.url);
    account.write('ca.crt', second.cert);
    account.write('token', 'token-1\n');
    const [log, clock] = [new LogRecord(), new FakeClock()];
    const source = openApiSource({ ...OPTIONS, nodeName: 'node1', root: account.root, log, clock, random: () => 0.5 });
    context.after(async () => {
      await source.stop();
      await api.close();
    });
    await source.start();
    assert.deepEqual(log.lines, [`${LIST_FAILED} {"cause":"connection failed: DEPTH_ZERO_SELF_SIGNED_CERT"}`]);
    account.write('ca.crt', first.cert);
    await until('the wait', () => clock.waits.length, equals(1));
    clock.advance(500);
    const watch = await api.nextWatch();
    assert.equal(source.index.size, 1);
    assert.equal(watch.authorization, 'Bearer token-1');
    api.certify(second);
    account.write('ca.crt', second.cert);
    account.write('token', 'token-2\n');
    api.renewToken('token-2');
    watch.response.end();
    await until('the wait', () => clock.waits, equals([1000]));
    clock.advance(1000);
    assert.equal((await api.nextWatch()).authorization, 'Bearer token-2');
  },
);

test('the own pod is requested in its namespace without a node selector, also on a retry after 403', async (context) => {
  const ownPod = { namespace: 'shop', name: 'a' };
  const watched = await watchedApi(context, 0.5, { ownPod });
  const { api, source, clock } = watched;
  api.failNext('list', httpStatus(403));
  await source.start();
  const list = await api.nextList();
  assert.match(list.url, /^\/api\/v1\/namespaces\/shop\/pods\?/);
  assert.equal(list.query['fieldSelector'], 'metadata.name=a');
  assert.deepEqual([source.status.synced, source.index.size], [false, 0]);
  await until('the wait', () => clock.waits.length, equals(1));
  clock.advance(clock.waits[0] ?? 0);
  const watch = await api.nextWatch();
  assert.match(watch.url, /^\/api\/v1\/namespaces\/shop\/pods\?/);
  assert.equal(watch.query['fieldSelector'], 'metadata.name=a');
  assert.deepEqual([source.status.synced, source.index.find('uid-a')?.node], [true, 'node1']);
});

test('a kubeconfig is reread for every attempt, and an unreadable one is retried', async (context) => {
  const { api, source, log, clock, kubeconfig } = await watchedApi(context, 0.5);
  await source.start();
  const watch = await api.nextWatch();
  const content = readFileSync(kubeconfig, 'utf8');
  writeFileSync(kubeconfig, 'users: [{name: u, user: {token: very-secret-token');
  watch.response.end();
  await until('the end of the watch', () => clock.waits, equals([500]));
  clock.advance(500);
  await until('the failure', () => clock.waits, equals([1000]));
  assert.deepEqual(log.matching('warn'), [`${WATCH_FAILED} {"cause":"cannot read credentials for the API server"}`]);
  assert.equal(source.status.restarts.get('credentials'), 1);
  assert.equal(source.index.size, 1);
  writeFileSync(kubeconfig, content.replace('very-secret-token', 'new-token'));
  api.renewToken('new-token');
  clock.advance(1000);
  assert.equal((await api.nextWatch()).authorization, 'Bearer new-token');
});

test('the token file of a kubeconfig is reread', async (context) => {
  const { api, source, clock, kubeconfig } = await watchedApi(context, 0.5);
  const tokenFile = `${kubeconfig}.token`;
  writeFileSync(tokenFile, 'token-1\n');
  api.renewToken('token-1');
  const provider = `auth-provider: {name: tokenFile, config: {tokenFile: "${tokenFile}"}}`;
  writeFileSync(kubeconfig, readFileSync(kubeconfig, 'utf8').replace(/token: .*/, provider));
  await source.start();
  const watch = await api.nextWatch();
  assert.equal(watch.authorization, 'Bearer token-1');
  writeFileSync(tokenFile, 'token-2\n');
  api.renewToken('token-2');
  watch.response.end();
  await until('the end of the watch', () => clock.waits, equals([500]));
  clock.advance(500);
  assert.equal((await api.nextWatch()).authorization, 'Bearer token-2');
});

test('tokenFile takes precedence over token, is relative to the kubeconfig and is reread', async (context) => {
  const { api, source, clock, log, kubeconfig } = await watchedApi(context, 0.5);
  const tokenFile = `${kubeconfig}.token`;
  writeFileSync(tokenFile, 'token-1\n');
  api.renewToken('token-1');
  const user = `{tokenFile: "${basename(tokenFile)}", token: "stale"}`;
  writeFileSync(kubeconfig, readFileSync(kubeconfig, 'utf8').replace(/user:\s+token: .*/, `user: ${user}`));
  await source.start();
  const watch = await api.nextWatch();
  assert.equal(watch.authorization, 'Bearer token-1');
  writeFileSync(tokenFile, 'token-2\n');
  api.renewToken('token-2');
  watch.response.end();
  await until('the end of the watch', () => clock.waits, equals([500]));
  clock.advance(500);
  const second = await api.nextWatch();
  assert.equal(second.authorization, 'Bearer token-2');
  rmSync(tokenFile);
  second.response.end();
  await until('the end of the watch', () => clock.waits, equals([1000]));
  clock.advance(1000);
  await until('the failure', () => clock.waits, equals([2000]));
  const cause = 'cannot read credentials for the API server: ENOENT';
  assert.deepEqual(log.matching('warn'), [`${WATCH_FAILED} ${JSON.stringify({ cause })}`]);
});
