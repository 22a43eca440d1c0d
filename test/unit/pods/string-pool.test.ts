import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { getHeapStatistics } from 'node:v8';
import { StringPool } from '../../../src/pods/string-pool.ts';

test('intern() returns an equal value', () => {
  const value = { a: 'x', b: [1, 'x', { c: undefined, d: 'y', e: true }], f: {} };
  assert.deepEqual(new StringPool().intern(value), value);
});

test('empty objects and arrays stay the same object', () => {
  const empty = Object.freeze({});
  assert.equal(new StringPool().intern({ empty }).empty, empty);
});

test('equal strings are stored once', () => {
  const pool = new StringPool();
  const before = getHeapStatistics().used_heap_size;
  const kept = Array.from({ length: 200 }, () => pool.intern([JSON.parse(`"${'x'.repeat(100_000)}"`) as string]));
  const grown = getHeapStatistics().used_heap_size - before;
  assert.equal(kept.length, 200);
  assert.ok(grown < 200 * 100_000, `${grown} bytes`);
});

test('the pool size is bounded', () => {
  const pool = new StringPool();
  for (let text = 0; text < 100_000; text++) pool.intern(`${text}`.padEnd(1000));
  assert.ok(getHeapStatistics().used_heap_size < 100_000 * 1000);
});
