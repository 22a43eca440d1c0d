import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { generatedPages } from '../../../scripts/pages.ts';

const top = join(import.meta.dirname, '../../..');

for (const [path, text] of generatedPages()) {
  test(`${path} is current (npm run update rewrites it)`, () => {
    assert.equal(readFileSync(join(top, path), 'utf8'), text);
  });
}
