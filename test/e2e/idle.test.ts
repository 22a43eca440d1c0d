import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { recordedFlags } from '../support/exporter-flags.ts';
import { ExporterProcess } from '../support/exporter-process.ts';
import { goldenNode } from '../support/recorded-node.ts';

/** Seconds of the measurement, after some for what follows a scrape, such as garbage collection. */
const IDLE_S = 5;

/** Wake-ups of all threads per second. A timer of 100 ms alone would make 10. */
const MAX_WAKEUPS_PER_S = 8;

function wakeups(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^voluntary_ctxt_switches:\s+(\d+)$/m.exec(status)?.[1]);
}

test('between scrapes the exporter does not wake up', async (t) => {
  const exporter = await ExporterProcess.start([
    '--web.listen-address=127.0.0.1:0',
    ...recordedFlags(goldenNode('v2-systemd')),
  ]);
  t.after(() => exporter.stop());
  await exporter.ready();
  for (let scrape = 0; scrape < 3; scrape++) await exporter.get('/metrics');
  const sleep = (): Promise<unknown> => new Promise((resolve) => setTimeout(resolve, IDLE_S * 1000));
  await sleep();
  const before = wakeups(exporter.pid);
  await sleep();
  const perSecond = (wakeups(exporter.pid) - before) / IDLE_S;
  assert.ok(perSecond <= MAX_WAKEUPS_PER_S, `${perSecond} wake-ups per second`);
});
