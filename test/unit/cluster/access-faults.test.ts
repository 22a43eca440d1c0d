import { strict as assert } from 'node:assert';
import { type TestContext, test } from 'node:test';
import { openApiSource } from '../../../src/pods/sources/api.ts';
import { authority, signedBy, whyNoCertificates } from '../../support/certificates.ts';
import { NODE, SourceHarness } from '../pods/sources/source-harness.ts';
import { OPTIONS } from '../pods/pod-objects.ts';
import { serviceAccount } from './service-account.ts';
import {
  INITIAL_DELAY_MS,
  HOUR_MS,
  MAX_DELAY_MS,
  maxRequestsPerHour,
  MAX_UNAUTHORIZED_DELAY_MS,
  MIN_UNAUTHORIZED_DELAY_MS,
} from '../pods/sources/documented-delays.ts';
import { WATCH_FAILED } from '../pods/sources/watched-api.ts';

/** Credentials expire, the server is unavailable, or its certificate changes. */

/** A source with the files of a service account, as in a cluster, and a TLS server. */
async function inCluster(context: TestContext) {
  const account = serviceAccount(context);
  const first = authority('first');
  account.write('ca.crt', first.cert);
  const before = { ...process.env };
  context.after(() => {
    process.env = before;
  });
  const harness = await SourceHarness.watching(context, {
    certificate: signedBy(first),
    openSource: (api, surroundings) => {
      account.write('token', api.token);
      const { hostname, port } = new URL(api.url);
      Object.assign(process.env, { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port });
      return openApiSource({ ...OPTIONS, nodeName: NODE, root: account.root, ...surroundings });
    },
  });
  return { harness, account, first };
}

const needsCertificates = { skip: whyNoCertificates };

test('an expired token gets 401 until the file contains a renewed one', needsCertificates, async (context) => {
  const { harness, account } = await inCluster(context);
  const { api, source, log } = harness;
  api.renewToken();
  harness.mutatePods();
  await harness.untilIdle();
  // An established watch stays open.
  harness.assertInSync();
  api.endWatches();
  api.deletePod('uid-c');
  const before = api.requests.length;
  await harness.advance(HOUR_MS);
  const requests = api.requests.length - before;
  assert.ok(requests > 0 && requests <= 1 + HOUR_MS / MIN_UNAUTHORIZED_DELAY_MS, `${requests} requests`);
  assert.equal(source.status.restarts.get('http_401'), requests);
  assert.deepEqual(log.matching('warn'), [
    `${WATCH_FAILED} {"cause":"HTTP 401 Unauthorized"}`,
    'warn cannot list pods, retrying {"cause":"HTTP 401 Unauthorized"}',
  ]);
  assert.equal(source.index.find('uid-a')?.name, 'a');
  account.write('token', `${api.token}\n`);
  await harness.advanceUntilInSync(MAX_UNAUTHORIZED_DELAY_MS);
});

test('a restart with another certificate of the same CA needs only a reconnect', needsCertificates, async (context) => {
  const { harness, first } = await inCluster(context);
  const { api, source } = harness;
  await api.close();
  api.certify(signedBy(first));
  harness.mutatePods();
  await api.open();
  await harness.advanceUntilInSync(INITIAL_DELAY_MS);
  assert.equal(api.requests.length, 3);
  assert.deepEqual([...source.status.restarts.keys()], ['connection']);
});

test(
  'a server with a certificate of an unknown CA gets no request until ca.crt contains that CA',
  needsCertificates,
  async (context) => {
    const { harness, account } = await inCluster(context);
    const { api, source, log } = harness;
    const second = authority('second');
    await api.close();
    api.certify(signedBy(second));
    harness.mutatePods();
    await api.open();
    await harness.advance(HOUR_MS);
    assert.equal(api.requests.length, 2);
    const attempts = source.status.restarts.get('connection') ?? 0;
    assert.ok(attempts > 1 && attempts <= maxRequestsPerHour(1), `${attempts} attempts`);
    const causes = [/ECONNRESET/, /UNABLE_TO_VERIFY_LEAF_SIGNATURE/];
    for (const [line, cause] of causes.entries()) assert.match(log.matching('warn cannot watch')[line] ?? '', cause);
    assert.equal(source.index.find('uid-a')?.name, 'a');
    account.write('ca.crt', second.cert);
    await harness.advanceUntilInSync(MAX_DELAY_MS);
    assert.deepEqual(api.requests.at(2)?.authorization, `Bearer ${api.token}`);
  },
);

test('after an outage of one hour the watch resumes, and until then the last index stays in use', async (context) => {
  const harness = await SourceHarness.watching(context);
  const { api, source, log } = harness;
  await api.close();
  harness.mutatePods();
  await harness.advance(HOUR_MS);
  const attempts = source.status.restarts.get('connection') ?? 0;
  context.diagnostic(`${attempts} attempts`);
  assert.ok(attempts > 1 && attempts <= maxRequestsPerHour(1), `${attempts} attempts`);
  assert.deepEqual([source.index.size, source.index.find('uid-b')?.name, source.status.synced], [3, 'b', true]);
  assert.ok(log.matching('warn').length <= 3, log.lines.join('\n'));
  await api.open();
  await harness.advanceUntilInSync(MAX_DELAY_MS);
  assert.ok(api.requests.length <= 4);
});

test('the first list is retried until the server is available', async (context) => {
  const harness = await SourceHarness.open(context);
  const { api, source } = harness;
  await api.close();
  await source.start();
  assert.deepEqual([source.status.synced, source.status.lastListSeconds], [false, undefined]);
  await harness.advance(HOUR_MS);
  assert.equal(source.status.synced, false);
  await api.open();
  await harness.advanceUntilInSync(MAX_DELAY_MS);
  assert.equal(source.status.synced, true);
  await harness.untilIdle();
  assert.equal(api.requests.length, 2);
});
