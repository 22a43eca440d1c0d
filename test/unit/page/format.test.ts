import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as format from '../../../page/format.ts';

const texts = { ...format };

const NIGHT = new Date(2026, 0, 31, 2, 4, 7).getTime() / 1000;

const CASES: readonly (readonly [name: keyof typeof texts, value: number, text: string])[] = [
  ['clock', NIGHT, '02:04:07'],
  ['bytes', 0, '0 B'],
  ['bytes', 999, '999 B'],
  ['bytes', 1000, '0.98 KiB'],
  ['bytes', 1536, '1.50 KiB'],
  ['bytes', 15 * 2 ** 20, '15.0 MiB'],
  ['bytes', 999 * 2 ** 20, '999 MiB'],
  ['bytes', 1000 * 2 ** 20, '0.98 GiB'],
  ['bytes', 2 ** 60, '1024 PiB'],
  ['quantity', 0.4, '0'],
  ['quantity', 36, '36'],
  ['quantity', 1536, '1.50 Ki'],
  ['bytesPerSecond', 0.2, '0'],
  ['bytesPerSecond', 2048, '2.00 KiB/s'],
  ['cores', 0, '0'],
  ['cores', 0.0123, '0.012'],
  ['cores', 0.9996, '1.00'],
  ['cores', 12.34, '12.3'],
  ['percent', 0, '0'],
  ['percent', 0.0001, '<0.1 %'],
  ['percent', 0.0999, '10 %'],
  ['percent', 0.0456, '4.6 %'],
  ['percent', 1.5, '150 %'],
  ['count', 7, '7'],
  ['count', 0.25, '0.25'],
  ['count', 12_345, '12.3k'],
  ['count', 4_100_000, '4.10M'],
  ['perSecond', 0, '0'],
  ['perSecond', 0.01, '<0.1/s'],
  ['perSecond', 12, '12/s'],
  ['duration', -1, '0 s'],
  ['duration', 119.4, '119 s'],
  ['duration', 600, '10 m'],
  ['duration', 7200, '2.00 h'],
  ['duration', 30 * 86_400, '30 d'],
  ['duration', 730 * 86_400, '730 d'],
  ['duration', 1100 * 86_400, '3.01 y'],
];

describe('numbers as text', () => {
  for (const [name, value, text] of CASES) {
    test(`${name} of ${value} is ${text}`, () => assert.equal(texts[name](value), text));
  }
});
