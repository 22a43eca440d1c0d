import assert from 'node:assert/strict';
import { readCommandLine } from '../../src/command-line.ts';
import { readConfig, type Config } from '../../src/config.ts';

/** The configuration by a command line and an environment; throws what the program would report. */
export function configOf(args: readonly string[], environment: Readonly<Record<string, string>> = {}): Config {
  const invocation = readCommandLine(args, environment);
  if ('text' in invocation) assert.fail(`prints ${invocation.text}`);
  return readConfig(invocation.settings, environment);
}
