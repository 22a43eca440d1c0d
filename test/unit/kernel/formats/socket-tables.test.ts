import { strict as assert } from 'node:assert';
import { describe, test } from 'node:test';
import { perCpuTableParser, socketStatesParser } from '../../../../src/kernel/formats/socket-tables.ts';
import { numbersIn } from './parsing.ts';

/** A line of net/tcp. */
function socket(number: number, state: string): string {
  const remote = `0100007F:A0${number % 10}0`;
  return `${String(number).padStart(4)}: 0100007F:0CEA ${remote} ${state} 00000000:00000000 00:00000000 00000000     0\n`;
}

describe('net/tcp', () => {
  const parse = numbersIn(socketStatesParser, ['01', '0A', '06']);
  const HEAD = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';

  test('sockets are counted by state', () => {
    const content = HEAD + ['0A', '01', '01', '08'].map((state, number) => socket(number, state)).join('');
    assert.deepEqual(parse(content), { values: { '01': 2, '0A': 1, '06': 0 }, fault: undefined });
  });

  test('more sockets than the column for their number is wide', () => {
    const content = `${HEAD}99999${socket(0, '01').trimStart()}${socket(12_345, '0A')}`;
    assert.deepEqual(parse(content).values, { '01': 1, '0A': 1, '06': 0 });
  });

  test('addresses of IPv6', () => {
    const address = '0000000000000000FFFF00000100007F:1F90';
    assert.deepEqual(parse(`${HEAD}   0: ${address} ${address} 06 00000000:00000000\n`).values, {
      '01': 0,
      '0A': 0,
      '06': 1,
    });
  });

  test('no socket is a zero of every state', () => {
    assert.deepEqual(parse(HEAD), { values: { '01': 0, '0A': 0, '06': 0 }, fault: undefined });
  });

  test('an empty file says nothing, not even zero', () => {
    assert.deepEqual(parse(''), { values: {}, fault: 'empty' });
  });

  test('a count of what was not cut off would be wrong', () => {
    const content = HEAD + socket(0, '01') + socket(1, '01');
    assert.deepEqual(parse(content.slice(0, -1)), { values: {}, fault: 'truncated' });
    assert.deepEqual(parse(HEAD.slice(0, -1)), { values: {}, fault: 'truncated' });
  });

  test('a line without a state is none', () => {
    assert.deepEqual(parse(`${HEAD}\n   0:\n   1: 0100007F:0CEA 0100007F:0000\n`).values, {
      '01': 0,
      '0A': 0,
      '06': 0,
    });
  });
});

describe('net/stat/nf_conntrack', () => {
  const parse = numbersIn(perCpuTableParser, ['entries', 'found', 'drop', 'new_one']);
  const HEAD = 'entries  searched found new invalid drop\n';

  test('hexadecimal counters of all CPUs are added, the number of entries is that of any', () => {
    const content = `${HEAD}0000001a  00000000 0000000f 00000000 00000000 00000001\n0000001a  00000000 00000001 00000000 00000000 00000002\n`;
    assert.deepEqual(parse(content), { values: { entries: 26, found: 16, drop: 3 }, fault: undefined });
  });

  test('the columns are told by the first line', () => {
    assert.deepEqual(parse('drop found entries\n01 02 03\n10 20 03\n').values, { drop: 17, found: 34, entries: 3 });
  });

  test('numbers are the same at every reading', () => {
    const content = `${HEAD}2 0 5 0 0 1\n`;
    assert.deepEqual(parse(content), parse(content));
  });

  test('no line of a CPU, no number', () => assert.deepEqual(parse(HEAD), { values: {}, fault: undefined }));

  test('an empty file', () => assert.deepEqual(parse(''), { values: {}, fault: 'empty' }));

  test('a sum without the CPUs that were cut off would be wrong', () => {
    assert.deepEqual(parse(`${HEAD}2 0 5 0 0 1\n2 0 5 0`), { values: {}, fault: 'truncated' });
  });

  test('a word for a number is malformed and no number', () => {
    const { values, fault } = parse(`${HEAD}2 0 zz 0 0 1\n`);
    assert.equal(values['found'], undefined);
    assert.equal(values['drop'], 1);
    assert.equal(fault, 'malformed');
  });

  test('what is longer than its column is not understood by halves', () => {
    assert.deepEqual(parse(`${HEAD}2 0 5zz 0 0 1\n`).values['found'], undefined);
  });
});
