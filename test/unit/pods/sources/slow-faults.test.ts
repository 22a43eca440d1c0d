import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { drip, flood } from '../../../support/api-faults.ts';
import { largePod } from '../../../support/large-pod.ts';
import { ObservedApi, runningPod } from './observed-api.ts';
import { FIRST_WAIT, HOUR, LIST_LONGEST, LONGEST_WAIT, mostRequestsInAnHour } from './stated-times.ts';

/** Connections are made in memory here: a byte that was sent has arrived after a turn of the event loop. */

test('a list that drips but comes is taken', async (context) => {
  const observed = await ObservedApi.watching(context, { inMemory: true });
  const { api, serverClock } = observed;
  api.failNext(
    'list',
    drip((next) => serverClock.after(50, next)),
  );
  api.failWatches(410);
  observed.change();
  await observed.passUntilRight(FIRST_WAIT + LIST_LONGEST);
  await observed.rest();
  assert.equal(api.requests.length, 4);
});

test('a list that drips without end is given up, changes nothing, and is asked for again', async (context) => {
  const observed = await ObservedApi.watching(context, { inMemory: true });
  const { api, source, serverClock } = observed;
  api.failNext(
    'list',
    drip((next) => serverClock.after(10_000, next)),
  );
  api.failWatches(410);
  observed.change();
  const { generation } = source.index;
  await observed.pass(LIST_LONGEST);
  assert.equal(source.index.generation, generation);
  await observed.passUntilRight(FIRST_WAIT + 2 * FIRST_WAIT);
  assert.equal(source.status.restarts.get('overdue'), 1);
  await observed.rest();
  assert.equal(api.requests.length, 5);
});

test('lists that drip for an hour are no storm', async (context) => {
  const observed = await ObservedApi.watching(context, { inMemory: true });
  const { api, serverClock } = observed;
  api.failAll(
    'list',
    drip((next) => serverClock.after(29_000, next)),
  );
  api.failWatches(410);
  observed.change();
  const before = api.requests.length;
  await observed.pass(HOUR);
  assert.ok(api.requests.length - before <= mostRequestsInAnHour(1));
  api.recover();
  await observed.passUntilRight(LIST_LONGEST + LONGEST_WAIT);
});

test('an event that drips is taken when it is complete', async (context) => {
  const observed = await ObservedApi.watching(context, { inMemory: true });
  const { api, source, clock } = observed;
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

test('a list of 30 MB from a server that ignores the selector is filtered, and said once', async (context) => {
  const observed = await ObservedApi.watching(context);
  const { api, source, log } = observed;
  const sizes = { pods: 1500, bytes: 20_000 };
  let made = 0;
  function* pods(): Generator<object> {
    for (; made < sizes.pods; made++) yield largePod(made, 'node2', sizes.bytes);
  }
  api.failNext('list', flood(pods));
  api.failWatches(410);
  observed.change();
  await observed.passUntilRight(FIRST_WAIT);
  await observed.rest();
  assert.equal(made, sizes.pods);
  assert.ok(source.index.otherNodePods >= sizes.pods);
  assert.equal(api.requests.length, 4);
  assert.deepEqual(log.matching('warn the API server lists'), [
    'warn the API server lists what was not asked for, it is passed over {"cause":"pods of other nodes"}',
  ]);
});
