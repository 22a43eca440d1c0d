import { strict as assert } from 'node:assert';
import { describe, mock, test, type TestContext } from 'node:test';
import { equals, GIVE_UP_MS, orGiveUp, until } from '../../support/until.ts';

/** The message with which `event` is rejected once the longest wait is over. */
async function giveUpMessage(t: TestContext, event: () => Promise<unknown>): Promise<string> {
  mock.timers.enable({ apis: ['setTimeout'] });
  t.after(() => mock.timers.reset());
  const rejected = event().then(
    () => 'it was not rejected',
    (error: unknown) => String(error),
  );
  // The first observation.
  await new Promise((resolve) => setImmediate(resolve));
  mock.timers.tick(GIVE_UP_MS);
  return rejected;
}

describe('a wait', () => {
  test('ends with the first accepted observation', async () => {
    const observations = [1, 2, 3, 4];
    assert.equal(await until('three', () => observations.shift(), equals(3)), 3);
    assert.deepEqual(observations, [4]);
  });

  test('ends with the error of an observation', async () => {
    const observe = (): boolean => assert.fail('the program exited');
    await assert.rejects(until('a line', observe), /the program exited/);
  });

  test('that is given up names the event and shows the last observation', async (t) => {
    const message = await giveUpMessage(t, () => until('two pods', () => ['web'], equals(['web', 'db'])));
    assert.equal(message, "Error: gave up after 300 s waiting for two pods; observed instead: [ 'web' ]");
  });

  test('is given up even if an observation does not end', async (t) => {
    const message = await giveUpMessage(t, () => until('a response', () => new Promise(() => {})));
    assert.equal(message, 'Error: gave up after 300 s waiting for a response; observed instead: undefined');
  });

  test('for an event shows what can be observed when it is given up', async (t) => {
    const message = await giveUpMessage(t, () => orGiveUp('the exit', new Promise(() => {}), () => 'level=info'));
    assert.equal(message, 'Error: gave up after 300 s waiting for the exit; observed instead: level=info');
  });
});
