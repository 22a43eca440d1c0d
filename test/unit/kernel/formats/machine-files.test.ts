import { strict as assert } from 'node:assert';
import { describe, test } from 'node:test';
import { meminfoParser, taskCountParser } from '../../../../src/kernel/formats/machine-files.ts';
import { numbersIn } from './parsing.ts';

describe('meminfo', () => {
  const parse = numbersIn(meminfoParser, ['MemTotal', 'SwapFree', 'HugePages_Total']);

  test('numbers are found by the name before the colon', () => {
    const content = 'MemTotal:        4021016 kB\nMemFree:         3352956 kB\nSwapFree:              0 kB\n';
    assert.deepEqual(parse(content), { values: { MemTotal: 4_021_016, SwapFree: 0 }, fault: undefined });
  });

  test('some numbers have no unit', () => {
    assert.deepEqual(parse('HugePages_Total:       3\n').values, { HugePages_Total: 3 });
  });

  test('names with a common prefix or suffix, or without a colon, do not match', () => {
    assert.deepEqual(parse('MemTotalX: 1 kB\nXMemTotal: 2 kB\nMemTotal 3 kB\n').values, {});
  });

  test('a malformed number affects no other number', () => {
    assert.deepEqual(parse('MemTotal: lots kB\nSwapFree: 5 kB\n'), { values: { SwapFree: 5 }, fault: 'malformed' });
    assert.deepEqual(parse('MemTotal:\nSwapFree: 5 kB\n'), { values: { SwapFree: 5 }, fault: 'malformed' });
  });

  test('a last line without a newline, and an empty file', () => {
    assert.deepEqual(parse('MemTotal: 7 kB\nSwapFree: 5'), { values: { MemTotal: 7 }, fault: 'truncated' });
    assert.deepEqual(parse(''), { values: {}, fault: 'empty' });
  });
});

describe('loadavg', () => {
  const parse = numbersIn(taskCountParser, ['0']);

  test('the number after the slash is the number of tasks', () => {
    assert.deepEqual(parse('2.12 3.25 2.46 3/468 2099\n'), { values: { '0': 468 }, fault: undefined });
  });

  for (const content of ['2.12 3.25 2.46\n', '2.12 3.25 2.46 3 2099\n', '2.12 3.25 2.46 3/ 2099\n', 'x\n', '\n']) {
    test(`${JSON.stringify(content)} is malformed`, () => {
      assert.deepEqual(parse(content), { values: {}, fault: 'malformed' });
    });
  }

  test('a line without a newline, and an empty file', () => {
    assert.deepEqual(parse('2.12 3.25 2.46 3/468 20'), { values: {}, fault: 'truncated' });
    assert.deepEqual(parse(''), { values: {}, fault: 'empty' });
  });
});
