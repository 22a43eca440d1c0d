import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { Backoff } from '../../../src/cluster/backoff.ts';

test('delays stay below a bound that doubles from 1 s to 60 s and resets after a success', () => {
  const backoff = new Backoff(() => 0.5);
  const delays = Array.from({ length: 8 }, () => backoff.nextDelayMs());
  assert.deepEqual(delays, [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
  backoff.reset();
  assert.equal(backoff.nextDelayMs(), 500);
});

test('delays cover the whole range from 0 to the bound', () => {
  assert.equal(new Backoff(() => 0).nextDelayMs(), 0);
  assert.equal(new Backoff(() => 0.999).nextDelayMs(), 999);
});
