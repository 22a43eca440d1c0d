import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { RelistRequests } from '../../../../src/pods/sources/relist-requests.ts';

test('the first request is granted at once, and one in 30 s, whoever asks', () => {
  const requests = new RelistRequests(30_000);
  assert.equal(requests.grant(['a'], 0), true);
  assert.equal(requests.grant(['b'], 29_999), false);
  assert.equal(requests.grant(['b'], 30_000), true);
});

test('without anything unknown nothing is granted', () => {
  assert.equal(new RelistRequests(30_000).grant([], 0), false);
});

test('the same cgroup is granted a list ever more rarely, down to one in ten minutes', () => {
  const requests = new RelistRequests(30_000);
  const granted: number[] = [];
  for (let second = 0; second <= 3000; second += 5) {
    if (requests.grant(['a', 'b'], second * 1000)) granted.push(second);
  }
  assert.deepEqual(granted, [0, 30, 90, 210, 450, 930, 1530, 2130, 2730]);
});

test('another cgroup need not wait for that', () => {
  const requests = new RelistRequests(30_000);
  for (let second = 0; second <= 1000; second += 5) requests.grant(['a'], second * 1000);
  assert.equal(requests.grant(['a'], 1_005_000), false);
  assert.equal(requests.grant(['a', 'b'], 1_010_000), true);
});

test('a cgroup that was known in between asks like a new one', () => {
  const requests = new RelistRequests(30_000);
  for (let second = 0; second <= 1000; second += 5) requests.grant(['a'], second * 1000);
  requests.grant([], 1_005_000);
  assert.equal(requests.grant(['a'], 1_010_000), true);
});
