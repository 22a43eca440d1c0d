import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { ObservedApi, runningPod } from './observed-api.ts';
import { FIRST_WAIT, HOUR, LONGEST_WAIT, mostRequestsInAnHour, PERIOD_LONGEST } from './stated-times.ts';

/** Servers whose caches are of different age. */

/** Milliseconds that a server asks to be left alone for, when it has not reached a version. */
const RETRY_AFTER = 1000;

/** The newest state of the pod `a` that the index has had so far must not be followed by an older one. */
function containerOf({ source }: ObservedApi): string | undefined {
  return source.index.find('uid-a')?.containers[0]?.id;
}

test('a first list from a server that lags is completed by the watch', async (context) => {
  const observed = await ObservedApi.open(context, { replicas: 2 });
  const { api, source } = observed;
  api.replicas[0]?.hold();
  observed.change();
  await source.start();
  await observed.rest();
  observed.assertRight();
  assert.equal(api.requests.length, 2);
});

test('a watch from a server that lags loses nothing and brings nothing old', async (context) => {
  const observed = await ObservedApi.open(context, { replicas: 2 });
  const { api, source } = observed;
  const [, behind] = api.replicas;
  behind?.hold();
  observed.change();
  await source.start();
  await observed.rest();
  observed.assertRight();
  api.setPod(runningPod('d', 'uid-d', 'd-1'));
  await observed.rest();
  assert.equal(source.index.find('uid-d'), undefined);
  behind?.release();
  await observed.rest();
  observed.assertRight();
  assert.equal(api.requests.length, 2);
});

test('a list is not taken from a server that lags behind what was seen', async (context) => {
  // The list comes first, the watch second, the list that is to be looked at third.
  const observed = await ObservedApi.watching(context, { replicas: 3 });
  const { api } = observed;
  const [, , behind] = api.replicas;
  behind?.hold();
  observed.change();
  await observed.rest();
  observed.assertRight();
  api.setPod(runningPod('a', 'uid-a', 'a-3'));
  await observed.rest();
  api.failWatches(400);
  // One wait for the watch that failed, one for the server that lags.
  for (let passed = 0; api.requests.length < 5; passed += FIRST_WAIT / 10) {
    assert.ok(passed < FIRST_WAIT + 2 * FIRST_WAIT + RETRY_AFTER);
    await observed.pass(FIRST_WAIT / 10);
    assert.equal(containerOf(observed), 'a-3');
  }
  observed.assertRight();
  assert.deepEqual(
    api.requests.slice(2).map(({ kind, response }) => [kind, response.statusCode]),
    [
      ['list', 504],
      ['list', 200],
      ['watch', 200],
    ],
  );
});

test('where all servers lag behind what was seen, the latest is asked for after three lists', async (context) => {
  const observed = await ObservedApi.watching(context);
  const { api } = observed;
  const [server] = api.replicas;
  observed.change();
  await observed.rest();
  const seen = api.history.version;
  server?.hold();
  api.setPod(runningPod('d', 'uid-d', 'd-1'));
  // What a bookmark of a server that does not lag would have told.
  const [watch] = api.watches;
  watch?.bookmark(seen + 1);
  watch?.fail(400);
  await observed.passUntilRight((1 + 2 + 4 + 8) * FIRST_WAIT + 3 * RETRY_AFTER);
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

test('while a list is refused for its version, the watch goes on from there', async (context) => {
  const observed = await ObservedApi.watching(context);
  const { api, source } = observed;
  observed.change();
  await observed.rest();
  const [server] = api.replicas;
  server?.hold();
  api.setPod(runningPod('a', 'uid-a', 'a-3'));
  const [watch] = api.watches;
  watch?.bookmark(api.history.version);
  await observed.rest();
  source.requestRelist(['uid-x']);
  await observed.pass(FIRST_WAIT + RETRY_AFTER);
  assert.equal(api.openWatches, 1);
  server?.release();
  api.setPod(runningPod('a', 'uid-a', 'a-4'));
  await observed.rest();
  assert.equal(containerOf(observed), 'a-4');
});

test('an expired version is listed anew from any server, and the watch goes on from there', async (context) => {
  const observed = await ObservedApi.watching(context);
  const { api } = observed;
  observed.change();
  await observed.rest();
  api.endWatches();
  api.deletePod('uid-c');
  api.compact();
  await observed.passUntilRight(FIRST_WAIT + 2 * FIRST_WAIT);
  await observed.rest();
  assert.deepEqual(
    api.requests.slice(2).map(({ kind, resourceVersion }) => [kind, resourceVersion === 0]),
    [
      ['watch', false],
      ['list', true],
      ['watch', false],
    ],
  );
});

test('a server that lists what it no longer knows how to watch from is left alone, and right when it has caught up', async (context) => {
  const observed = await ObservedApi.watching(context);
  const { api } = observed;
  const [server] = api.replicas;
  server?.hold();
  observed.change();
  api.compact();
  api.endWatches();
  const before = api.requests.length;
  await observed.pass(HOUR);
  const requests = api.requests.length - before;
  context.diagnostic(`${requests} requests`);
  assert.ok(requests <= mostRequestsInAnHour(2), `${requests} requests`);
  assert.equal(containerOf(observed), 'a-1');
  server?.release();
  await observed.passUntilRight(LONGEST_WAIT);
});

test('a server whose watch has no news, while others have, is not waited for longer than until the next list', async (context) => {
  const observed = await ObservedApi.watching(context, { replicas: 2 });
  const { api } = observed;
  api.replicas[1]?.hold();
  observed.change();
  await observed.passUntilRight(PERIOD_LONGEST + (1 + 2 + 4) * FIRST_WAIT);
});
