import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';

const WATCHDOG = new URL('../../fuzz/watchdog.ts', import.meta.url);

/** Runs cases under a watchdog in a process of their own. */
function run(timeoutMs: number, cases: string): { readonly signal: string | null; readonly stderr: string } {
  const program = `import { Watchdog } from ${JSON.stringify(WATCHDOG.href)};
    const watchdog = new Watchdog('loops', ${timeoutMs});
    ${cases}
    await watchdog.close();`;
  return spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
    encoding: 'utf8',
    timeout: 60_000,
    killSignal: 'SIGTERM',
  });
}

test('a case that never yields ends the process with its seed', () => {
  const { signal, stderr } = run(300, 'watchdog.watch(7, () => {}); watchdog.watch(8, () => { for (;;); });');
  assert.equal(signal, 'SIGKILL');
  assert.match(stderr, /^FAILED loops --seed=8: no end after 0\.3 s$/m);
});

test('cases that end are left alone', () => {
  const { signal, stderr } = run(60_000, 'for (let seed = 0; seed < 1000; seed++) watchdog.watch(seed, () => {});');
  assert.equal(signal ?? 'none', 'none');
  assert.equal(stderr, '');
});
