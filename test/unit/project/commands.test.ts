import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

const top = join(import.meta.dirname, '../../..');

/** Lines of the blocks of commands in the README. */
function commands(): string[] {
  const readme = readFileSync(join(top, 'README.md'), 'utf8');
  return readme.split('```').flatMap((block, index) => (index % 2 === 1 ? block.split('\n') : []));
}

test('the README starts the exporter in one line and tests it in one line', () => {
  assert.ok(commands().includes('npm ci && npm start'));
  assert.ok(commands().includes('npm ci && npm test'));
});

test('continuous integration runs the test command of the README, to the letter', () => {
  const lines = readFileSync(join(top, '.ci/run'), 'utf8').split('\n');
  assert.ok(lines.some((line) => line === 'npm ci && npm test'));
});

test('every script that the README, the contribution guide and CI name exists', () => {
  const manifest = JSON.parse(readFileSync(join(top, 'package.json'), 'utf8')) as { scripts: Record<string, string> };
  for (const file of ['README.md', 'CONTRIBUTING.md', '.ci/run']) {
    for (const [, script = ''] of readFileSync(join(top, file), 'utf8').matchAll(/npm run (?:-s )?([a-z:]+)/g)) {
      assert.ok(script in manifest.scripts, `${file} names ${script}`);
    }
  }
});
