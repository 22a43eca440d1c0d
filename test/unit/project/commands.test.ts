import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { test } from 'node:test';

const top = join(import.meta.dirname, '../../..');

const documents = globSync('{*.md,docs/*.md}', { cwd: top });

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

test('every script that the documents and CI name exists', () => {
  const manifest = JSON.parse(readFileSync(join(top, 'package.json'), 'utf8')) as { scripts: Record<string, string> };
  for (const file of [...documents, '.ci/run']) {
    for (const [, script = ''] of readFileSync(join(top, file), 'utf8').matchAll(/npm run (?:-s )?([a-z:]+)/g)) {
      assert.ok(script in manifest.scripts, `${file} names ${script}`);
    }
  }
});

test('every `npm test --` of the documents selects test files', () => {
  const patterns = documents.flatMap((file) =>
    [...readFileSync(join(top, file), 'utf8').matchAll(/`npm test\s--\s([^`]+)`/g)].flatMap(([, names = '']) =>
      names.split(/\s+/).map((name) => name.replaceAll("'", '')),
    ),
  );
  assert.ok(patterns.length > 10);
  for (const pattern of patterns) {
    const files = globSync(pattern, { cwd: top });
    assert.ok(files.length > 0 && files.every((file) => extname(file) === '.ts'), pattern);
  }
});
