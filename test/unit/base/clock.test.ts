import { strict as assert } from 'node:assert';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { sleep } from '../../../src/base/clock.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { GIVE_UP_MS } from '../../support/until.ts';

test('a pause ends when its time is over', async () => {
  const clock = new FakeClock();
  const pausing = sleep(clock, 1000, new AbortController().signal);
  assert.deepEqual(clock.waits, [1000]);
  clock.advance(1000);
  await pausing;
  assert.deepEqual(clock.waits, []);
});

test('a pause ends with its signal, and its timer too', async () => {
  const clock = new FakeClock();
  const abort = new AbortController();
  const pausing = sleep(clock, 1000, abort.signal);
  abort.abort();
  await pausing;
  assert.deepEqual(clock.waits, []);
});

test("the machine's clock calls what was not cancelled, and keeps no process alive", () => {
  const script = `
    import { systemClock } from ${JSON.stringify(join(import.meta.dirname, '../../../src/base/clock.ts'))};
    const cancel = systemClock.after(1, () => console.log('cancelled'));
    cancel();
    systemClock.after(600_000, () => console.log('late'));
    const alive = setInterval(() => {}, 1000);
    systemClock.after(2, () => {
      console.log('called', systemClock.elapsed() > 0, Math.abs(systemClock.time() - Date.now() / 1000) < 60);
      clearInterval(alive);
    });`;
  const { status, stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
    timeout: GIVE_UP_MS,
  });
  assert.deepEqual([status, stdout], [0, 'called true true\n']);
});
