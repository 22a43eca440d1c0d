import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { RelistLimiter } from '../../../../src/pods/sources/relist-limiter.ts';

test('the first request is allowed at once, then one per 30 s for all cgroups', () => {
  const requests = new RelistLimiter(30_000);
  assert.equal(requests.allow(['a'], 0), true);
  assert.equal(requests.allow(['b'], 29_999), false);
  assert.equal(requests.allow(['b'], 30_000), true);
});

test('a request without unmatched cgroups is denied', () => {
  assert.equal(new RelistLimiter(30_000).allow([], 0), false);
});

test('the interval for the same cgroup doubles up to ten minutes', () => {
  const requests = new RelistLimiter(30_000);
  const granted: number[] = [];
  for (let second = 0; second <= 3000; second += 5) {
    if (requests.allow(['a', 'b'], second * 1000)) granted.push(second);
  }
  assert.deepEqual(granted, [0, 30, 90, 210, 450, 930, 1530, 2130, 2730]);
});

test('a new cgroup is not delayed by the backoff of another', () => {
  const requests = new RelistLimiter(30_000);
  for (let second = 0; second <= 1000; second += 5) requests.allow(['a'], second * 1000);
  assert.equal(requests.allow(['a'], 1_005_000), false);
  assert.equal(requests.allow(['a', 'b'], 1_010_000), true);
});

test('the backoff of a cgroup resets when it is matched', () => {
  const requests = new RelistLimiter(30_000);
  for (let second = 0; second <= 1000; second += 5) requests.allow(['a'], second * 1000);
  requests.allow([], 1_005_000);
  assert.equal(requests.allow(['a'], 1_010_000), true);
});
