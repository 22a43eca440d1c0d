import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { FileName } from '../../../src/kernel/file-table.ts';
import type { Collector, Source } from '../../../src/metrics/row.ts';
import { compilePlan } from '../../../src/plan/compile-plan.ts';

/** Of a type that the compiler does not check. */
const UNKNOWN = { file: 'memory.statistics' as FileName };

function collectorWith(v2: Source): Collector {
  const row = { name: 'x', type: 'gauge', help: 'X.', levels: ['container'], from: { v1: 'absent', v2 } } as const;
  return { name: 'test', about: 'Test.', enabled: true, cgroup: [row] };
}

describe('a file that the table does not have', () => {
  const KNOWN: Source = { file: 'memory.current' };
  const SOURCES: Readonly<Record<string, Source>> = {
    'is read alone': UNKNOWN,
    'is added': { ...KNOWN, plus: UNKNOWN },
    'is subtracted': { ...KNOWN, minus: UNKNOWN },
    'is the divisor': { ...KNOWN, per: UNKNOWN },
    'is the condition': { ...KNOWN, onlyIf: UNKNOWN },
  };
  for (const [what, source] of Object.entries(SOURCES)) {
    test(`fails the compilation where it ${what}`, () => {
      const compile = (): unknown => compilePlan([collectorWith(source)], { version: 'v2', pageSizes: [] });
      assert.throws(compile, /no kernel file memory\.statistics in src\/kernel\/file-table\.ts/);
    });
  }

  test('is ignored on the other version of cgroups', () => {
    assert.doesNotThrow(() => compilePlan([collectorWith(UNKNOWN)], { version: 'v1', pageSizes: [] }));
  });

  test('is the only reason for a failure', () => {
    assert.doesNotThrow(() => compilePlan([collectorWith(KNOWN)], { version: 'v2', pageSizes: [] }));
  });
});
