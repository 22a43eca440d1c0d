import assert from 'node:assert/strict';
import { test } from 'node:test';
import { unixSeconds } from '../../../src/base/untrusted-json.ts';

test('unixSeconds reads times after 1970', () => {
  assert.equal(unixSeconds('2026-11-21T05:18:33Z'), 1795238313);
  assert.equal(unixSeconds('1970-01-01T00:00:01Z'), 1);
  assert.equal(unixSeconds('1970-01-01T01:00:00.5+01:00'), 0.5);
});

for (const time of [
  '0001-01-01T00:00:00Z',
  '1969-12-31T23:59:59Z',
  '1970-01-01T00:00:00Z',
  '1970-01-01T00:30:00+01:00',
]) {
  test(`${time} is no time`, () => assert.equal(unixSeconds(time), undefined));
}
