import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { Backoff } from '../../../src/cluster/backoff.ts';

test('waits lie below a bound that doubles from 1 s to 60 s and begins anew after a success', () => {
  const backoff = new Backoff(() => 0.5);
  const waits = Array.from({ length: 8 }, () => backoff.next());
  assert.deepEqual(waits, [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
  backoff.reset();
  assert.equal(backoff.next(), 500);
});

test('the whole range from nothing to the bound is used', () => {
  assert.equal(new Backoff(() => 0).next(), 0);
  assert.equal(new Backoff(() => 0.999).next(), 999);
});
