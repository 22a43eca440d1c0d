import { strict as assert } from 'node:assert';
import { describe, test } from 'node:test';
import {
  flatKeyedParser,
  lineCountParser,
  nestedKeyedParser,
  pairsParser,
  valuesParser,
  type Fault,
  type Parser,
  type KeySlot,
} from '../../../../src/kernel/formats/keyed.ts';
import { numbersIn } from './parsing.ts';

interface Case {
  readonly what: string;
  readonly content: string;
  readonly values: Readonly<Record<string, number>>;
  readonly fault?: Fault;
}

function check(make: (keys: readonly KeySlot[]) => Parser, keys: readonly string[], cases: readonly Case[]): void {
  for (const { what, content, values, fault } of cases) {
    test(what, () => assert.deepEqual(numbersIn(make, keys)(content), { values, fault }));
  }
}

describe('single values', () => {
  check(
    valuesParser,
    ['0', '1'],
    [
      { what: 'one number', content: '5\n', values: { 0: 5 } },
      { what: 'two numbers', content: '50000 100000\n', values: { 0: 50_000, 1: 100_000 } },
      { what: 'more numbers than requested', content: '1 2 3 4\n', values: { 0: 1, 1: 2 } },
      { what: 'no limit and a period', content: 'max 100000\n', values: { 0: Number.POSITIVE_INFINITY, 1: 100_000 } },
      { what: 'no limit on v1', content: '9223372036854771712\n', values: { 0: Number.POSITIVE_INFINITY } },
      { what: 'no quota on v1', content: '-1\n', values: { 0: Number.POSITIVE_INFINITY } },
      { what: 'zero', content: '0\n', values: { 0: 0 } },
      { what: 'an empty file', content: '', values: {}, fault: 'empty' },
      { what: 'an empty line', content: '\n', values: {}, fault: 'malformed' },
      { what: 'no newline', content: '12345', values: {}, fault: 'truncated' },
      { what: 'a word', content: 'lots\n', values: {}, fault: 'malformed' },
      { what: 'a word and a number', content: 'lots 7\n', values: { 1: 7 }, fault: 'malformed' },
    ],
  );

  test('a value that is not requested may be any text', () => {
    assert.deepEqual(numbersIn(valuesParser, ['1'])('default 7\n'), { values: { 1: 7 }, fault: undefined });
  });
});

describe('flat keyed', () => {
  check(
    flatKeyedParser,
    ['anon', 'file', 'pgfault'],
    [
      {
        what: 'keys in any order among others',
        content: 'pgfault 3\nfile_mapped 9\nfile 2\nanon 1\n',
        values: { anon: 1, file: 2, pgfault: 3 },
      },
      { what: 'an absent key', content: 'anon 1\npgfault 3\n', values: { anon: 1, pgfault: 3 } },
      { what: 'only unknown keys', content: 'a 1\nb x\n', values: {} },
      { what: 'an unknown key with odd text', content: 'hugetlb 2MB:3 1GB:0\nanon 1\n', values: { anon: 1 } },
      { what: 'a duplicate key: the last one is stored', content: 'anon 1\nanon 2\n', values: { anon: 2 } },
      { what: 'a key as the value of another', content: 'state anon\nanon 4\n', values: { anon: 4 } },
      { what: 'keys with a common prefix', content: 'anon_thp 8\nano 9\nfile_dirty 7\n', values: {} },
      {
        what: 'padding as in snmp6',
        content: 'anon                            \t17\nfile\t18\n',
        values: { anon: 17, file: 18 },
      },
      {
        what: 'no limit',
        content: 'anon max\nfile -1\n',
        values: { anon: Number.POSITIVE_INFINITY, file: Number.POSITIVE_INFINITY },
      },
      { what: 'empty lines', content: '\nanon 1\n\nfile 2\n', values: { anon: 1, file: 2 } },
      { what: 'an empty file', content: '', values: {}, fault: 'empty' },
      { what: 'a last line without a newline', content: 'anon 1\nfile 23', values: { anon: 1 }, fault: 'truncated' },
      { what: 'a last line that ends in its key', content: 'anon 1\nfile', values: { anon: 1 }, fault: 'truncated' },
      { what: 'a key without a value', content: 'anon\nfile 2\n', values: { file: 2 }, fault: 'malformed' },
      { what: 'a key with a space and no value', content: 'anon \nfile 2\n', values: { file: 2 }, fault: 'malformed' },
      { what: 'a word instead of a number', content: 'anon lots\nfile 2\n', values: { file: 2 }, fault: 'malformed' },
      { what: 'two values', content: 'anon 1 2\nfile 2\n', values: { file: 2 }, fault: 'malformed' },
    ],
  );

  test('keys of two words are matched by the first', () => {
    const parse = numbersIn(flatKeyedParser, ['oom_kill']);
    assert.deepEqual(parse('oom_kill_disable 0\nunder_oom 0\noom_kill 7\n'), {
      values: { oom_kill: 7 },
      fault: undefined,
    });
  });
});

describe('nested keyed', () => {
  const SOME = 'some avg10=0.00 avg60=1.50 avg300=0.12 total=1234\n';
  const FULL = 'full avg10=0.00 avg60=0.00 avg300=0.00 total=56\n';
  check(
    nestedKeyedParser,
    ['some.total', 'full.total'],
    [
      { what: 'both lines', content: SOME + FULL, values: { 'some.total': 1234, 'full.total': 56 } },
      { what: 'lines in reverse order', content: FULL + SOME, values: { 'some.total': 1234, 'full.total': 56 } },
      { what: 'one line only, as cpu.pressure of old kernels', content: SOME, values: { 'some.total': 1234 } },
      { what: 'total not last', content: 'some total=7 avg10=0.00 new=x\n', values: { 'some.total': 7 } },
      { what: 'a third kind of line', content: `${SOME}half total=9\n`, values: { 'some.total': 1234 } },
      { what: 'a first word with a common prefix', content: 'somewhat total=9\nsom total=8\n', values: {} },
      { what: 'a key with a common prefix', content: 'some total_us=9 tota=8\n', values: {} },
      {
        what: 'a word without a number',
        content: 'some odd total=9\nfull  total=8\n',
        values: { 'some.total': 9, 'full.total': 8 },
      },
      { what: 'a line of one word', content: `some\n${FULL}`, values: { 'full.total': 56 } },
      { what: 'an empty file', content: '', values: {}, fault: 'empty' },
      {
        what: 'the second line truncated',
        content: `${SOME}full avg10=0.00 avg60=0.00 avg300=0.00 total=5`,
        values: { 'some.total': 1234 },
        fault: 'truncated',
      },
      {
        what: 'a number missing',
        content: `some avg10=0.00 total=\n${FULL}`,
        values: { 'full.total': 56 },
        fault: 'malformed',
      },
      { what: 'a word instead of a number', content: 'some total=lots\n', values: {}, fault: 'malformed' },
    ],
  );
});

describe('nested keyed averages', () => {
  check(
    nestedKeyedParser,
    ['some.avg10', 'full.avg300', 'some.total'],
    [
      {
        what: 'numbers with and without a decimal point',
        content: 'some avg10=1.53 avg60=0.20 avg300=0.00 total=1234\nfull avg10=0.00 avg60=0.00 avg300=12.07 total=5\n',
        values: { 'some.avg10': 1.53, 'full.avg300': 12.07, 'some.total': 1234 },
      },
      {
        what: 'a malformed average: the others are stored',
        content: 'some avg10=1. avg60=0.20 avg300=0.00 total=1234\n',
        values: { 'some.total': 1234 },
        fault: 'malformed',
      },
    ],
  );
});

describe('pairs after a name', () => {
  const KEYS = ['TCP.inuse', 'TCP.tw', 'UDP.inuse', 'TCP6.inuse'];
  check(pairsParser, KEYS, [
    {
      what: 'sockstat',
      content:
        'sockets: used 189\nTCP: inuse 2 orphan 0 tw 3 alloc 177 mem 105\nUDP: inuse 4 mem 1\nUDPLITE: inuse 0\n',
      values: { 'TCP.inuse': 2, 'TCP.tw': 3, 'UDP.inuse': 4 },
    },
    { what: 'sockstat6', content: 'TCP6: inuse 5\nUDP6: inuse 6\n', values: { 'TCP6.inuse': 5 } },
    { what: 'a name that occurs in another group', content: 'RAW: inuse 9\n', values: {} },
    { what: 'an empty file', content: '', values: {}, fault: 'empty' },
    { what: 'no numbers after the name', content: 'TCP:\nUDP: inuse 1\n', values: { 'UDP.inuse': 1 } },
    {
      what: 'a name without its number',
      content: 'TCP: inuse\nUDP: inuse 1\n',
      values: { 'UDP.inuse': 1 },
      fault: 'malformed',
    },
    {
      what: 'a negative number',
      content: 'TCP: inuse -1 tw 2\n',
      values: { 'TCP.inuse': Number.POSITIVE_INFINITY, 'TCP.tw': 2 },
    },
    {
      what: 'truncated within a number',
      content: 'UDP: inuse 1\nTCP: inuse 12',
      values: { 'UDP.inuse': 1 },
      fault: 'truncated',
    },
  ]);
});

describe('line count', () => {
  check(
    lineCountParser,
    ['0'],
    [
      { what: 'three processes', content: '1\n22\n333\n', values: { 0: 3 } },
      { what: 'processes of another PID namespace', content: '0\n0\n', values: { 0: 2 } },
      { what: 'no process', content: '', values: { 0: 0 } },
      {
        what: 'truncated within a line: no count',
        content: '1\n22\n33',
        values: {},
        fault: 'truncated',
      },
    ],
  );
});
