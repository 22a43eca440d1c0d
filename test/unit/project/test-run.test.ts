import { strict as assert } from 'node:assert';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { Program } from '../../support/program.ts';
import { equals, until } from '../../support/until.ts';

const RUNNER = join(import.meta.dirname, '../../../scripts/test.ts');

/** Starts the test runner for files with this content, in this order. */
async function startRun(
  t: TestContext,
  contents: Readonly<Record<string, string>>,
  ...options: readonly string[]
): Promise<{ readonly program: Program; readonly folder: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'pod-exporter-test-run-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const files = Object.entries(contents).map(([name, content]) => {
    const path = join(folder, name);
    writeFileSync(
      path,
      `import { writeFileSync } from 'node:fs';\nimport { describe, test } from 'node:test';\n${content}`,
    );
    return path;
  });
  const program = await Program.start([process.execPath, RUNNER, ...options, ...files]);
  t.after(() => program.stop());
  return { program, folder };
}

const PASSES = "test('passes', () => {});";
const HANGS = `describe('suite', () => {
  ${PASSES}
  test('hangs', async () => {
    await new Promise((resolve) => setTimeout(resolve, 100));
    writeFileSync(import.meta.filename + '.runs', '');
    await new Promise((resolve) => setTimeout(resolve, 3_600_000));
  });
});`;
const SPINS = `test('spins', () => {
  writeFileSync(import.meta.filename + '.runs', '');
  for (;;);
});`;

test('a run that is stopped names the tests that were running and the files that did not run', async (t) => {
  const files = { 'a.test.mjs': HANGS, 'b.test.mjs': SPINS, 'c.test.mjs': PASSES };
  const { program, folder } = await startRun(t, files);
  const missing = (): readonly string[] =>
    ['a.test.mjs', 'b.test.mjs'].filter((name) => !existsSync(join(folder, `${name}.runs`)));
  await until('tests that run', missing, equals([]));
  program.signal('SIGINT');
  const { code, stderr } = await program.exits();
  assert.equal(code, 130);
  const lines = [
    'stopped by SIGINT',
    'these tests were running:',
    `  ${folder}/a.test.mjs > suite > hangs`,
    `  ${folder}/b.test.mjs`,
    'these files did not run:',
    `  ${folder}/c.test.mjs`,
  ];
  assert.equal(stderr, `${lines.join('\n')}\n`);
});

test('a run that passes its limit exits with 1', async (t) => {
  const { program, folder } = await startRun(t, { 'a.test.mjs': HANGS }, '--minutes=0');
  const { code, stderr } = await program.exits();
  assert.equal(code, 1);
  assert.match(stderr, /^gave up after 0 minutes\nthese tests were running:/);
  assert.ok(stderr.includes(`${folder}/a.test.mjs`), stderr);
});

const EXIT_CODES = { "test('fails', () => { throw new Error('always'); });": 1, [PASSES]: 0 };
for (const [content, expected] of Object.entries(EXIT_CODES)) {
  test(`a run exits with ${expected} for ${content}`, async (t) => {
    const { program } = await startRun(t, { 'a.test.mjs': content });
    assert.equal((await program.exits()).code, expected);
  });
}

test('a run without a file exits with 2', async (t) => {
  const { program } = await startRun(t, {}, 'none.test.mjs');
  assert.equal((await program.exits()).code, 2);
});
