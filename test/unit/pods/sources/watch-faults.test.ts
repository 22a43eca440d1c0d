import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import type { OpenWatch } from '../../../support/api-watch.ts';
import { ObservedApi, runningPod } from './observed-api.ts';
import {
  FIRST_WAIT,
  HOUR,
  LONGEST_REQUEST_INTERVAL,
  PERIOD_LONGEST,
  PERIOD_SHORTEST,
  REQUEST_INTERVAL,
  WATCH_LONGEST,
} from './stated-times.ts';

interface Case {
  readonly what: string;
  readonly strike: (watch: OpenWatch) => void;
  /** Milliseconds within which the index is right again. */
  readonly within: number;
  /** What follows, watches included. */
  readonly requests: number;
}

const CASES: readonly Case[] = [
  { what: 'is ended', strike: (watch) => watch.end(), within: FIRST_WAIT, requests: 1 },
  { what: 'is reset', strike: (watch) => watch.reset(), within: FIRST_WAIT, requests: 1 },
  { what: 'gets 410', strike: (watch) => watch.fail(410), within: FIRST_WAIT, requests: 2 },
  { what: 'gets 500', strike: (watch) => watch.fail(500), within: FIRST_WAIT, requests: 1 },
  { what: 'gets half an event', strike: (watch) => watch.spoil('{"type":"ADDED"'), within: FIRST_WAIT, requests: 2 },
  { what: 'gets an event of an unknown type', strike: moved, within: FIRST_WAIT, requests: 2 },
  { what: 'falls silent', strike: (watch) => watch.mute(), within: WATCH_LONGEST + FIRST_WAIT, requests: 1 },
];

function moved(watch: OpenWatch): void {
  watch.spoil('{"type":"MOVED","object":{"metadata":{}}}');
}

for (const { what, strike, within, requests } of CASES) {
  test(`an open watch that ${what} is followed by ${requests} requests, and the index is right`, async (context) => {
    const observed = await ObservedApi.watching(context);
    const { api, source } = observed;
    const [watch] = api.watches;
    assert.ok(watch !== undefined);
    strike(watch);
    observed.change();
    await observed.rest();
    assert.equal(source.index.find('uid-b')?.name, 'b');
    await observed.passUntilRight(within);
    await observed.rest();
    assert.equal(api.requests.length, 2 + requests);
  });
}

test('a change that every watch garbles is got over by a list', async (context) => {
  const observed = await ObservedApi.watching(context);
  const { api } = observed;
  api.garblePod(runningPod('c', 'uid-c', 'c-1'));
  observed.change();
  await observed.passUntilRight(FIRST_WAIT);
  await observed.pass(HOUR / 10);
  assert.deepEqual([api.count('list'), api.count('watch')], [2, 2]);
});

test('changes that are told twice, and older ones after newer ones, change nothing', async (context) => {
  const observed = await ObservedApi.watching(context);
  const { api, source } = observed;
  const [watch] = api.watches;
  observed.change();
  await observed.rest();
  observed.assertRight();
  const { generation } = source.index;
  const told = api.history.changes;
  for (const change of [...told, ...told.toReversed(), ...told]) {
    watch?.change(change);
    await observed.rest();
    observed.assertRight();
  }
  assert.equal(source.index.generation, generation);
  api.endWatches();
  await observed.pass(FIRST_WAIT);
  assert.equal(api.requests.at(-1)?.resourceVersion, api.history.version);
  assert.equal(api.requests.length, 3);
});

test('an old change of a pod that was deleted does not bring it back', async (context) => {
  const observed = await ObservedApi.watching(context);
  const { api, source } = observed;
  const [watch] = api.watches;
  api.setPod(runningPod('b', 'uid-b', 'b-2'));
  const { changes } = api.history;
  api.deletePod('uid-b');
  await observed.rest();
  for (const change of changes.slice(-2)) watch?.change(change);
  await observed.rest();
  observed.assertRight();
  assert.deepEqual([source.index.isDeleted('uid-b'), source.index.find('uid-b')?.containers[0]?.id], [true, 'b-2']);
});

test('ten thousand bookmarks are heard and cost nothing', async (context) => {
  const observed = await ObservedApi.watching(context);
  const { api, source, clock } = observed;
  const { generation } = source.index;
  const [watch] = api.watches;
  await observed.pass(60_000);
  for (let version = 2000; version <= 12_000; version++) watch?.bookmark(version);
  await observed.rest();
  assert.equal(source.index.generation, generation);
  assert.equal(source.status.lastEvent, clock.time());
  assert.equal(api.requests.length, 2);
  watch?.end();
  await observed.pass(FIRST_WAIT);
  assert.equal(api.requests.at(-1)?.resourceVersion, 12_000);
  assert.equal(api.requests.length, 3);
});

test('a pod that is recreated under its name is another one at once', async (context) => {
  const observed = await ObservedApi.watching(context);
  const { api, source } = observed;
  for (let again = 1; again <= 3; again++) {
    api.deletePod(again === 1 ? 'uid-web-0' : `uid-web-0-${again - 1}`);
    api.setPod(runningPod('web-0', `uid-web-0-${again}`, `web-0-${again}`));
    await observed.rest();
    observed.assertRight();
  }
  // Their cgroups may still be there.
  assert.equal(source.index.find('uid-web-0-2')?.name, 'web-0');
  assert.equal(api.requests.length, 2);
});

test('a pod that is recreated without a word of its removal is another one at once, and the old one goes with the next list', async (context) => {
  const observed = await ObservedApi.watching(context);
  const { api, source } = observed;
  api.losePod('uid-web-0');
  api.setPod(runningPod('web-0', 'uid-web-0-again', 'web-0-2'));
  await observed.rest();
  assert.equal(source.index.find('uid-web-0-again')?.containers[0]?.id, 'web-0-2');
  const passed = await observed.passUntilRight(PERIOD_LONGEST);
  assert.ok(passed >= PERIOD_SHORTEST);
  assert.equal(source.index.isDeleted('uid-web-0'), true);
});

test('changes that no watch tells are in the next list', async (context) => {
  const observed = await ObservedApi.watching(context);
  const { api, source } = observed;
  api.replacePods([runningPod('a', 'uid-a', 'a-2'), runningPod('web-0', 'uid-web-0-again', 'web-0-2')]);
  // Or the next watch would be told them.
  api.sendBookmarks();
  await observed.passUntilRight(PERIOD_LONGEST);
  assert.equal(source.status.restarts.get('periodic'), 1);
  assert.equal(api.count('list'), 2);
});

test('changes that no watch tells are there at once when a scrape meets a new pod', async (context) => {
  const observed = await ObservedApi.watching(context);
  const { api, source } = observed;
  api.replacePods([runningPod('c', 'uid-c', 'c-1')]);
  source.requestRelist(['uid-c']);
  await observed.rest();
  observed.assertRight();
  assert.equal(api.requests.length, 4);
});

test('cgroups that no list explains cost ever fewer lists', async (context) => {
  const observed = await ObservedApi.watching(context);
  const { api, source } = observed;
  const scrape = 15_000;
  for (let passed = 0; passed < HOUR; passed += scrape) {
    source.requestRelist(['uid-of-nobody']);
    await observed.pass(scrape);
  }
  let most = 0;
  for (
    let at = 0, interval = REQUEST_INTERVAL;
    at < HOUR;
    at += interval, interval = Math.min(interval * 2, LONGEST_REQUEST_INTERVAL)
  ) {
    most++;
  }
  const requested = source.status.restarts.get('requested') ?? 0;
  assert.ok(requested > 1 && requested <= most, `${requested} of ${most}`);
  assert.ok(api.count('list') <= 1 + most + HOUR / PERIOD_SHORTEST);
});

test('an hour without faults costs lists and watches as seldom as is said', async (context) => {
  const observed = await ObservedApi.watching(context);
  const { api } = observed;
  await observed.pass(HOUR);
  assert.ok(api.count('list') <= 1 + HOUR / PERIOD_SHORTEST, `${api.count('list')} lists`);
  // A watch ends after four minutes at least, and with each list.
  assert.ok(api.count('watch') <= api.count('list') + HOUR / 240_000, `${api.count('watch')} watches`);
  assert.equal(observed.log.lines.length, 1);
});
