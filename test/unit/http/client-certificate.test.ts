import assert from 'node:assert/strict';
import { test } from 'node:test';

import { alternativeNames } from '../../../src/http/client-certificate.ts';

const CASES: readonly (readonly [text: string, names: readonly string[]])[] = [
  ['', []],
  ['DNS:prometheus', ['prometheus']],
  ['DNS:a, DNS:*.b, IP Address:10.0.0.1, email:x@y', ['a', '*.b', '10.0.0.1', 'x@y']],
  ['URI:spiffe://cluster/prometheus', ['spiffe://cluster/prometheus']],
  // A name that looks like two, which node quotes.
  ['DNS:"a, DNS:admin"', ['a, DNS:admin']],
  ['othername:<unsupported>, DNS:a', ['a']],
];

for (const [text, names] of CASES) {
  test(`names in ${JSON.stringify(text)}`, () => assert.deepEqual(alternativeNames(text), names));
}
