import { strict as assert } from 'node:assert';
import { once } from 'node:events';
import { test } from 'node:test';
import { silence, httpStatus, text } from '../../../support/api-faults.ts';
import { podList } from '../../../support/api-request.ts';
import { equals, until } from '../../../support/until.ts';
import { podObject } from '../pod-objects.ts';
import { WATCH_FAILED, untilIndexed, podVersion, send, TOKEN, watchedApi } from './watched-api.ts';

test('lists the pods of the node from the watch cache, then watches from that resource version', async (context) => {
  const { api, source, log } = await watchedApi(context);
  await source.start();
  assert.equal(source.index.find('uid-a')?.name, 'a');
  const list = await api.nextList();
  assert.deepEqual(list.query, { fieldSelector: 'spec.nodeName=node1', resourceVersion: '0' });
  assert.equal(list.authorization, `Bearer ${TOKEN}`);
  const watch = await api.nextWatch();
  assert.deepEqual(watch.query, {
    watch: 'true',
    fieldSelector: 'spec.nodeName=node1',
    resourceVersion: '100',
    allowWatchBookmarks: 'true',
    timeoutSeconds: '240',
  });
  assert.equal(watch.authorization, `Bearer ${TOKEN}`);
  const { synced, lastListSeconds, restarts } = source.status;
  assert.deepEqual([synced, lastListSeconds, restarts.size], [true, 1_800_000_000, 0]);
  assert.deepEqual(log.lines, ['info listed pods {"pods":1}']);
});

test('timeoutSeconds of a watch is at most 480', async (context) => {
  const { api, source } = await watchedApi(context, 0.999_999);
  await source.start();
  assert.equal((await api.nextWatch()).query['timeoutSeconds'], '480');
});

test('events update the index, and the next watch resumes after the last event', async (context) => {
  const opened = await watchedApi(context);
  const { api, source, clock, log } = opened;
  await source.start();
  const watch = await api.nextWatch();
  clock.advance(5000);
  send(watch, 'ADDED', podVersion('b', '101'));
  await untilIndexed(opened, 'uid-b');
  assert.deepEqual([source.status.lastListSeconds, source.status.lastEventSeconds], [1_800_000_000, 1_800_000_005]);
  send(watch, 'MODIFIED', podVersion('b', '102', { status: { podIP: '10.0.0.9' } }));
  await until('the address', () => source.index.find('uid-b')?.podIp, equals('10.0.0.9'));
  send(watch, 'DELETED', podVersion('b', '103'));
  await until('the removal', () => source.index.isDeleted('uid-b'));
  watch.response.end();
  const second = await api.nextWatch();
  assert.equal(second.query['resourceVersion'], '103');
  send(second, 'BOOKMARK', { kind: 'Pod', metadata: { resourceVersion: '150' } });
  second.response.end();
  assert.equal((await api.nextWatch()).query['resourceVersion'], '150');
  assert.equal(api.count('list'), 1);
  assert.deepEqual([...source.status.restarts], [['closed', 2]]);
  assert.deepEqual(log.matching('warn'), []);
});

test('an event older than the list does not restore a removed pod', async (context) => {
  const opened = await watchedApi(context);
  const { api, source } = opened;
  await source.start();
  const watch = await api.nextWatch();
  send(watch, 'ADDED', podVersion('b', '99'));
  send(watch, 'MODIFIED', podVersion('a', '98', { status: { podIP: '10.0.0.9' } }));
  send(watch, 'DELETED', podVersion('a', '97'));
  send(watch, 'ADDED', podVersion('c', '101'));
  await untilIndexed(opened, 'uid-c');
  assert.deepEqual([source.index.find('uid-b'), source.index.find('uid-a')?.podIp], [undefined, undefined]);
  assert.equal(source.index.size, 2);
});

test('events with other objects or pods of other nodes are skipped', async (context) => {
  const opened = await watchedApi(context);
  await opened.source.start();
  const watch = await opened.api.nextWatch();
  send(watch, 'ADDED', { metadata: { uid: 7 } });
  send(watch, 'DELETED', {});
  send(watch, 'ADDED', podObject('other', { metadata: { resourceVersion: '101' }, spec: { nodeName: 'node2' } }));
  send(watch, 'ADDED', podVersion('b', '101'));
  await untilIndexed(opened, 'uid-b');
  assert.equal(opened.source.index.size, 2);
  assert.equal(opened.source.index.find('uid-other'), undefined);
});

test('start() resolves after a failed first list, and the retry delay grows', async (context) => {
  const { api, source, clock } = await watchedApi(context, 0.5);
  api.failNext('list', httpStatus(500), httpStatus(500), httpStatus(500), httpStatus(500));
  await source.start();
  assert.equal(source.status.synced, false);
  for (const delayMs of [500, 1000, 2000, 4000]) {
    await until(`a delay of ${delayMs} ms`, () => clock.waits, equals([delayMs]));
    clock.advance(delayMs);
  }
  await until('the list', () => source.status.synced);
  assert.equal(api.count('list'), 5);
});

test('Retry-After extends the delay, up to 60 s', async (context) => {
  const { api, source, clock } = await watchedApi(context, 0.5);
  api.failNext('list', httpStatus(429, { 'Retry-After': '17' }), httpStatus(503, { 'Retry-After': '86400' }));
  await source.start();
  await until('Retry-After plus the backoff', () => clock.waits, equals([17500]));
  clock.advance(17_500);
  await until('a minute, and a little more', () => clock.waits, equals([61000]));
});

test('a healthy watch resets the backoff and logs the recovery', async (context) => {
  const opened = await watchedApi(context, 0.5);
  const { api, source, clock, log } = opened;
  api.failNext('watch', httpStatus(500), httpStatus(500));
  await source.start();
  for (const delayMs of [500, 1000]) {
    await until(`a delay of ${delayMs} ms`, () => clock.waits, equals([delayMs]));
    clock.advance(delayMs);
  }
  const [, , watch] = [await api.nextWatch(), await api.nextWatch(), await api.nextWatch()];
  assert.deepEqual(log.matching('info resumed'), []);
  clock.advance(10_000);
  send(watch, 'ADDED', podVersion('b', '101'));
  await untilIndexed(opened, 'uid-b');
  assert.deepEqual(log.matching('info resumed'), ['info resumed watching pods']);
  watch.response.end();
  await until('the initial delay', () => clock.waits, equals([500]));
});

test('a silent watch is aborted 30 s after its timeoutSeconds', async (context) => {
  const { api, source, clock, log } = await watchedApi(context);
  await source.start();
  await api.nextWatch();
  assert.equal(Math.min(...clock.waits), 270_000);
  clock.advance(270_000);
  await api.nextWatch();
  assert.deepEqual([...source.status.restarts], [['idle', 1]]);
  assert.deepEqual(log.matching('warn'), [
    `${WATCH_FAILED} {"cause":"API server request timed out: no data received"}`,
  ]);
});

test('a watch without any event does not reset the backoff', async (context) => {
  const { api, source, clock, log } = await watchedApi(context);
  api.failAll('watch', silence);
  await source.start();
  for (let watch = 0; watch < 3; watch++) {
    await api.nextWatch();
    clock.advance(270_000);
  }
  await api.nextWatch();
  assert.equal(log.matching('warn').length, 1);
  assert.deepEqual(log.matching('info resumed'), []);
});

test('a busy watch that exceeds timeoutSeconds is aborted', async (context) => {
  const opened = await watchedApi(context);
  const { api, source, clock } = opened;
  await source.start();
  const watch = await api.nextWatch();
  clock.advance(200_000);
  send(watch, 'ADDED', podVersion('b', '101'));
  await untilIndexed(opened, 'uid-b');
  clock.advance(70_000);
  await api.nextWatch();
  assert.deepEqual([...source.status.restarts], [['overdue', 1]]);
});

test('a silent list is aborted', async (context) => {
  const { api, source, clock } = await watchedApi(context);
  api.failNext('list', silence);
  const start = source.start();
  await api.nextList();
  clock.advance(30_000);
  await start;
  await until('the list', () => source.status.synced);
  assert.deepEqual([...source.status.restarts], [['idle', 1]]);
});

test('requested relists are limited to one per 30 s', async (context) => {
  const opened = await watchedApi(context);
  const { api, source, clock, log } = opened;
  source.requestRelist(['uid-x']);
  await source.start();
  await api.nextWatch();
  api.replacePods([podObject('a'), podObject('b')]);
  source.requestRelist(['uid-x']);
  await api.nextWatch();
  assert.equal(source.index.find('uid-b')?.name, 'b');
  source.requestRelist(['uid-x']);
  clock.advance(29_999);
  source.requestRelist(['uid-x']);
  // Arrives only if the watch was not aborted.
  api.setPod(podObject('c'));
  await untilIndexed(opened, 'uid-c');
  assert.equal(api.count('list'), 2);
  clock.advance(1);
  source.requestRelist(['uid-x']);
  await api.nextWatch();
  assert.equal(api.count('list'), 3);
  assert.deepEqual([...source.status.restarts], [['requested', 2]]);
  assert.deepEqual(log.matching('warn'), []);
});

test('the periodic relist happens after eight minutes during a healthy watch', async (context) => {
  const { api, source, clock, log } = await watchedApi(context);
  await source.start();
  const first = await api.nextWatch();
  clock.advance(240_000);
  first.response.end();
  await api.nextWatch();
  clock.advance(239_999);
  assert.equal(api.count('list'), 1);
  clock.advance(1);
  await api.nextWatch();
  assert.equal(api.count('list'), 2);
  assert.deepEqual(log.matching('warn'), []);
  assert.deepEqual(
    [...source.status.restarts],
    [
      ['closed', 1],
      ['periodic', 1],
    ],
  );
});

test('a relist removes a pod whose deletion the watch missed', async (context) => {
  const { api, source } = await watchedApi(context);
  await source.start();
  await api.nextWatch();
  api.replacePods([]);
  api.sendBookmarks();
  api.resetWatches();
  await api.nextWatch();
  assert.equal(source.index.isDeleted('uid-a'), false);
  source.requestRelist(['uid-x']);
  await api.nextWatch();
  assert.equal(source.index.isDeleted('uid-a'), true);
});

test('a pod recreated with the same name between two lists is a new pod', async (context) => {
  const { api, source } = await watchedApi(context);
  await source.start();
  await api.nextWatch();
  api.replacePods([podObject('a', { metadata: { uid: 'new' } })]);
  source.requestRelist(['uid-x']);
  await api.nextWatch();
  assert.deepEqual([source.index.find('uid-a')?.name, source.index.find('new')?.name], ['a', 'a']);
  assert.deepEqual([source.index.isDeleted('uid-a'), source.index.isDeleted('new')], [true, false]);
});

test('stop() aborts the watch and keeps the index', async (context) => {
  const { api, source, clock } = await watchedApi(context);
  await source.start();
  const watch = await api.nextWatch();
  const closed = once(watch.response, 'close');
  await source.stop();
  await closed;
  assert.deepEqual([api.count('list'), api.count('watch')], [1, 1]);
  assert.deepEqual(clock.waits, []);
  assert.deepEqual([...source.status.restarts], []);
  assert.equal(source.index.find('uid-a')?.name, 'a');
  source.requestRelist(['uid-x']);
});

test('stop() aborts a list and resolves the pending start()', async (context) => {
  const { api, source, clock, log } = await watchedApi(context);
  api.failNext('list', silence);
  const start = source.start();
  await api.nextList();
  await source.stop();
  await start;
  assert.equal(source.status.synced, false);
  assert.deepEqual([clock.waits, log.lines], [[], []]);
});

test('stop() aborts a delay', async (context) => {
  const { api, source, clock } = await watchedApi(context, 0.5);
  api.failNext('list', httpStatus(500));
  await source.start();
  await until('the delay', () => clock.waits.length, equals(1));
  await source.stop();
  assert.deepEqual([clock.waits, api.count('list')], [[], 1]);
});

test('start() after stop() sends no request', async (context) => {
  const { api, source } = await watchedApi(context);
  await source.stop();
  await source.start();
  assert.equal(api.count('list'), 0);
});

test('the watch resumes while the periodic relist fails and is retried', async (context) => {
  const opened = await watchedApi(context);
  const { api, source, clock } = opened;
  await source.start();
  await api.nextWatch();
  api.failNext('list', httpStatus(500), httpStatus(500));
  source.requestRelist(['uid-x']);
  const watch = await api.nextWatch();
  assert.equal(watch.query['resourceVersion'], '100');
  api.setPod(podObject('b'));
  await untilIndexed(opened, 'uid-b');
  api.losePod('uid-b');
  clock.advance(29_999);
  assert.equal(api.count('list'), 2);
  clock.advance(1);
  await api.nextWatch();
  assert.equal(api.count('list'), 3);
  clock.advance(30_000);
  await api.nextWatch();
  assert.deepEqual([api.count('list'), source.index.isDeleted('uid-b')], [4, true]);
});

test('pods of other nodes and invalid objects in a list are skipped and logged once', async (context) => {
  const opened = await watchedApi(context);
  const { api, source, log } = opened;
  const unexpected = [podObject('other', { spec: { nodeName: 'node2' } }), { metadata: { uid: 7 } }];
  api.failAll('list', text(podList('100', [podObject('a'), ...unexpected])));
  await source.start();
  await api.nextWatch();
  source.requestRelist(['uid-x']);
  await api.nextWatch();
  const skipping = 'warn skipping unexpected objects in the pod list';
  assert.deepEqual(log.matching('warn'), [
    `${skipping} {"cause":"pods of other nodes"}`,
    `${skipping} {"cause":"objects that are not pods"}`,
  ]);
  assert.equal(source.index.size, 1);
});
