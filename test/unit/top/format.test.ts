import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  age,
  cores,
  dockerMemory,
  dockerSize,
  mebibytes,
  millicores,
  percent,
  shortBytes,
  shortRate,
} from '../../../src/top/format.ts';

const CASES: readonly (readonly [format: (value: number) => string, texts: Readonly<Record<string, string>>])[] = [
  [percent, { 0: '0%', 0.003: '0.3%', 0.0096: '1%', 0.5: '50%', 0.996: '100%', 12: '1200%' }],
  [cores, { 0: '0.00', 0.016: '0.02', 9.5: '9.50', 12.34: '12.3' }],
  [shortBytes, { 0: '0', 1023: '1023', 1024: '1Ki', 50331648: '48Mi', 1288490189: '1.2Gi', 1073741823: '1Gi' }],
  [shortRate, { 0: '0', 950: '950', 12000: '12k', 1234567: '1.2M', 999999: '1M' }],
  // As units.BytesSize and units.HumanSizeWithPrecision of Docker format them.
  [dockerMemory, { 0: '0B', 232000: '226.6KiB', 4117520384: '3.835GiB', 33554432: '32MiB' }],
  [dockerSize, { 0: '0B', 822: '822B', 7190: '7.19kB', 33400000: '33.4MB' }],
  [millicores, { 0: '0m', 0.0201: '21m', 1.5: '1500m' }],
  [mebibytes, { 0: '0Mi', 2097151: '1Mi', 50331648: '48Mi' }],
  [age, { 0: '0s', 119: '119s', 120: '2m', 7200: '2h', 172800: '2d', 3542400: '41d' }],
];

for (const [format, texts] of CASES) {
  test(format.name, () => {
    const formatted = Object.fromEntries(Object.keys(texts).map((value) => [value, format(Number(value))]));
    assert.deepEqual(formatted, texts);
  });
}
