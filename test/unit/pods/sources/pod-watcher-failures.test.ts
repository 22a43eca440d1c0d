import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { type Fault, halfAndEnd, reset, httpStatus, text } from '../../../support/api-faults.ts';
import { podList } from '../../../support/api-request.ts';
import { podObject } from '../pod-objects.ts';
import { passUnauthorizedDelay, LIST_FAILED, WATCH_FAILED, untilIndexed, TOKEN, watchedApi } from './watched-api.ts';

interface WatchFailure {
  readonly what: string;
  readonly fail: Fault;
  readonly reason: string;
  /** Logged cause. */
  readonly cause: string;
  readonly next: 'list' | 'watch';
}

const WATCH_FAILURES: readonly WatchFailure[] = [
  {
    what: 'a 410 ERROR event',
    fail: (response) => response.write('{"type":"ERROR","object":{"kind":"Status","code":410,"message":"secret"}}\n'),
    reason: 'gone',
    cause: 'HTTP 410 Gone',
    next: 'list',
  },
  {
    what: 'a line that is not JSON',
    fail: (response) => response.write('{"type":"ADDED","object":{"secret"\n'),
    reason: 'bad_line',
    cause: 'watch line is not JSON',
    next: 'list',
  },
  {
    what: 'a truncated last line',
    fail: (response) => response.end('{"type":"ADDED","object":{"secret"'),
    reason: 'bad_line',
    cause: 'watch line is not JSON',
    next: 'list',
  },
  {
    what: 'an event of an unknown type',
    fail: (response) => response.write('{"type":"SECRET","object":{}}\n'),
    reason: 'unknown_event',
    cause: 'unknown type of watch event',
    next: 'list',
  },
  {
    what: 'a reset connection',
    fail: reset,
    reason: 'connection',
    cause: 'connection failed: ECONNRESET',
    next: 'watch',
  },
];

for (const { what, fail, reason, cause, next } of WATCH_FAILURES) {
  test(`after ${what} in a watch the next request is a ${next}`, async (context) => {
    const opened = await watchedApi(context);
    const { api, source, log } = opened;
    await source.start();
    const watch = await api.nextWatch();
    api.setPod(podObject('b'));
    await untilIndexed(opened, 'uid-b');
    api.replacePods([podObject('c')]);
    fail(watch.response, '');
    const after = await api.nextWatch();
    assert.equal(after.query['resourceVersion'], next === 'list' ? '104' : '101');
    assert.equal(api.count('list'), next === 'list' ? 2 : 1);
    assert.equal(source.index.find('uid-c')?.name, next === 'list' ? 'c' : undefined);
    assert.equal(source.index.isDeleted('uid-a'), next === 'list');
    await untilIndexed(opened, 'uid-c');
    assert.deepEqual(
      [source.index.isDeleted('uid-a'), source.index.isDeleted('uid-b'), source.index.size],
      [true, true, 1],
    );
    assert.deepEqual([...source.status.restarts], [[reason, 1]]);
    assert.deepEqual(log.matching('warn'), [`${WATCH_FAILED} ${JSON.stringify({ cause })}`]);
  });
}

const WATCH_STATUSES: readonly (readonly [code: number, reason: string, lists: number])[] = [
  [410, 'gone', 2],
  [400, 'http_400', 2],
  [429, 'http_429', 1],
  [500, 'http_500', 1],
  [503, 'http_503', 1],
];

for (const [code, reason, lists] of WATCH_STATUSES) {
  test(`after HTTP ${code} for a watch the next request is ${lists === 1 ? 'a watch' : 'a list'}`, async (context) => {
    const { api, source } = await watchedApi(context);
    api.failNext('watch', httpStatus(code));
    await source.start();
    await api.nextWatch();
    await api.nextWatch();
    assert.equal(api.count('list'), lists);
    assert.deepEqual([...source.status.restarts], [[reason, 1]]);
  });
}

for (const code of [401, 403]) {
  test(`HTTP ${code} is logged once and retried slowly from the last resource version`, async (context) => {
    const opened = await watchedApi(context);
    const { api, source, log } = opened;
    api.failNext('list', httpStatus(code), httpStatus(code));
    api.failNext('watch', httpStatus(code), httpStatus(code));
    const start = source.start();
    for (let refusal = 0; refusal < 4; refusal++) await passUnauthorizedDelay(opened);
    await start;
    for (let watch = 0; watch < 3; watch++) await api.nextWatch();
    assert.deepEqual([api.count('list'), api.count('watch')], [3, 3]);
    assert.deepEqual([...source.status.restarts], [[`http_${code}`, 4]]);
    const cause = JSON.stringify({ cause: `HTTP ${code} ${code === 401 ? 'Unauthorized' : 'Forbidden'}` });
    assert.deepEqual(log.matching('warn'), [`${LIST_FAILED} ${cause}`, `${WATCH_FAILED} ${cause}`]);
  });
}

test('a list requests at least the last seen resource version, except after 410', async (context) => {
  const { api, source } = await watchedApi(context);
  api.failNext('watch', httpStatus(400), httpStatus(410));
  await source.start();
  const queries = [await api.nextList(), await api.nextList(), await api.nextList()].map(({ query }) => query);
  assert.deepEqual(
    queries.map(({ resourceVersion }) => resourceVersion),
    ['0', '100', '0'],
  );
});

test('after three stale lists the most recent state is requested', async (context) => {
  const { api, source, log } = await watchedApi(context);
  api.failNext('watch', httpStatus(400));
  await source.start();
  const behind = text(podList(99, []));
  api.failNext('list', httpStatus(504), behind, behind, behind);
  const versions: (string | undefined)[] = [];
  for (let list = 0; list < 5; list++) versions.push((await api.nextList()).query['resourceVersion']);
  assert.deepEqual(versions, ['0', '100', '100', '100', undefined]);
  await api.nextWatch();
  assert.equal((await api.nextWatch()).query['resourceVersion'], '99');
  assert.deepEqual(
    [...source.status.restarts],
    [
      ['http_400', 1],
      ['http_504', 1],
      ['stale_list', 2],
    ],
  );
  assert.deepEqual(log.matching('info resumed'), ['info resumed listing pods']);
});

interface ListFailure {
  readonly what: string;
  readonly fault: Fault;
  readonly reason: string;
  readonly cause: string;
}

const LIST_FAILURES: readonly ListFailure[] = [
  { what: '500', fault: httpStatus(500), reason: 'http_500', cause: 'HTTP 500 Internal Server Error' },
  { what: '302', fault: httpStatus(302, { Location: '/login' }), reason: 'http_302', cause: 'HTTP 302 Found' },
  {
    what: 'a reset connection',
    fault: reset,
    reason: 'connection',
    cause: 'connection failed: ECONNRESET',
  },
  {
    what: 'an HTML page',
    fault: text('<html>secret</html>'),
    reason: 'bad_list',
    cause: 'the pod list is not JSON',
  },
  {
    what: 'an object that is not a list',
    fault: text('{"kind":"Status","items":{"secret":1}}'),
    reason: 'bad_list',
    cause: 'the response is not a pod list',
  },
  {
    what: 'a truncated list',
    fault: halfAndEnd,
    reason: 'connection',
    cause: 'connection failed: ECONNRESET',
  },
];

for (const { what, fault, reason, cause } of LIST_FAILURES) {
  test(`${what} for the list is logged once, counted each time and retried`, async (context) => {
    const opened = await watchedApi(context);
    const { api, source, log } = opened;
    api.failNext('list', fault, fault, fault);
    await source.start();
    await untilIndexed(opened, 'uid-a');
    await api.nextWatch();
    assert.equal(api.count('list'), 4);
    assert.deepEqual([...source.status.restarts], [[reason, 3]]);
    assert.deepEqual(log.lines, [
      `${LIST_FAILED} ${JSON.stringify({ cause })}`,
      'info resumed listing pods',
      'info listed pods {"pods":1}',
    ]);
  });
}

test('an outage is logged once with its first cause, and the next outage again', async (context) => {
  const opened = await watchedApi(context);
  const { api, source, log } = opened;
  api.failNext('watch', reset, httpStatus(503), reset);
  api.failNext('list', httpStatus(500), reset);
  await source.start();
  await api.nextWatch();
  await api.nextWatch();
  await api.nextWatch();
  await untilIndexed(opened, 'uid-a');
  assert.deepEqual(log.matching('warn'), [
    `${LIST_FAILED} {"cause":"HTTP 500 Internal Server Error"}`,
    `${WATCH_FAILED} {"cause":"connection failed: ECONNRESET"}`,
  ]);
});

test('no secret is logged', async (context) => {
  const opened = await watchedApi(context);
  const { api, source, log } = opened;
  api.setPod(podObject('a', { metadata: { annotations: { note: 'annotation-secret' } } }));
  api.failNext('list', httpStatus(401), httpStatus(403), text(`{"items":"${TOKEN}`));
  api.failNext('watch', httpStatus(401), text(`${TOKEN}\n`));
  const start = source.start();
  for (let refusal = 0; refusal < 3; refusal++) await passUnauthorizedDelay(opened);
  await start;
  for (let watch = 0; watch < 3; watch++) await api.nextWatch();
  assert.equal(log.matching('warn').length, 5);
  assert.doesNotMatch(log.lines.join('\n'), /secret|Bearer/);
});
