import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { MAX_CAUSES, REPEAT_INTERVAL_MS, RepeatLimit } from '../../../src/base/repeat-limit.ts';

/** A limit with a manual clock. */
function manual(): { readonly limit: RepeatLimit; readonly clock: { at: number } } {
  const clock = { at: 0 };
  return { limit: new RepeatLimit(() => clock.at), clock };
}

test('very many causes of one message end in silence with a count, and leave other messages alone', () => {
  const { limit, clock } = manual();
  let written = 0;
  for (let cause = 0; cause < 5000; cause++) if (limit.admit('flood', `cause ${cause}`) !== undefined) written++;
  assert.equal(written, MAX_CAUSES);
  assert.equal(limit.admit('flood', 'cause 0'), undefined);
  assert.equal(limit.admit('other', 'cause 0'), 0);
  clock.at += REPEAT_INTERVAL_MS;
  // All but those that were written, and the repetition.
  assert.equal(limit.admit('flood', 'new cause'), 5000 - MAX_CAUSES + 1);
  assert.equal(limit.admit('flood', 'newer cause'), 0);
});

test('a cause that is dropped to make room leaves its count', () => {
  const { limit, clock } = manual();
  limit.admit('flood', 'first');
  for (let repetition = 0; repetition < 7; repetition++) limit.admit('flood', 'first');
  for (let cause = 1; cause < MAX_CAUSES; cause++) limit.admit('flood', `cause ${cause}`);
  clock.at += REPEAT_INTERVAL_MS;
  assert.equal(limit.admit('flood', 'new cause'), 7);
  assert.equal(limit.admit('flood', 'first'), 0);
});

test('very many messages share one limit', () => {
  const { limit } = manual();
  let written = 0;
  for (let message = 0; message < 10_000; message++)
    if (limit.admit(`message ${message}`, 'x') !== undefined) written++;
  assert.ok(written < 1000, String(written));
});
