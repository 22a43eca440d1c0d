import { globSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { parseArgs } from 'node:util';

import { TestProgress } from './test-progress.ts';

/**
 * Runs the tests: all of them, or the files and glob patterns given.
 *
 *     npm test
 *     npm test -- test/unit/foo.test.ts 'test/kernel/*.test.ts'
 *     npm test -- --name 'counter'      only tests whose name matches
 *     npm test -- --coverage            with the thresholds below, over src/
 *     npm test -- --minutes 120         gives up after two hours instead of one
 *
 * Fast tests run first, so that a failing parser is reported before the kernel tests start.
 */
const ORDER = ['unit', 'golden', 'kernel', 'e2e'];

/** Kernel tests use unique names but share the machine. */
const CONCURRENCY = 2;

/**
 * Longer than any wait in a test, which times out first and reports what it waited for. A test that blocks its event
 * loop cannot be timed out; the time limit of the run ends it.
 */
const TEST_TIMEOUT_MS = 600_000;

/** Four times the duration of the tests on a machine that is five times slower than usual. */
const RUN_TIMEOUT_MINUTES = '60';

function rank(file: string): number {
  const folder = ORDER.findIndex((name) => file.startsWith(`test/${name}/`));
  return folder < 0 ? ORDER.length : folder;
}

function testFiles(patterns: readonly string[]): string[] {
  const wanted = patterns.length > 0 ? [...patterns] : 'test/**/*.test.ts';
  return globSync(wanted, { exclude: ['**/node_modules/**', 'test/peers/**'] }).toSorted(
    (a, b) => rank(a) - rank(b) || a.localeCompare(b),
  );
}

/**
 * Hundreds of processes load the same modules: compiled once, they start in half of the CPU time. Coverage would be less
 * exact with code from a cache.
 */
function shareCompiledCode(): void {
  const folder = mkdtempSync(join(tmpdir(), 'pod-exporter-code-'));
  process.env['NODE_COMPILE_CACHE'] = folder;
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    coverage: { type: 'boolean', default: false },
    minutes: { type: 'string', default: RUN_TIMEOUT_MINUTES },
    name: { type: 'string' },
  },
});
const files = testFiles(positionals);
if (files.length === 0) {
  console.error(`no test files match ${positionals.join(' ')}`);
  process.exitCode = 2;
} else {
  if (!values.coverage) shareCompiledCode();
  const stop = new AbortController();
  const progress = new TestProgress(files);
  let unfinished: string | undefined;
  const giveUp = (reason: string, exitCode: number): void => {
    unfinished = `${reason}\n${progress.report()}`;
    process.exitCode = exitCode;
    stop.abort();
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => giveUp(`stopped by ${signal}`, 130));
  const limitMs = Number(values.minutes) * 60_000;
  setTimeout(() => giveUp(`gave up after ${values.minutes} minutes`, 1), limitMs).unref();
  console.log(`${files.length} files on ${basename(process.execPath)} ${process.version}`);
  const results = run({
    files,
    concurrency: CONCURRENCY,
    timeout: TEST_TIMEOUT_MS,
    signal: stop.signal,
    ...(values.name === undefined ? {} : { testNamePatterns: [values.name] }),
    ...(values.coverage
      ? { coverage: true, coverageIncludeGlobs: ['src/**/*.ts'], lineCoverage: 95, branchCoverage: 90 }
      : {}),
  });
  progress.follow(results);
  results.on('test:fail', ({ todo }) => {
    if (todo === undefined) process.exitCode ??= 1;
  });
  await pipeline(results, new spec(), process.stdout, { end: false });
  if (unfinished !== undefined) {
    console.error(unfinished);
    // oxlint-disable-next-line unicorn/no-process-exit -- a test process that ignores SIGTERM keeps this one alive
    process.exit();
  }
}
