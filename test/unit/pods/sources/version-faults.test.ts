import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { SourceHarness, runningPod } from './source-harness.ts';
import {
  INITIAL_DELAY_MS,
  HOUR_MS,
  MAX_DELAY_MS,
  maxRequestsPerHour,
  MAX_RELIST_INTERVAL_MS,
} from './documented-delays.ts';

/** API servers with stale watch caches. */

/** Retry-After of a server that has not reached the requested resource version. */
const RETRY_AFTER = 1000;

/** Asserts that the state of the pod `a` never goes back. */
function containerOf({ source }: SourceHarness): string | undefined {
  return source.index.find('uid-a')?.containers[0]?.id;
}

test('the watch completes a first list from a stale cache', async (context) => {
  const harness = await SourceHarness.open(context, { replicas: 2 });
  const { api, source } = harness;
  api.replicas[0]?.hold();
  harness.mutatePods();
  await source.start();
  await harness.untilIdle();
  harness.assertInSync();
  assert.equal(api.requests.length, 2);
});

test('a watch from a stale cache misses no event and restores no old state', async (context) => {
  const harness = await SourceHarness.open(context, { replicas: 2 });
  const { api, source } = harness;
  const [, behind] = api.replicas;
  behind?.hold();
  harness.mutatePods();
  await source.start();
  await harness.untilIdle();
  harness.assertInSync();
  api.setPod(runningPod('d', 'uid-d', 'd-1'));
  await harness.untilIdle();
  assert.equal(source.index.find('uid-d'), undefined);
  behind?.release();
  await harness.untilIdle();
  harness.assertInSync();
  assert.equal(api.requests.length, 2);
});

test('a list older than the last seen resource version is rejected', async (context) => {
  // The first request is the list, the second the watch, the third the list under test.
  const harness = await SourceHarness.watching(context, { replicas: 3 });
  const { api } = harness;
  const [, , behind] = api.replicas;
  behind?.hold();
  harness.mutatePods();
  await harness.untilIdle();
  harness.assertInSync();
  api.setPod(runningPod('a', 'uid-a', 'a-3'));
  await harness.untilIdle();
  api.failWatches(400);
  // One delay after the failed watch, one after the stale list.
  for (let passed = 0; api.requests.length < 5; passed += INITIAL_DELAY_MS / 10) {
    assert.ok(passed < INITIAL_DELAY_MS + 2 * INITIAL_DELAY_MS + RETRY_AFTER);
    await harness.advance(INITIAL_DELAY_MS / 10);
    assert.equal(containerOf(harness), 'a-3');
  }
  harness.assertInSync();
  assert.deepEqual(
    api.requests.slice(2).map(({ kind, response }) => [kind, response.statusCode]),
    [
      ['list', 504],
      ['list', 200],
      ['watch', 200],
    ],
  );
});

test('if all caches are stale, the most recent state is requested after three lists', async (context) => {
  const harness = await SourceHarness.watching(context);
  const { api } = harness;
  const [server] = api.replicas;
  harness.mutatePods();
  await harness.untilIdle();
  const seen = api.history.version;
  server?.hold();
  api.setPod(runningPod('d', 'uid-d', 'd-1'));
  // The resource version that a bookmark of an up-to-date server would have.
  const [watch] = api.watches;
  watch?.bookmark(seen + 1);
  watch?.fail(400);
  await harness.advanceUntilInSync((1 + 2 + 4 + 8) * INITIAL_DELAY_MS + 3 * RETRY_AFTER);
  assert.deepEqual(
    api.requests.slice(2, 6).map(({ kind, resourceVersion }) => [kind, resourceVersion]),
    [
      ['list', seen + 1],
      ['list', seen + 1],
      ['list', seen + 1],
      ['list', undefined],
    ],
  );
});

test('the watch resumes while lists fail with a too large resource version', async (context) => {
  const harness = await SourceHarness.watching(context);
  const { api, source } = harness;
  harness.mutatePods();
  await harness.untilIdle();
  const [server] = api.replicas;
  server?.hold();
  api.setPod(runningPod('a', 'uid-a', 'a-3'));
  const [watch] = api.watches;
  watch?.bookmark(api.history.version);
  await harness.untilIdle();
  source.requestRelist(['uid-x']);
  await harness.advance(INITIAL_DELAY_MS + RETRY_AFTER);
  assert.equal(api.openWatches, 1);
  server?.release();
  api.setPod(runningPod('a', 'uid-a', 'a-4'));
  await harness.untilIdle();
  assert.equal(containerOf(harness), 'a-4');
});

test('after 410 a list from any cache is accepted and the watch resumes from it', async (context) => {
  const harness = await SourceHarness.watching(context);
  const { api } = harness;
  harness.mutatePods();
  await harness.untilIdle();
  api.endWatches();
  api.deletePod('uid-c');
  api.compact();
  await harness.advanceUntilInSync(INITIAL_DELAY_MS + 2 * INITIAL_DELAY_MS);
  await harness.untilIdle();
  assert.deepEqual(
    api.requests.slice(2).map(({ kind, resourceVersion }) => [kind, resourceVersion === 0]),
    [
      ['watch', false],
      ['list', true],
      ['watch', false],
    ],
  );
});

test('a server whose list is already expired for its watch is retried with backoff until its cache is current', async (context) => {
  const harness = await SourceHarness.watching(context);
  const { api } = harness;
  const [server] = api.replicas;
  server?.hold();
  harness.mutatePods();
  api.compact();
  api.endWatches();
  const before = api.requests.length;
  await harness.advance(HOUR_MS);
  const requests = api.requests.length - before;
  context.diagnostic(`${requests} requests`);
  assert.ok(requests <= maxRequestsPerHour(2), `${requests} requests`);
  assert.equal(containerOf(harness), 'a-1');
  server?.release();
  await harness.advanceUntilInSync(MAX_DELAY_MS);
});

test('a watch on a stale cache misses events only until the next periodic relist', async (context) => {
  const harness = await SourceHarness.watching(context, { replicas: 2 });
  const { api } = harness;
  api.replicas[1]?.hold();
  harness.mutatePods();
  await harness.advanceUntilInSync(MAX_RELIST_INTERVAL_MS + (1 + 2 + 4) * INITIAL_DELAY_MS);
});
