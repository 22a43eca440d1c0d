import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exportMetadata, MetadataBudget } from '../../../../src/pods/records/exported-metadata.ts';

const LIMITS = { maxKeys: 3, maxBytes: 100 };

test('exports the keys of the allow-list in its order', () => {
  assert.deepEqual(exportMetadata({ b: '1', a: '22', c: '3' }, ['a', 'missing', 'b'], LIMITS), {
    values: { a: '22', b: '1' },
    bytes: 5,
    skipped: 0,
  });
});

test('exports the first keys up to the maximum number and counts the others', () => {
  const { values, skipped } = exportMetadata({ a: '', b: '', c: '', d: '', e: '' }, ['*'], LIMITS);
  assert.deepEqual([Object.keys(values), skipped], [['a', 'b', 'c'], 2]);
});

test('skips a value that exceeds the maximum size in UTF-8, and exports a smaller one after it', () => {
  const { values, bytes, skipped } = exportMetadata({ a: 'é'.repeat(50), b: 'x' }, ['*'], LIMITS);
  assert.deepEqual([values, bytes, skipped], [{ b: 'x' }, 2, 1]);
});

test('exports a value of exactly the maximum size', () => {
  assert.equal(exportMetadata({ a: 'x'.repeat(99) }, ['*'], LIMITS).skipped, 0);
  assert.equal(exportMetadata({ a: 'x'.repeat(100) }, ['*'], LIMITS).skipped, 1);
});

test('values that are no strings count neither as exported nor as skipped', () => {
  assert.deepEqual(exportMetadata({ a: 1, b: { c: '' } }, ['*'], LIMITS), { values: {}, bytes: 0, skipped: 0 });
});

test('the budget of a pod is what the other pods leave, up to the maximum of a pod', () => {
  const budget = new MetadataBudget({ maxKeys: 3, maxBytes: 100, maxNodeBytes: 150 });
  assert.equal(budget.limitsFor('a').maxBytes, 100);
  budget.set('a', 100);
  assert.deepEqual([budget.limitsFor('a').maxBytes, budget.limitsFor('b').maxBytes], [100, 50]);
  budget.set('b', 50);
  assert.equal(budget.limitsFor('c').maxBytes, 0);
  budget.set('a', 20);
  assert.equal(budget.limitsFor('c').maxBytes, 80);
  budget.set('a', 0);
  budget.set('b', 0);
  assert.equal(budget.limitsFor('c').maxBytes, 100);
});
