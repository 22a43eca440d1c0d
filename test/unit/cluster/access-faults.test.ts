import { strict as assert } from 'node:assert';
import { type TestContext, test } from 'node:test';
import { openApiSource } from '../../../src/pods/sources/api.ts';
import { authority, signedBy, whyNoCertificates } from '../../support/certificates.ts';
import { NODE, ObservedApi } from '../pods/sources/observed-api.ts';
import { OPTIONS } from '../pods/pod-objects.ts';
import { serviceAccount } from './service-account.ts';
import {
  FIRST_WAIT,
  HOUR,
  LONGEST_WAIT,
  mostRequestsInAnHour,
  REFUSED_LONGEST,
  REFUSED_SHORTEST,
} from '../pods/sources/stated-times.ts';
import { BROKEN_WATCH } from '../pods/sources/watched-api.ts';

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
  const observed = await ObservedApi.watching(context, {
    certificate: signedBy(first),
    openSource: (api, surroundings) => {
      account.write('token', api.token);
      const { hostname, port } = new URL(api.url);
      Object.assign(process.env, { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port });
      return openApiSource({ ...OPTIONS, nodeName: NODE, root: account.root, ...surroundings });
    },
  });
  return { observed, account, first };
}

const needsCertificates = { skip: whyNoCertificates };

test('an expired token gets 401 until the file contains a renewed one', needsCertificates, async (context) => {
  const { observed, account } = await inCluster(context);
  const { api, source, log } = observed;
  api.renewToken();
  observed.change();
  await observed.rest();
  // An established watch stays open.
  observed.assertRight();
  api.endWatches();
  api.deletePod('uid-c');
  const before = api.requests.length;
  await observed.pass(HOUR);
  const requests = api.requests.length - before;
  assert.ok(requests > 0 && requests <= 1 + HOUR / REFUSED_SHORTEST, `${requests} requests`);
  assert.equal(source.status.restarts.get('http_401'), requests);
  assert.deepEqual(log.matching('warn'), [
    `${BROKEN_WATCH} {"cause":"HTTP 401 Unauthorized"}`,
    'warn listing pods failed and is tried again, what is known is kept {"cause":"HTTP 401 Unauthorized"}',
  ]);
  assert.equal(source.index.find('uid-a')?.name, 'a');
  account.write('token', `${api.token}\n`);
  await observed.passUntilRight(REFUSED_LONGEST);
});

test('a restart with another certificate of the same CA needs only a reconnect', needsCertificates, async (context) => {
  const { observed, first } = await inCluster(context);
  const { api, source } = observed;
  await api.close();
  api.certify(signedBy(first));
  observed.change();
  await api.open();
  await observed.passUntilRight(FIRST_WAIT);
  assert.equal(api.requests.length, 3);
  assert.deepEqual([...source.status.restarts.keys()], ['connection']);
});

test(
  'a server with a certificate of an unknown CA gets no request until ca.crt contains that CA',
  needsCertificates,
  async (context) => {
    const { observed, account } = await inCluster(context);
    const { api, source, log } = observed;
    const second = authority('second');
    await api.close();
    api.certify(signedBy(second));
    observed.change();
    await api.open();
    await observed.pass(HOUR);
    assert.equal(api.requests.length, 2);
    const attempts = source.status.restarts.get('connection') ?? 0;
    assert.ok(attempts > 1 && attempts <= mostRequestsInAnHour(1), `${attempts} attempts`);
    const causes = [/ECONNRESET/, /UNABLE_TO_VERIFY_LEAF_SIGNATURE/];
    for (const [line, cause] of causes.entries()) assert.match(log.matching('warn watching')[line] ?? '', cause);
    assert.equal(source.index.find('uid-a')?.name, 'a');
    account.write('ca.crt', second.cert);
    await observed.passUntilRight(LONGEST_WAIT);
    assert.deepEqual(api.requests.at(2)?.authorization, `Bearer ${api.token}`);
  },
);

test('after an outage of one hour the watch resumes, and until then the last index stays in use', async (context) => {
  const observed = await ObservedApi.watching(context);
  const { api, source, log } = observed;
  await api.close();
  observed.change();
  await observed.pass(HOUR);
  const attempts = source.status.restarts.get('connection') ?? 0;
  context.diagnostic(`${attempts} attempts`);
  assert.ok(attempts > 1 && attempts <= mostRequestsInAnHour(1), `${attempts} attempts`);
  assert.deepEqual([source.index.size, source.index.find('uid-b')?.name, source.status.synced], [3, 'b', true]);
  assert.ok(log.matching('warn').length <= 3, log.lines.join('\n'));
  await api.open();
  await observed.passUntilRight(LONGEST_WAIT);
  assert.ok(api.requests.length <= 4);
});

test('the first list is retried until the server is available', async (context) => {
  const observed = await ObservedApi.open(context);
  const { api, source } = observed;
  await api.close();
  await source.start();
  assert.deepEqual([source.status.synced, source.status.lastList], [false, undefined]);
  await observed.pass(HOUR);
  assert.equal(source.status.synced, false);
  await api.open();
  await observed.passUntilRight(LONGEST_WAIT);
  assert.equal(source.status.synced, true);
  await observed.rest();
  assert.equal(api.requests.length, 2);
});
