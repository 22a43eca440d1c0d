import { spawnSync } from 'node:child_process';

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
