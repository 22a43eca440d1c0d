import { strict as assert } from 'node:assert';
import { describe, test } from 'node:test';
import { scrapeBudget } from '../../../src/http/scrape-budget.ts';

describe('scrapeBudget', () => {
  const CASES: Readonly<Record<string, number>> = {
    '10': 9.5,
    '5': 4.5,
    '1': 0.9,
    '0.5': 0.45,
    '60.5': 60,
    '61': 60,
    '1000': 60,
    '': 60,
    '0': 60,
    '-3': 60,
    soon: 60,
    NaN: 60,
    Infinity: 60,
    '10s': 60,
  };
  for (const [header, seconds] of Object.entries(CASES)) {
    test(`${JSON.stringify(header)} leaves ${seconds} s`, () =>
      assert.ok(Math.abs(scrapeBudget(header) - seconds) < 1e-9));
  }

  test('leaves time, however little there is', () => assert.ok(scrapeBudget('0.001') > 0));
});
