import { strict as assert } from 'node:assert';
import { describe, test } from 'node:test';
import { MAX_NUMBER_BYTES, writeNumber } from '../../../src/exposition/number.ts';

const GUARD = 0xaa;

const bytes = Buffer.alloc(MAX_NUMBER_BYTES + 2);

/** Returns the written text and checks that the surrounding bytes are unchanged. */
function written(value: number): string {
  bytes.fill(GUARD);
  const end = writeNumber(bytes, 1, value);
  assert.ok(end - 1 <= MAX_NUMBER_BYTES, `${value} takes ${end - 1} bytes`);
  assert.equal(bytes[0], GUARD);
  return bytes.toString('latin1', 1, end);
}

/** Deterministic random numbers in [0, 1) (mulberry32). */
function* random(seed: number): Generator<number, never> {
  for (let state = seed; ;) {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    yield ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
}

/** Combines two random numbers in [0, 1) into one. */
type Kind = (first: number, second: number) => number;

/** Random integer of up to 53 bits with uniformly distributed length. */
function whole(first: number, second: number): number {
  return Math.floor(first * 2 ** Math.floor(second * 54));
}

const anyBits = new DataView(new ArrayBuffer(8));

const KINDS: Readonly<Record<string, Kind>> = {
  'whole numbers': whole,
  'microseconds as seconds': (first, second) => whole(first, second) / 1e6,
  'nanoseconds as seconds': (first, second) => whole(first, second) / 1e9,
  'ticks as seconds': (first, second) => whole(first, second) / 100,
  milliseconds: (first, second) => whole(first, second) / 1000,
  'quotients of quota and period': (first, second) => Math.ceil(first * 1e6) / Math.ceil(second * 1e5),
  'numbers below one': (first) => first,
  'products with a factor, which are no clean decimals': (first, second) => whole(first, second) * 1e-6,
  'doubles of any size': (first, second) => first * 10 ** Math.floor(second * 640 - 330),
  'doubles of any bits': (first, second) => {
    anyBits.setUint32(0, first * 2 ** 32);
    anyBits.setUint32(4, second * 2 ** 32);
    return anyBits.getFloat64(0);
  },
  'neighbours of clean decimals': (first, second) => {
    anyBits.setFloat64(0, whole(first, second) / 1e6);
    anyBits.setUint32(4, anyBits.getUint32(4) ^ 1);
    return anyBits.getFloat64(0);
  },
};

/** Values whose exposition text differs from JavaScript. */
function reference(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  return value === Number.NEGATIVE_INFINITY ? '-Inf' : String(value);
}

describe('writeNumber agrees with String', () => {
  for (const [what, make] of Object.entries(KINDS)) {
    test(`for ${what}`, () => {
      const numbers = random(20_261_121);
      for (let round = 0; round < 10_000; round++) {
        const value = make(numbers.next().value, numbers.next().value);
        assert.equal(written(value), reference(value));
        if (Number.isFinite(value)) assert.equal(written(-value), reference(-value));
      }
    });
  }

  test('for all powers of ten and two and their neighbours', () => {
    for (let exponent = -330; exponent <= 310; exponent++) {
      const power = Number(`1e${exponent}`);
      for (const value of [power, power - 1, power + 1, power * 1.5, 9 * power])
        assert.equal(written(value), reference(value));
    }
    for (let exponent = -1074; exponent <= 1023; exponent++) {
      const power = 2 ** exponent;
      for (const value of [power, power - 1, power + 1, power / 3]) assert.equal(written(value), reference(value));
    }
  });

  test('at the limits of numbers written without a string', () => {
    const bounds = [2 ** 53, 2 ** 52 / 1e6, 2 ** 52 / 1e9, 1e-6, 1e-9, 1e9, 1e18];
    for (const bound of bounds) {
      for (const factor of [1 - 2 ** -52, 1 - 2 ** -53, 1, 1 + 2 ** -52, 1 + 2 ** -51]) {
        assert.equal(written(bound * factor), reference(bound * factor));
      }
    }
  });
});

describe('writeNumber', () => {
  const CASES: readonly (readonly [value: number, text: string])[] = [
    [0, '0'],
    [-0, '0'],
    [7, '7'],
    [1_000_000_000, '1000000000'],
    [9_007_199_254_740_991, '9007199254740991'],
    [0.5, '0.5'],
    [-0.25, '-0.25'],
    [1.000_001, '1.000001'],
    [0.000_001, '0.000001'],
    [1e-7, '1e-7'],
    [1.5, '1.5'],
    [12_345.678_9, '12345.6789'],
    [0.1 + 0.2, '0.30000000000000004'],
    [1 / 3, '0.3333333333333333'],
    [1e21, '1e+21'],
    [5e-324, '5e-324'],
    [-Number.MAX_VALUE, '-1.7976931348623157e+308'],
    [Number.NaN, 'NaN'],
    [Number.POSITIVE_INFINITY, '+Inf'],
    [Number.NEGATIVE_INFINITY, '-Inf'],
  ];
  for (const [value, text] of CASES) test(text, () => assert.equal(written(value), text));
});
