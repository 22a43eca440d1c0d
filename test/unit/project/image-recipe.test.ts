import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { accessSync, constants, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { RUNTIME_ENVIRONMENT, RUNTIME_FLAGS } from '../../../scripts/runtime.ts';

const recipe = readFileSync(join(import.meta.dirname, '../../../Dockerfile'), 'utf8');

/** The list that an instruction in its exec form has. */
function execForm(instruction: string): unknown {
  return JSON.parse(new RegExp(`^${instruction} (\\[.*\\])$`, 'm').exec(recipe)?.[1] ?? 'null');
}

test('the image starts the program with the flags that the bench measures', () => {
  assert.deepEqual(execForm('ENTRYPOINT'), ['node', ...RUNTIME_FLAGS, '/opt/pod-exporter/pod-exporter.mjs']);
  for (const [name, value] of Object.entries(RUNTIME_ENVIRONMENT))
    assert.ok(recipe.includes(`\nENV ${name}=${value}\n`));
});

test('the command in the image has the flags of the program, with half of the heap', () => {
  const path = join(import.meta.dirname, '../../../scripts/pod-exporter');
  accessSync(path, constants.X_OK);
  const [shebang] = readFileSync(path, 'utf8').split('\n');
  const flags = RUNTIME_FLAGS.map((flag) => flag.replace('--max-old-space-size=128', '--max-old-space-size=64'));
  assert.equal(shebang, `#!/usr/bin/env -S node ${flags.join(' ')}`);
});

test('the image runs as an unprivileged user, by number', () => {
  assert.match(recipe, /^USER 65534:65534$/m);
});

test('no shell stands between a signal and the program, nor in the build', () => {
  const shells = recipe.split('\n').filter((line) => /^(?:RUN|CMD|ENTRYPOINT) (?!\[)/.test(line));
  assert.deepEqual(shells, []);
});

test('the stages have the base images that arguments name', () => {
  const bases = [...recipe.matchAll(/^FROM (?:--platform=\S+ )?(\S+)/gm)].map(([, image]) => image);
  assert.deepEqual(bases, ['$BASE', '$COMPILER', '$BASE']);
  assert.match(recipe, /^ARG BASE=node:24-bookworm-slim$/m);
  assert.match(recipe, /^ARG COMPILER=node:24-bookworm$/m);
});

test('SIGUSR1 opens no debugger in the program', () => {
  const script = 'process.kill(process.pid, "SIGUSR1"); setTimeout(() => console.log(process.debugPort), 500)';
  const { stdout, stderr } = spawnSync(process.execPath, [...RUNTIME_FLAGS, '-e', script], { encoding: 'utf8' });
  assert.equal(stderr, '');
  assert.notEqual(stdout, '');
});
