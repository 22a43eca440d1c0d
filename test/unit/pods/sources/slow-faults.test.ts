import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { drip, flood } from '../../../support/api-faults.ts';
import { largePod } from '../../../support/large-pod.ts';
import { SourceHarness, runningPod } from './source-harness.ts';
import { INITIAL_DELAY_MS, HOUR_MS, LIST_TIMEOUT_MS, MAX_DELAY_MS, maxRequestsPerHour } from './documented-delays.ts';

/** Connections are in memory: a sent byte arrives in the next turn of the event loop. */

test('a slow list that completes before the deadline replaces the index', async (context) => {
  const harness = await SourceHarness.watching(context, { inMemory: true });
  const { api, serverClock } = harness;
  api.failNext(
    'list',
    drip((next) => serverClock.after(50, next)),
  );
  api.failWatches(410);
  harness.mutatePods();
  await harness.advanceUntilInSync(INITIAL_DELAY_MS + LIST_TIMEOUT_MS);
  await harness.untilIdle();
  assert.equal(api.requests.length, 4);
});

test('a list that exceeds the deadline is aborted, leaves the index unchanged and is retried', async (context) => {
  const harness = await SourceHarness.watching(context, { inMemory: true });
  const { api, source, serverClock } = harness;
  api.failNext(
    'list',
    drip((next) => serverClock.after(10_000, next)),
  );
  api.failWatches(410);
  harness.mutatePods();
  const { generation } = source.index;
  await harness.advance(LIST_TIMEOUT_MS);
  assert.equal(source.index.generation, generation);
  await harness.advanceUntilInSync(INITIAL_DELAY_MS + 2 * INITIAL_DELAY_MS);
  assert.equal(source.status.restarts.get('overdue'), 1);
  await harness.untilIdle();
  assert.equal(api.requests.length, 5);
});

test('an hour of slow lists stays within the request limit', async (context) => {
  const harness = await SourceHarness.watching(context, { inMemory: true });
  const { api, serverClock } = harness;
  api.failAll(
    'list',
    drip((next) => serverClock.after(29_000, next)),
  );
  api.failWatches(410);
  harness.mutatePods();
  const before = api.requests.length;
  await harness.advance(HOUR_MS);
  assert.ok(api.requests.length - before <= maxRequestsPerHour(1));
  api.recover();
  await harness.advanceUntilInSync(LIST_TIMEOUT_MS + MAX_DELAY_MS);
});

test('a slowly received event applies when it is complete', async (context) => {
  const harness = await SourceHarness.watching(context, { inMemory: true });
  const { api, source, clock } = harness;
  const { response } = api.requests.at(-1) ?? assert.fail('no watch');
  const pod = runningPod('c', 'uid-c', 'c-1');
  const metadata = { ...pod.metadata, resourceVersion: String(api.history.version + 1) };
  const event = { type: 'ADDED', object: { ...pod, metadata } };
  const bytes = Buffer.from(`${JSON.stringify(event)}\n`);
  assert.ok(bytes.length > 200);
  for (const byte of bytes) {
    assert.equal(source.index.find('uid-c'), undefined);
    clock.advance(500);
    response.write(Buffer.from([byte]));
    await turn();
  }
  assert.equal(source.index.find('uid-c')?.containers[0]?.id, 'c-1');
  assert.equal(api.requests.length, 2);
});

test('a 30 MB list from a server that ignores the selector is filtered and logged once', async (context) => {
  const harness = await SourceHarness.watching(context);
  const { api, source, log } = harness;
  const sizes = { pods: 1500, bytes: 20_000 };
  let made = 0;
  function* pods(): Generator<object> {
    for (; made < sizes.pods; made++) yield largePod(made, 'node2', sizes.bytes);
  }
  api.failNext('list', flood(pods));
  api.failWatches(410);
  harness.mutatePods();
  await harness.advanceUntilInSync(INITIAL_DELAY_MS);
  await harness.untilIdle();
  assert.equal(made, sizes.pods);
  assert.ok(source.index.otherNodePods >= sizes.pods);
  assert.equal(api.requests.length, 4);
  assert.deepEqual(log.matching('warn skipping'), [
    'warn skipping unexpected objects in the pod list {"cause":"pods of other nodes"}',
  ]);
});
