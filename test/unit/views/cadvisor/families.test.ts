import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { REPEATED_ROWS, sharedRows } from '../../../../src/metrics/cadvisor/collectors.ts';
import { cadvisorFamilies } from '../../../../src/views/cadvisor/families.ts';

test('sandboxes are read for exactly the shared rows of which families are made', () => {
  const shared = new Set<string>(sharedRows.map(({ name }) => name));
  const used = cadvisorFamilies.flatMap(({ from }) => from.flatMap(({ row }) => row ?? []));
  assert.deepEqual(new Set(used.filter((row) => shared.has(row))), REPEATED_ROWS);
});

test('every family has a name of its own', () => {
  const names = cadvisorFamilies.map(({ name }) => name);
  assert.deepEqual([...new Set(names)], names);
});
