import { readFileSync } from 'node:fs';
import { get } from 'node:http';
import { RUNTIME_ENVIRONMENT, RUNTIME_FLAGS } from '../scripts/runtime.ts';
import { Program } from '../test/support/program.ts';
import { equals, until } from '../test/support/until.ts';
import { exporterFlags, type ManyPods, type PodsFrom } from './node.ts';

/** Resident memory of the bundled program, in MB of 10^6 bytes. */
export interface Memory {
  /** Scrapes of each exporter; fewer than intended only if {@link MAX_DURATION_MS} passes. */
  readonly scrapes: number;
  /** With `--pods=api`, after the last scrape. */
  readonly rss_mb: number;
  /** With `--pods=file`. */
  readonly rss_file_mb: number;
  /** After a quarter of the scrapes, with `--pods=api` and `--pods=file`. */
  readonly rss_early_mb: number;
  readonly rss_file_early_mb: number;
  /** Kernel memory of cached descriptors, at 0.22 kB each. */
  readonly descriptors_mb: number;
}

const DESCRIPTOR_BYTES = 220;

/** Limit for slow machines, so that the whole bench ends within three minutes. */
const MAX_DURATION_MS = 100_000;

/** Scrapes two bundled exporters with gzip, side by side: one with `--pods=api`, one with `--pods=file`. */
export async function measureMemory(many: ManyPods, scrapes: number): Promise<Memory> {
  const [withApi, withFile] = await Promise.all([
    scrapeChild(many, 'api', scrapes),
    scrapeChild(many, 'file', scrapes),
  ]);
  return {
    scrapes: Math.min(withApi.done, withFile.done),
    rss_mb: withApi.late,
    rss_file_mb: withFile.late,
    rss_early_mb: withApi.early,
    rss_file_early_mb: withFile.early,
    descriptors_mb: Number(((withApi.descriptors * DESCRIPTOR_BYTES) / 1e6).toFixed(1)),
  };
}

interface Residence {
  readonly early: number;
  readonly late: number;
  readonly descriptors: number;
  readonly done: number;
}

async function scrapeChild(many: ManyPods, from: PodsFrom, scrapes: number): Promise<Residence> {
  const argv = [process.execPath, ...RUNTIME_FLAGS, many.program, ...exporterFlags(many, from)];
  const exporter = await Program.start(argv, { env: RUNTIME_ENVIRONMENT });
  try {
    const url = await exporter.listening();
    await until('status 200 of /readyz', async () => (await fetch(`${url}/readyz`)).status, equals(200));
    const end = performance.now() + MAX_DURATION_MS;
    let early = Number.NaN;
    let done = 0;
    while (done < scrapes && performance.now() < end) {
      await fetchAll(`${url}/metrics`, { 'accept-encoding': 'gzip' });
      done++;
      if (done === scrapes / 4) early = residentMegabytes(exporter.pid);
    }
    const late = residentMegabytes(exporter.pid);
    const own = await fetchAll(`${url}/metrics?collect[]=info`, {});
    const descriptors = Number(/^pod_exporter_descriptors_cached (\d+)/m.exec(own)?.[1] ?? 0);
    return { early, late, descriptors, done };
  } finally {
    exporter.signal('SIGTERM');
    await exporter.exits();
  }
}

function fetchAll(url: string, headers: Readonly<Record<string, string>>): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  get(url, { headers: { ...headers } }, (response) => {
    const pieces: Buffer[] = [];
    response.on('data', (piece: Buffer) => pieces.push(piece));
    response.on('end', () => resolve(Buffer.concat(pieces).toString('latin1')));
    response.on('error', reject);
  }).on('error', reject);
  return promise;
}

function residentMegabytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  const kibibytes = Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]);
  return Number(((kibibytes * 1024) / 1e6).toFixed(1));
}
