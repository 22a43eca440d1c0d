import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { parseQuantity, readResourceAmounts } from '../../../../src/pods/records/quantity.ts';
import { NULL } from '../pod-objects.ts';

const QUANTITIES: readonly (readonly [unknown, number | undefined])[] = [
  ['0', 0],
  ['1', 1],
  ['100m', 0.1],
  ['1500m', 1.5],
  ['3m', 0.003],
  ['0.5', 0.5],
  ['.5', 0.5],
  ['5.', 5],
  ['+2', 2],
  ['-2', -2],
  ['500u', 0.0005],
  ['250n', 2.5e-7],
  ['1k', 1000],
  ['1.1k', 1100],
  ['7M', 7e6],
  ['2G', 2e9],
  ['3T', 3e12],
  ['4P', 4e15],
  ['100E', 100e18],
  ['1Ki', 1024],
  ['128Mi', 134_217_728],
  ['1.5Gi', 1_610_612_736],
  ['1Ti', 2 ** 40],
  ['1Pi', 2 ** 50],
  ['1Ei', 2 ** 60],
  ['1e3', 1000],
  ['1E3', 1000],
  ['12e-1', 1.2],
  ['1.5e+2', 150],
  ['9007199254740991', Number.MAX_SAFE_INTEGER],
  [2, 2],
  [0.25, 0.25],
  ['', undefined],
  ['m', undefined],
  ['.', undefined],
  ['1K', undefined],
  ['1mi', undefined],
  ['1ki', undefined],
  ['1 Gi', undefined],
  ['1e', undefined],
  ['1e3Mi', undefined],
  ['0x10', undefined],
  ['1e999', undefined],
  ['1'.repeat(65), undefined],
  ['NaN', undefined],
  [Number.NaN, undefined],
  [Number.POSITIVE_INFINITY, undefined],
  [true, undefined],
  [NULL, undefined],
  [{}, undefined],
];

for (const [quantity, expected] of QUANTITIES) {
  test(`quantity ${JSON.stringify(quantity).slice(0, 24)} is ${expected}`, () => {
    assert.equal(parseQuantity(quantity), expected);
  });
}

test('invalid and negative amounts are skipped', () => {
  const resources = { cpu: '250m', memory: 'lots', 'ephemeral-storage': '-1Gi', 'nvidia.com/gpu': '1' };
  assert.deepEqual(readResourceAmounts(resources), { cpu: 0.25 });
  assert.deepEqual(readResourceAmounts({ cpu: '1', memory: '1Mi', 'ephemeral-storage': '2Gi' }), {
    cpu: 1,
    memory: 1_048_576,
    ephemeralStorage: 2_147_483_648,
  });
});

for (const odd of [undefined, NULL, 'cpu', 7, []]) {
  test(`no amounts in ${JSON.stringify(odd)}`, () => {
    assert.deepEqual(readResourceAmounts(odd), {});
  });
}
