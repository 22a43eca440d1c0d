import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { ApiFailure, statusFailure } from '../../../src/cluster/failure.ts';
import { Retries } from '../../../src/cluster/retries.ts';

test('failures in a row are waited for longer and longer, until all is well', () => {
  const retries = new Retries(() => 0.5);
  const failure = new ApiFailure('x', 'x');
  assert.deepEqual([retries.after(failure), retries.after(failure), retries.after(failure)], [500, 1000, 2000]);
  retries.reset();
  assert.equal(retries.after(failure), 500);
});

test('what a server asks for comes on top, up to a minute', () => {
  assert.equal(new Retries(() => 0.5).after(statusFailure(429, 17)), 17_500);
  assert.equal(new Retries(() => 0.5).after(statusFailure(503, 86_400)), 60_500);
});

test('who is not let in waits half a minute to a minute', () => {
  assert.equal(new Retries(() => 0).after(statusFailure(401)), 30_000);
  assert.equal(new Retries(() => 0.999).after(statusFailure(403, 5)), 59_970);
});
