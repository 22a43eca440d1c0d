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

  test('more sockets than fit the width of the index column', () => {
    const content = `${HEAD}99999${socket(0, '01').trimStart()}${socket(12_345, '0A')}`;
    assert.deepEqual(parse(content).values, { '01': 1, '0A': 1, '06': 0 });
  });

  test('IPv6 addresses', () => {
    const address = '0000000000000000FFFF00000100007F:1F90';
    assert.deepEqual(parse(`${HEAD}   0: ${address} ${address} 06 00000000:00000000\n`).values, {
      '01': 0,
      '0A': 0,
      '06': 1,
    });
  });

  test('no socket yields zero for every state', () => {
    assert.deepEqual(parse(HEAD), { values: { '01': 0, '0A': 0, '06': 0 }, fault: undefined });
  });

  test('an empty file yields no number, not even zero', () => {
    assert.deepEqual(parse(''), { values: {}, fault: 'empty' });
  });

  test('a truncated file yields no count', () => {
    const content = HEAD + socket(0, '01') + socket(1, '01');
    assert.deepEqual(parse(content.slice(0, -1)), { values: {}, fault: 'truncated' });
    assert.deepEqual(parse(HEAD.slice(0, -1)), { values: {}, fault: 'truncated' });
  });

  const STATELESS = [
    '\n',
    '   0:\n',
    '   1: 0100007F:0CEA 0100007F:0000\n',
    socket(1, '1'),
    socket(1, '0Ax'),
    socket(1, '0a'),
  ];
  for (const line of STATELESS) {
    test(`no state is counted beside the malformed line ${JSON.stringify(line)}`, () => {
      assert.deepEqual(parse(HEAD + socket(0, '0A') + line), { values: {}, fault: 'malformed' });
    });
  }
});

describe('net/stat/nf_conntrack', () => {
  const parse = numbersIn(perCpuTableParser, ['entries', 'found', 'drop', 'new_one']);
  const HEAD = 'entries  searched found new invalid drop\n';

  test('hexadecimal counters are summed over CPUs, entries is taken from one line', () => {
    const content = `${HEAD}0000001a  00000000 0000000f 00000000 00000000 00000001\n0000001a  00000000 00000001 00000000 00000000 00000002\n`;
    assert.deepEqual(parse(content), { values: { entries: 26, found: 16, drop: 3 }, fault: undefined });
  });

  test('columns are found by the header line', () => {
    assert.deepEqual(parse('drop found entries\n01 02 03\n10 20 03\n').values, { drop: 17, found: 34, entries: 3 });
  });

  test('repeated parsing yields the same numbers', () => {
    const content = `${HEAD}2 0 5 0 0 1\n`;
    assert.deepEqual(parse(content), parse(content));
  });

  test('a header alone yields no number', () => assert.deepEqual(parse(HEAD), { values: {}, fault: undefined }));

  test('an empty file', () => assert.deepEqual(parse(''), { values: {}, fault: 'empty' }));

  test('a truncated file yields no sum', () => {
    assert.deepEqual(parse(`${HEAD}2 0 5 0 0 1\n2 0 5 0`), { values: {}, fault: 'truncated' });
  });

  test('a word instead of a number is malformed and yields no number', () => {
    const { values, fault } = parse(`${HEAD}2 0 zz 0 0 1\n`);
    assert.equal(values['found'], undefined);
    assert.equal(values['drop'], 1);
    assert.equal(fault, 'malformed');
  });

  test('a value wider than its column is malformed', () => {
    assert.deepEqual(parse(`${HEAD}2 0 5zz 0 0 1\n`).values['found'], undefined);
  });
});
