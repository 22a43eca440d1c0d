import { strict as assert } from 'node:assert';
import { describe, test } from 'node:test';
import { parseDecimal, MALFORMED, parseFixedPoint } from '../../../../src/kernel/formats/decimal.ts';

function read(text: string): number {
  const bytes = Buffer.from(`99${text}99`);
  return parseDecimal(bytes, 2, bytes.length - 2);
}

function readPointed(text: string): number {
  return parseFixedPoint(Buffer.from(`99${text}99`), 2, text.length + 2);
}

describe('decimal', () => {
  const NUMBERS: readonly (readonly [text: string, value: number])[] = [
    ['0', 0],
    ['7', 7],
    ['0010', 10],
    ['4096', 4096],
    ['999999999999999', 999_999_999_999_999],
    ['9007199254740991', Number.MAX_SAFE_INTEGER],
    ['9007199254740992', 2 ** 53],
  ];
  for (const [text, value] of NUMBERS) test(`reads ${text}`, () => assert.equal(read(text), value));

  const UNLIMITED = ['max', '-1', '-9', '9223372036854771712', '9223372036854775807', '18446744073709551615'];
  for (const text of UNLIMITED)
    test(`parses ${text} as no limit`, () => assert.equal(read(text), Number.POSITIVE_INFINITY));

  test('parses 2^62 and above as no limit, and nothing below', () => {
    assert.equal(read('4611686018427387904'), Number.POSITIVE_INFINITY);
    assert.equal(read('4611686018427387000'), 4_611_686_018_427_387_000);
  });

  const OTHER_TEXT = ['', ' ', 'x', '1x', '1 2', '1.5', '0x10', '+1', '1-', '\n', 'nan', '1e3', '\u{661}'];
  for (const text of OTHER_TEXT) {
    test(`rejects ${JSON.stringify(text)} as malformed`, () => assert.equal(read(text), MALFORMED));
  }

  const ALMOST = ['m', 'ma', 'maxx', 'many', '-', '--1', '-x', '-1x', '- 1'];
  for (const text of ALMOST) {
    test(`rejects ${JSON.stringify(text)} as malformed, although it starts like no limit`, () =>
      assert.equal(read(text), MALFORMED));
  }

  test('returns malformed if the end is before the start', () => {
    assert.equal(parseDecimal(Buffer.from('123'), 2, 1), MALFORMED);
  });

  test('is the nearest double above 2^53', () => {
    for (const text of ['9007199254740993', '90071992547409929', '123456789012345678', '4611686018427380001']) {
      assert.equal(read(text), Number(text), text);
    }
  });

  test('never decreases while a counter increases above 2^53', () => {
    for (const start of [2n ** 53n - 20n, 2n ** 53n * 10n - 40n, 2n ** 56n - 40n, 2n ** 61n - 40n]) {
      let before = 0;
      for (let counter = start; counter < start + 200n; counter++) {
        const value = read(String(counter));
        assert.ok(value >= before, `${counter} reads as ${value}, the one before as ${before}`);
        before = value;
      }
    }
  });
});

describe('numbers with a decimal point', () => {
  for (const text of ['0.00', '1.53', '99.99', '0.07', '100.00', '12.5', '12', '9007199254740991']) {
    test(`reads ${text}`, () => assert.equal(readPointed(text), Number(text)));
  }

  test('parses max as no limit', () => assert.equal(readPointed('max'), Number.POSITIVE_INFINITY));

  for (const text of [
    '',
    '.',
    '1.',
    '.5',
    '1234567890.123456',
    `0.${'0'.repeat(400)}`,
    '1.2.3',
    '-1.5',
    '1.x',
    'x.1',
    '1,5',
    '1.5 ',
  ]) {
    test(`rejects ${JSON.stringify(text)} as malformed`, () => assert.equal(readPointed(text), MALFORMED));
  }
});
