import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { RelistLimiter } from '../../../../src/pods/sources/relist-limiter.ts';

test('the first request is granted at once, and one in 30 s, whoever asks', () => {
  const requests = new RelistLimiter(30_000);
  assert.equal(requests.allow(['a'], 0), true);
  assert.equal(requests.allow(['b'], 29_999), false);
  assert.equal(requests.allow(['b'], 30_000), true);
});

test('without anything unknown nothing is granted', () => {
  assert.equal(new RelistLimiter(30_000).allow([], 0), false);
});

test('the same cgroup is granted a list ever more rarely, down to one in ten minutes', () => {
  const requests = new RelistLimiter(30_000);
  const granted: number[] = [];
  for (let second = 0; second <= 3000; second += 5) {
    if (requests.allow(['a', 'b'], second * 1000)) granted.push(second);
  }
  assert.deepEqual(granted, [0, 30, 90, 210, 450, 930, 1530, 2130, 2730]);
});

test('another cgroup need not wait for that', () => {
  const requests = new RelistLimiter(30_000);
  for (let second = 0; second <= 1000; second += 5) requests.allow(['a'], second * 1000);
  assert.equal(requests.allow(['a'], 1_005_000), false);
  assert.equal(requests.allow(['a', 'b'], 1_010_000), true);
});

test('a cgroup that was known in between asks like a new one', () => {
  const requests = new RelistLimiter(30_000);
  for (let second = 0; second <= 1000; second += 5) requests.allow(['a'], second * 1000);
  requests.allow([], 1_005_000);
  assert.equal(requests.allow(['a'], 1_010_000), true);
});
