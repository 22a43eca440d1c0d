import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { isOlderVersion } from '../../../src/pods/resource-version.ts';

const CASES: readonly (readonly [version: string | undefined, than: string | undefined, older: boolean])[] = [
  ['9', '10', true],
  ['10', '9', false],
  ['10', '10', false],
  // Beyond the integer precision of a double.
  ['9007199254740993', '9007199254740994', true],
  ['9007199254740994', '9007199254740993', false],
  // Not comparable.
  ['a9', 'a10', false],
  ['09', '10', false],
  ['0', '10', false],
  ['', '10', false],
  [undefined, '10', false],
  ['10', undefined, false],
];

for (const [version, than, older] of CASES) {
  test(`${version} is ${older ? '' : 'not '}older than ${than}`, () => {
    assert.equal(isOlderVersion(version, than), older);
  });
}
