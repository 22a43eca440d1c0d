import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { ProblemLog } from '../../../src/base/problem-log.ts';
import { AccessReviews, type AccessAttributes } from '../../../src/cluster/access-reviews.ts';
import { ApiClient } from '../../../src/cluster/api-client.ts';
import { nodeAttributes, pathAttributes } from '../../../src/http/access-attributes.ts';
import { DelegatedAuth } from '../../../src/http/delegated-auth.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { LogRecord } from '../../support/log-record.ts';
import { ReviewServer, type ReviewFault } from '../../support/review-server.ts';

const METRICS = { verb: 'get', version: 'v1', resource: 'nodes', subresource: 'metrics', name: 'node1' };
const ATTRIBUTES: AccessAttributes = { resourceAttributes: METRICS };
const PROMETHEUS = 'system:serviceaccount:monitoring:prometheus';

/** Delegated authentication by a server that knows the token `good` of Prometheus. */
async function delegated(t: TestContext) {
  const server = await ReviewServer.start();
  t.after(() => server.close());
  server.addToken('good', PROMETHEUS);
  server.grant(PROMETHEUS, METRICS);
  const clock = new FakeClock();
  const log = new LogRecord();
  const client = new ApiClient(
    () => Promise.resolve({ url: server.url, headers: { Authorization: 'Bearer exporter' }, options: {} }),
    clock,
    log,
  );
  const problems = new ProblemLog(log, { failing: 'cannot review', recovered: 'resumed' });
  const auth = new DelegatedAuth({ reviews: new AccessReviews(client), clock, problems });
  t.after(() => auth.close());
  const check = (token: string, attributes = ATTRIBUTES) => auth.check(`Bearer ${token}`, attributes);
  return { server, clock, log, auth, check };
}

test('a valid token of a user with the right is authorized by one review of each kind', async (t) => {
  const { server, check } = await delegated(t);
  const verdicts = await Promise.all([check('good'), check('good'), check('good')]);
  verdicts.push(await check('good'));
  for (const { status } of verdicts) assert.equal(status, 200);
  const user = {
    user: PROMETHEUS,
    uid: '1',
    groups: ['system:authenticated'],
    extra: { 'authentication.kubernetes.io/pod-name': ['prometheus-0'] },
  };
  assert.deepEqual(
    server.requests.map(({ path, authorization, body }) => [path, authorization, body]),
    [
      [
        '/apis/authentication.k8s.io/v1/tokenreviews',
        'Bearer exporter',
        { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token: 'good' } },
      ],
      [
        '/apis/authorization.k8s.io/v1/subjectaccessreviews',
        'Bearer exporter',
        {
          apiVersion: 'authorization.k8s.io/v1',
          kind: 'SubjectAccessReview',
          spec: { ...user, resourceAttributes: METRICS },
        },
      ],
    ],
  );
});

for (const authorization of ['', 'good', 'Basic Z29vZA==', 'Bearer', 'Bearer ', 'Bearer a b', 'Bearer good\u00fc']) {
  test(`${JSON.stringify(authorization)} is 401 without a review`, async (t) => {
    const { server, auth } = await delegated(t);
    assert.equal((await auth.check(authorization, ATTRIBUTES)).status, 401);
    assert.equal(server.requests.length, 0);
  });
}

test('a token that is not valid is 401, and is reviewed again after 10 s', async (t) => {
  const { server, clock, check } = await delegated(t);
  for (const expected of [1, 1]) {
    assert.equal((await check('bad')).status, 401);
    assert.equal(server.requests.length, expected);
  }
  server.addToken('bad', PROMETHEUS);
  clock.advance(9999);
  assert.equal((await check('bad')).status, 401);
  clock.advance(1);
  assert.equal((await check('bad')).status, 200);
});

test('a user without the right is 403, for the requested attributes only', async (t) => {
  const { server, check } = await delegated(t);
  const stats = { resourceAttributes: { ...METRICS, subresource: 'stats' } };
  assert.equal((await check('good', stats)).status, 403);
  assert.equal((await check('good')).status, 200);
  assert.equal((await check('good', stats)).status, 403);
  assert.equal(server.count('tokenreviews'), 1);
  assert.equal(server.count('subjectaccessreviews'), 2);
});

test('a revoked token is rejected after 120 s at the latest', async (t) => {
  const { server, clock, check } = await delegated(t);
  assert.equal((await check('good')).status, 200);
  server.revoke('good');
  clock.advance(119_999);
  assert.equal((await check('good')).status, 200);
  clock.advance(1);
  assert.equal((await check('good')).status, 401);
});

const FAULTS: readonly (readonly [string, ReviewFault, RegExp])[] = [
  ['403 for the exporter', (response) => void response.writeHead(403).end('{}'), /HTTP 403 Forbidden/],
  ['500', (response) => void response.writeHead(500).end('{}'), /HTTP 500 Internal Server Error/],
  ['200 without JSON', (response) => void response.writeHead(200).end('<html>'), /response is not JSON/],
  ['a response without end', endless, /response exceeds 1 MiB/],
  ['a closed connection', (response) => void response.destroy(), /connection failed/],
];

for (const [what, fault, cause] of FAULTS) {
  test(`${what} rejects the request with 503, logs the cause once, and is not cached`, async (t) => {
    const { server, log, check } = await delegated(t);
    server.fault = fault;
    for (let time = 0; time < 3; time++) assert.equal((await check('good')).status, 503);
    const warnings = log.matching('warn');
    assert.equal(warnings.length, 1);
    assert.match(warnings[0] ?? '', cause);
    server.fault = undefined;
    assert.equal((await check('good')).status, 200);
    assert.equal(log.matching('info').length, 1);
  });
}

for (const status of [{}, { authenticated: 'true', user: { username: PROMETHEUS } }, { authenticated: true }, []]) {
  test(`a review with the status ${JSON.stringify(status)} authenticates nobody`, async (t) => {
    const { server, check } = await delegated(t);
    server.fault = (response) => void response.writeHead(201).end(JSON.stringify({ status }));
    assert.equal((await check('good')).status, 401);
  });
}

test('a server that does not answer costs 503 after 5 s', async (t) => {
  const { server, clock, check } = await delegated(t);
  const { promise: received, resolve } = Promise.withResolvers<undefined>();
  server.fault = () => resolve(undefined);
  const verdict = check('good');
  await received;
  clock.advance(5000);
  assert.equal((await verdict).status, 503);
});

test('wrong tokens in any number neither delay a known one nor evict it', async (t) => {
  const { server, clock, check } = await delegated(t);
  assert.equal((await check('good')).status, 200);
  const held: (() => void)[] = [];
  server.fault = (response) => void held.push(() => void response.writeHead(201).end('{"status":{}}'));
  const wrong = Array.from({ length: 10_000 }, (_, index) => check(`wrong${index}`));
  clock.advance(120_000);
  server.fault = undefined;
  assert.equal((await check('good')).status, 200);
  const busy = (await Promise.all(wrong.slice(200))).filter(({ status }) => status === 503);
  assert.equal(busy.length, 9800);
  for (const release of held) release();
  await Promise.all(wrong);
  assert.ok(server.count('tokenreviews') <= 2 + 104, `${server.count('tokenreviews')} reviews`);
});

test('no token is in the log', async (t) => {
  const { server, log, check } = await delegated(t);
  await check('good');
  server.fault = (response) => void response.writeHead(500).end('good');
  await check('s3cr3t');
  assert.doesNotMatch(JSON.stringify(log.lines), /s3cr3t|Bearer|good/);
});

test('attributes of a node are those of the kubelet for its endpoints', () => {
  const description = { methods: ['GET'], about: '', scopes: [], collectors: [] } as const;
  const of = nodeAttributes(
    [
      { ...description, path: '/metrics' },
      { ...description, path: '/stats/summary', nodeSubresource: 'stats' },
    ],
    'node1',
  );
  assert.deepEqual(of('GET', '/metrics'), { resourceAttributes: METRICS });
  const subresource = (method: string, path: string): unknown => {
    const attributes = of(method, path);
    return (
      'resourceAttributes' in attributes && [
        attributes.resourceAttributes.verb,
        attributes.resourceAttributes.subresource,
      ]
    );
  };
  assert.deepEqual(subresource('HEAD', '/Metrics/'), ['get', 'metrics']);
  assert.deepEqual(subresource('POST', '/stats/summary'), ['create', 'stats']);
  assert.deepEqual(subresource('GET', '/STATS/summary'), ['get', 'stats']);
  assert.deepEqual(subresource('GET', '/metrics/../stats/summary'), ['get', 'proxy']);
});

test('attributes of a path are the path', () => {
  assert.deepEqual(pathAttributes('GET', '/metrics'), { nonResourceAttributes: { verb: 'get', path: '/metrics' } });
});

/** Sends more than a client takes. */
function endless(response: Parameters<ReviewFault>[0]): void {
  response.writeHead(200);
  const piece = Buffer.alloc(65_536, ' ');
  const write = (): void => {
    while (!response.destroyed && response.write(piece));
    if (!response.destroyed) response.once('drain', write);
  };
  write();
}
