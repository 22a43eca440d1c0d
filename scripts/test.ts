import { globSync } from 'node:fs';
import { basename } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { parseArgs } from 'node:util';

/**
 * Runs the tests: all of them, or the files and glob patterns given.
 *
 *     npm test
 *     npm test -- test/unit/foo.test.ts 'test/kernel/*.test.ts'
 *     npm test -- --name 'counter'      only tests whose name matches
 *     npm test -- --coverage            with the thresholds below, over src/
 *
 * The cheap ones come first, so that a broken parser is seen before a kernel is asked.
 */
const ORDER = ['unit', 'golden', 'kernel', 'e2e'];

/** Two files at a time: what the kernel tests make has unique names, but the machine is shared. */
const CONCURRENCY = 2;

/** Ends what hangs: one test, and, as a test may keep its own process too busy to notice, the whole run. */
const TEST_TIMEOUT_MS = 240_000;
const RUN_TIMEOUT_MS = 600_000;

function rank(file: string): number {
  const folder = ORDER.findIndex((name) => file.startsWith(`test/${name}/`));
  return folder < 0 ? ORDER.length : folder;
}

function testFiles(patterns: readonly string[]): string[] {
  return globSync(patterns.length > 0 ? [...patterns] : 'test/**/*.test.ts').toSorted(
    (a, b) => rank(a) - rank(b) || a.localeCompare(b),
  );
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { coverage: { type: 'boolean', default: false }, name: { type: 'string' } },
});
const files = testFiles(positionals);
if (files.length === 0) {
  console.error(`no test files match ${positionals.join(' ')}`);
  process.exitCode = 2;
} else {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      process.exitCode = 130;
      stop.abort();
    });
  }
  console.log(`${files.length} files on ${basename(process.execPath)} ${process.version}`);
  const results = run({
    files,
    concurrency: CONCURRENCY,
    timeout: TEST_TIMEOUT_MS,
    signal: AbortSignal.any([stop.signal, AbortSignal.timeout(RUN_TIMEOUT_MS)]),
    ...(values.name === undefined ? {} : { testNamePatterns: [values.name] }),
    ...(values.coverage
      ? { coverage: true, coverageIncludeGlobs: ['src/**/*.ts'], lineCoverage: 95, branchCoverage: 90 }
      : {}),
  });
  results.on('test:fail', ({ todo }) => {
    if (todo === undefined) process.exitCode ??= 1;
  });
  results.pipe(new spec()).pipe(process.stdout);
}
