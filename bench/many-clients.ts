import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleExporter } from '../scripts/bundle.ts';
import { RUNTIME_ENVIRONMENT, RUNTIME_FLAGS } from '../scripts/runtime.ts';
import { crowd, peakResident } from '../test/support/many-clients.ts';
import { MemoryCgroup } from '../test/support/memory-cgroup.ts';
import { PlainNode } from '../test/support/plain-node.ts';
import { Program } from '../test/support/program.ts';

/** Resident memory of the bundled program beside many clients, by number of pods. Needs root and a memory cgroup. */

const SIZES = [30, 110, 250, 500] as const;
const CLIENTS = 40;

/** About 28 kB of text per pod, as pods of three containers have. */
const DEVICES = 20;

const VIEWS = ['/metrics', '/metrics/cadvisor', '/metrics/resource', '/stats/summary', '/api/v1/pods'];

const folder = mkdtempSync(join(tmpdir(), 'pod-exporter-clients-'));
const program = join(folder, 'pod-exporter.mjs');
const print = (...cells: readonly unknown[]): boolean => process.stdout.write(`| ${cells.join(' | ')} |\n`);
const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1);

/** Prints a row for a node of so many pods. */
async function measure(pods: number): Promise<void> {
  const node = new PlainNode({ pods: Array.from({ length: pods }, (_, number) => `web-${number}`), devices: DEVICES });
  const cgroup = new MemoryCgroup(2 ** 30);
  const flags = ['--web.listen-address=127.0.0.1:0', ...node.flags, `--pods=file:${node.podsFile}`];
  const argv = [...cgroup.wrapper, process.execPath, ...RUNTIME_FLAGS, program, ...flags];
  const exporter = await Program.start(argv, { env: RUNTIME_ENVIRONMENT });
  try {
    const url = await exporter.listening();
    await exporter.logs(/msg=found/);
    let text = '';
    for (let scrape = 0; scrape < 5; scrape++) text = await (await fetch(`${url}/metrics`)).text();
    const peaks = [peakResident(exporter.pid)];
    const each = { clients: CLIENTS, path: (client: number) => VIEWS[client % VIEWS.length] ?? '' };
    const different = { clients: CLIENTS - 1, path: (client: number) => `/metrics?different=${client}` };
    for (const clients of [
      { ...each, compressed: true, reading: false },
      { ...different, compressed: true, reading: false },
      { ...different, compressed: false, reading: true },
    ]) {
      await crowd(url, clients);
      peaks.push(peakResident(exporter.pid));
    }
    print(pods, megabytes(Buffer.byteLength(text)), ...peaks.map(megabytes));
  } finally {
    await exporter.stop();
    await cgroup.remove();
    node.remove();
  }
}

try {
  await bundleExporter(program);
  print('pods', 'response, MB', '5 scrapes', 'all views, gzip', 'different, gzip', 'different, no gzip');
  print(...Array.from({ length: 6 }, () => '---:'));
  for (const pods of SIZES) await measure(pods);
} finally {
  rmSync(folder, { recursive: true });
}
