import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import type { OpenWatch } from '../../../support/api-watch.ts';
import { SourceHarness, runningPod } from './source-harness.ts';
import {
  INITIAL_DELAY_MS,
  HOUR_MS,
  MAX_REQUESTED_RELIST_INTERVAL_MS,
  MAX_RELIST_INTERVAL_MS,
  MIN_RELIST_INTERVAL_MS,
  MIN_REQUESTED_RELIST_INTERVAL_MS,
  MAX_WATCH_MS,
} from './documented-delays.ts';

interface Case {
  readonly what: string;
  readonly inject: (watch: OpenWatch) => void;
  /** Milliseconds until the index is in sync. */
  readonly within: number;
  /** Number of following requests, watches included. */
  readonly requests: number;
}

const CASES: readonly Case[] = [
  { what: 'ends', inject: (watch) => watch.end(), within: INITIAL_DELAY_MS, requests: 1 },
  { what: 'is reset', inject: (watch) => watch.reset(), within: INITIAL_DELAY_MS, requests: 1 },
  { what: 'gets 410', inject: (watch) => watch.fail(410), within: INITIAL_DELAY_MS, requests: 2 },
  { what: 'gets 500', inject: (watch) => watch.fail(500), within: INITIAL_DELAY_MS, requests: 1 },
  {
    what: 'gets a truncated event',
    inject: (watch) => watch.spoil('{"type":"ADDED"'),
    within: INITIAL_DELAY_MS,
    requests: 2,
  },
  { what: 'gets an event of an unknown type', inject: sendUnknownEvent, within: INITIAL_DELAY_MS, requests: 2 },
  { what: 'becomes silent', inject: (watch) => watch.mute(), within: MAX_WATCH_MS + INITIAL_DELAY_MS, requests: 1 },
];

function sendUnknownEvent(watch: OpenWatch): void {
  watch.spoil('{"type":"MOVED","object":{"metadata":{}}}');
}

for (const { what, inject, within, requests } of CASES) {
  test(`an open watch that ${what} is followed by ${requests} requests and a synced index`, async (context) => {
    const harness = await SourceHarness.watching(context);
    const { api, source } = harness;
    const [watch] = api.watches;
    assert.ok(watch !== undefined);
    inject(watch);
    harness.mutatePods();
    await harness.untilIdle();
    assert.equal(source.index.find('uid-b')?.name, 'b');
    await harness.advanceUntilInSync(within);
    await harness.untilIdle();
    assert.equal(api.requests.length, 2 + requests);
  });
}

test('a list recovers from an event that every watch garbles', async (context) => {
  const harness = await SourceHarness.watching(context);
  const { api } = harness;
  api.garblePod(runningPod('c', 'uid-c', 'c-1'));
  harness.mutatePods();
  await harness.advanceUntilInSync(INITIAL_DELAY_MS);
  await harness.advance(HOUR_MS / 10);
  assert.deepEqual([api.count('list'), api.count('watch')], [2, 2]);
});

test('duplicate and out-of-order events do not change the index', async (context) => {
  const harness = await SourceHarness.watching(context);
  const { api, source } = harness;
  const [watch] = api.watches;
  harness.mutatePods();
  await harness.untilIdle();
  harness.assertInSync();
  const { generation } = source.index;
  const { changes } = api.history;
  for (const change of [...changes, ...changes.toReversed(), ...changes]) {
    watch?.change(change);
    await harness.untilIdle();
    harness.assertInSync();
  }
  assert.equal(source.index.generation, generation);
  api.endWatches();
  await harness.advance(INITIAL_DELAY_MS);
  assert.equal(api.requests.at(-1)?.resourceVersion, api.history.version);
  assert.equal(api.requests.length, 3);
});

test('an old event of a deleted pod does not restore it', async (context) => {
  const harness = await SourceHarness.watching(context);
  const { api, source } = harness;
  const [watch] = api.watches;
  api.setPod(runningPod('b', 'uid-b', 'b-2'));
  const { changes } = api.history;
  api.deletePod('uid-b');
  await harness.untilIdle();
  for (const change of changes.slice(-2)) watch?.change(change);
  await harness.untilIdle();
  harness.assertInSync();
  assert.deepEqual([source.index.isDeleted('uid-b'), source.index.find('uid-b')?.containers[0]?.id], [true, 'b-2']);
});

test('ten thousand bookmarks update the status and cause no request', async (context) => {
  const harness = await SourceHarness.watching(context);
  const { api, source, clock } = harness;
  const { generation } = source.index;
  const [watch] = api.watches;
  await harness.advance(60_000);
  for (let version = 2000; version <= 12_000; version++) watch?.bookmark(version);
  await harness.untilIdle();
  assert.equal(source.index.generation, generation);
  assert.equal(source.status.lastEventSeconds, clock.time());
  assert.equal(api.requests.length, 2);
  watch?.end();
  await harness.advance(INITIAL_DELAY_MS);
  assert.equal(api.requests.at(-1)?.resourceVersion, 12_000);
  assert.equal(api.requests.length, 3);
});

test('a pod recreated with the same name is a new pod at once', async (context) => {
  const harness = await SourceHarness.watching(context);
  const { api, source } = harness;
  for (let again = 1; again <= 3; again++) {
    api.deletePod(again === 1 ? 'uid-web-0' : `uid-web-0-${again - 1}`);
    api.setPod(runningPod('web-0', `uid-web-0-${again}`, `web-0-${again}`));
    await harness.untilIdle();
    harness.assertInSync();
  }
  // Their cgroups may still exist.
  assert.equal(source.index.find('uid-web-0-2')?.name, 'web-0');
  assert.equal(api.requests.length, 2);
});

test('a pod recreated without a DELETED event is a new pod at once, and the next list removes the old one', async (context) => {
  const harness = await SourceHarness.watching(context);
  const { api, source } = harness;
  api.losePod('uid-web-0');
  api.setPod(runningPod('web-0', 'uid-web-0-again', 'web-0-2'));
  await harness.untilIdle();
  assert.equal(source.index.find('uid-web-0-again')?.containers[0]?.id, 'web-0-2');
  const passed = await harness.advanceUntilInSync(MAX_RELIST_INTERVAL_MS);
  assert.ok(passed >= MIN_RELIST_INTERVAL_MS);
  assert.equal(source.index.isDeleted('uid-web-0'), true);
});

test('the periodic relist applies changes that the watch missed', async (context) => {
  const harness = await SourceHarness.watching(context);
  const { api, source } = harness;
  api.replacePods([runningPod('a', 'uid-a', 'a-2'), runningPod('web-0', 'uid-web-0-again', 'web-0-2')]);
  // Otherwise the next watch would receive them.
  api.sendBookmarks();
  await harness.advanceUntilInSync(MAX_RELIST_INTERVAL_MS);
  assert.equal(source.status.restarts.get('periodic'), 1);
  assert.equal(api.count('list'), 2);
});

test('a relist requested by a scrape applies changes that the watch missed', async (context) => {
  const harness = await SourceHarness.watching(context);
  const { api, source } = harness;
  api.replacePods([runningPod('c', 'uid-c', 'c-1')]);
  source.requestRelist(['uid-c']);
  await harness.untilIdle();
  harness.assertInSync();
  assert.equal(api.requests.length, 4);
});

test('unmatched cgroups request relists with an increasing interval', async (context) => {
  const harness = await SourceHarness.watching(context);
  const { api, source } = harness;
  const scrape = 15_000;
  for (let passed = 0; passed < HOUR_MS; passed += scrape) {
    source.requestRelist(['uid-without-pod']);
    await harness.advance(scrape);
  }
  let maxRelists = 0;
  for (
    let at = 0, interval = MIN_REQUESTED_RELIST_INTERVAL_MS;
    at < HOUR_MS;
    at += interval, interval = Math.min(interval * 2, MAX_REQUESTED_RELIST_INTERVAL_MS)
  ) {
    maxRelists++;
  }
  const requested = source.status.restarts.get('requested') ?? 0;
  assert.ok(requested > 1 && requested <= maxRelists, `${requested} of ${maxRelists}`);
  assert.ok(api.count('list') <= 1 + maxRelists + HOUR_MS / MIN_RELIST_INTERVAL_MS);
});

test('an hour without faults costs no more requests than documented', async (context) => {
  const harness = await SourceHarness.watching(context);
  const { api } = harness;
  await harness.advance(HOUR_MS);
  assert.ok(api.count('list') <= 1 + HOUR_MS / MIN_RELIST_INTERVAL_MS, `${api.count('list')} lists`);
  // A watch ends after at least four minutes, and with each list.
  assert.ok(api.count('watch') <= api.count('list') + HOUR_MS / 240_000, `${api.count('watch')} watches`);
  assert.equal(harness.log.lines.length, 1);
});
