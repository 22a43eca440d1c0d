import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { type Fault, halfAndEnd, reset, httpStatus, text } from '../../../support/api-faults.ts';
import { podList } from '../../../support/api-request.ts';
import { podObject } from '../pod-objects.ts';
import { afterRefusal, BROKEN_LIST, BROKEN_WATCH, known, TOKEN, watchedApi } from './watched-api.ts';

interface WatchFailure {
  readonly what: string;
  readonly fail: Fault;
  readonly reason: string;
  /** What the log says of it. */
  readonly cause: string;
  readonly next: 'list' | 'watch';
}

const WATCH_FAILURES: readonly WatchFailure[] = [
  {
    what: '410 as an event',
    fail: (response) => response.write('{"type":"ERROR","object":{"kind":"Status","code":410,"message":"secret"}}\n'),
    reason: 'gone',
    cause: 'HTTP 410 Gone',
    next: 'list',
  },
  {
    what: 'a line that is not JSON',
    fail: (response) => response.write('{"type":"ADDED","object":{"secret"\n'),
    reason: 'bad_line',
    cause: 'a line of the watch is not JSON',
    next: 'list',
  },
  {
    what: 'a line that breaks off where the watch ends',
    fail: (response) => response.end('{"type":"ADDED","object":{"secret"'),
    reason: 'bad_line',
    cause: 'a line of the watch is not JSON',
    next: 'list',
  },
  {
    what: 'an event of an unknown type',
    fail: (response) => response.write('{"type":"SECRET","object":{}}\n'),
    reason: 'unknown_event',
    cause: 'the watch sent an event of an unknown type',
    next: 'list',
  },
  {
    what: 'a connection that is reset',
    fail: reset,
    reason: 'connection',
    cause: 'connection failed: ECONNRESET',
    next: 'watch',
  },
];

for (const { what, fail, reason, cause, next } of WATCH_FAILURES) {
  test(`${what} in a watch leads to a ${next}`, async (context) => {
    const opened = await watchedApi(context);
    const { api, source, log } = opened;
    await source.start();
    const watch = await api.nextWatch();
    api.setPod(podObject('b'));
    await known(opened, 'uid-b');
    api.replacePods([podObject('c')]);
    fail(watch.response, '');
    const after = await api.nextWatch();
    assert.equal(after.query['resourceVersion'], next === 'list' ? '104' : '101');
    assert.equal(api.count('list'), next === 'list' ? 2 : 1);
    assert.equal(source.index.find('uid-c')?.name, next === 'list' ? 'c' : undefined);
    assert.equal(source.index.isDeleted('uid-a'), next === 'list');
    await known(opened, 'uid-c');
    assert.deepEqual(
      [source.index.isDeleted('uid-a'), source.index.isDeleted('uid-b'), source.index.size],
      [true, true, 1],
    );
    assert.deepEqual([...source.status.restarts], [[reason, 1]]);
    assert.deepEqual(log.matching('warn'), [`${BROKEN_WATCH} ${JSON.stringify({ cause })}`]);
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
  test(`HTTP ${code} for a watch leads to ${lists === 1 ? 'another watch' : 'a list'}`, async (context) => {
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
  test(`HTTP ${code} is said once, and tried again slowly, from where the watch was`, async (context) => {
    const opened = await watchedApi(context);
    const { api, source, log } = opened;
    api.failNext('list', httpStatus(code), httpStatus(code));
    api.failNext('watch', httpStatus(code), httpStatus(code));
    const start = source.start();
    for (let refusal = 0; refusal < 4; refusal++) await afterRefusal(opened);
    await start;
    for (let watch = 0; watch < 3; watch++) await api.nextWatch();
    assert.deepEqual([api.count('list'), api.count('watch')], [3, 3]);
    assert.deepEqual([...source.status.restarts], [[`http_${code}`, 4]]);
    const cause = JSON.stringify({ cause: `HTTP ${code} ${code === 401 ? 'Unauthorized' : 'Forbidden'}` });
    assert.deepEqual(log.matching('warn'), [`${BROKEN_LIST} ${cause}`, `${BROKEN_WATCH} ${cause}`]);
  });
}

test('a list has to be as new as what was seen, except after a 410', async (context) => {
  const { api, source } = await watchedApi(context);
  api.failNext('watch', httpStatus(400), httpStatus(410));
  await source.start();
  const queries = [await api.nextList(), await api.nextList(), await api.nextList()].map(({ query }) => query);
  assert.deepEqual(
    queries.map(({ resourceVersion }) => resourceVersion),
    ['0', '100', '0'],
  );
});

test('a server that stays behind what was seen is asked for the latest after three times', async (context) => {
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
  assert.deepEqual(log.matching('info pods are'), ['info pods are listed again']);
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
    what: 'a page for people',
    fault: text('<html>secret</html>'),
    reason: 'bad_list',
    cause: 'the list of pods is not JSON',
  },
  {
    what: 'an object that is no list',
    fault: text('{"kind":"Status","items":{"secret":1}}'),
    reason: 'bad_list',
    cause: 'the answer is not a list of pods',
  },
  {
    what: 'half a list',
    fault: halfAndEnd,
    reason: 'connection',
    cause: 'connection failed: ECONNRESET',
  },
];

for (const { what, fault, reason, cause } of LIST_FAILURES) {
  test(`${what} for the list is said once, counted each time, and got over`, async (context) => {
    const opened = await watchedApi(context);
    const { api, source, log } = opened;
    api.failNext('list', fault, fault, fault);
    await source.start();
    await known(opened, 'uid-a');
    await api.nextWatch();
    assert.equal(api.count('list'), 4);
    assert.deepEqual([...source.status.restarts], [[reason, 3]]);
    assert.deepEqual(log.lines, [
      `${BROKEN_LIST} ${JSON.stringify({ cause })}`,
      'info pods are listed again',
      'info pods listed {"pods":1}',
    ]);
  });
}

test('nothing that is secret is ever logged', async (context) => {
  const opened = await watchedApi(context);
  const { api, source, log } = opened;
  api.setPod(podObject('a', { metadata: { annotations: { note: 'annotation-secret' } } }));
  api.failNext('list', httpStatus(401), httpStatus(403), text(`{"items":"${TOKEN}`));
  api.failNext('watch', httpStatus(401), text(`${TOKEN}\n`));
  const start = source.start();
  for (let refusal = 0; refusal < 3; refusal++) await afterRefusal(opened);
  await start;
  for (let watch = 0; watch < 3; watch++) await api.nextWatch();
  assert.equal(log.matching('warn').length, 5);
  assert.doesNotMatch(log.lines.join('\n'), /secret|Bearer/);
});
