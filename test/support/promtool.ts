import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Why promtool cannot be run, as a test's reason to be skipped; false if it can. */
export function whyNoPromtool(): string | false {
  const { error } = spawnSync('promtool', ['--version']);
  return error === undefined ? false : 'needs promtool (Debian package prometheus)';
}

/** Runs promtool with `input` on its standard input; returns all of its output. */
export function promtool(args: readonly string[], input: string): string {
  const { stdout, stderr } = spawnSync('promtool', args, { input, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  return stdout + stderr;
}

/** Requires that `promtool test rules` passes `tests`, in its format, with the rules in `content`, evaluated each minute. */
export function testRules(tests: readonly object[], content = '{}'): void {
  const folder = mkdtempSync(join(tmpdir(), 'pod-exporter-rules-'));
  try {
    const [file, ruleFile] = [join(folder, 'test.yaml'), join(folder, 'rules.yaml')];
    writeFileSync(ruleFile, content);
    writeFileSync(file, JSON.stringify({ rule_files: [ruleFile], evaluation_interval: '1m', tests }));
    const { status, stdout, stderr } = spawnSync('promtool', ['test', 'rules', file], { encoding: 'utf8' });
    assert.equal(status, 0, stdout + stderr);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
