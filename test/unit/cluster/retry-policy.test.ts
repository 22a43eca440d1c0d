import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { ApiFailure, httpFailure } from '../../../src/cluster/failure.ts';
import { RetryPolicy } from '../../../src/cluster/retry-policy.ts';

test('the delay grows with consecutive failures and resets after a success', () => {
  const policy = new RetryPolicy(() => 0.5);
  const failure = new ApiFailure('x', 'x');
  assert.deepEqual(
    [policy.nextDelayMs(failure), policy.nextDelayMs(failure), policy.nextDelayMs(failure)],
    [500, 1000, 2000],
  );
  policy.reset();
  assert.equal(policy.nextDelayMs(failure), 500);
});

test('Retry-After is added to the delay, up to 60 s', () => {
  assert.equal(new RetryPolicy(() => 0.5).nextDelayMs(httpFailure(429, 17)), 17_500);
  assert.equal(new RetryPolicy(() => 0.5).nextDelayMs(httpFailure(503, 86_400)), 60_500);
});

test('401 and 403 delay the retry by 30 to 60 s', () => {
  assert.equal(new RetryPolicy(() => 0).nextDelayMs(httpFailure(401)), 30_000);
  assert.equal(new RetryPolicy(() => 0.999).nextDelayMs(httpFailure(403, 5)), 59_970);
});
