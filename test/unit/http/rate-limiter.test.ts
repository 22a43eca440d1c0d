import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { RateLimiter } from '../../../src/http/rate-limiter.ts';

/** How many of 10 requests at each of these milliseconds are allowed. */
function allowed(intervalMs: number, burst: number, times: readonly number[]): readonly number[] {
  let now = 1e9;
  const limiter = new RateLimiter({ intervalMs, burst }, () => now);
  return times.map((time) => {
    now = 1e9 + time;
    return Array.from({ length: 10 }, () => limiter.allow()).filter(Boolean).length;
  });
}

describe('RateLimiter', () => {
  test('allows a burst at first and one request per interval after it', () => {
    assert.deepEqual(allowed(1000, 3, [0, 999, 1000, 1999, 2000]), [3, 0, 1, 0, 1]);
  });

  test('collects at most a burst', () => assert.deepEqual(allowed(1000, 3, [0, 60_000]), [3, 3]));

  test('without a burst allows no request', () => assert.deepEqual(allowed(1000, 0, [0, 60_000]), [0, 0]));

  test('counts a fraction of an interval', () => assert.deepEqual(allowed(1000, 1, [0, 600, 1200]), [1, 0, 1]));
});
