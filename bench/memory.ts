import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { get } from 'node:http';
import { createInterface } from 'node:readline';
import { RUNTIME_ENVIRONMENT, RUNTIME_FLAGS } from '../scripts/runtime.ts';
import type { ManyPods } from './node.ts';

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
  /** Kernel memory of cached descriptors, at 4.8 kB each. */
  readonly descriptors_mb: number;
}

const DESCRIPTOR_BYTES = 4800;

/** Limit for slow machines, so that the whole bench ends within three minutes. */
const MAX_DURATION_MS = 100_000;

/** Scrapes two bundled exporters with gzip, side by side: one with `--pods=api`, one with `--pods=file`. */
export async function measureMemory(many: ManyPods, scrapes: number): Promise<Memory> {
  const api = [`--pods=api`, `--kubeconfig=${many.kubeconfigPath}`];
  const [withApi, withFile] = await Promise.all([
    scrapeChild(many, api, scrapes),
    scrapeChild(many, [`--pods=file:${many.podsFile}`], scrapes),
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

async function scrapeChild(many: ManyPods, source: readonly string[], scrapes: number): Promise<Residence> {
  const flags = ['--web.listen-address=127.0.0.1:0', `--node-name=${many.nodeName}`, ...source];
  const child = spawn(process.execPath, [...RUNTIME_FLAGS, many.program, ...flags], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, ...RUNTIME_ENVIRONMENT },
  });
  try {
    const port = await portOf(child);
    await untilReady(port);
    const end = performance.now() + MAX_DURATION_MS;
    let early = Number.NaN;
    let done = 0;
    while (done < scrapes && performance.now() < end) {
      await fetchAll(port, '/metrics', { 'accept-encoding': 'gzip' });
      done++;
      if (done === scrapes / 4) early = residentMegabytes(child);
    }
    const late = residentMegabytes(child);
    const own = await fetchAll(port, '/metrics?collect[]=info', {});
    const descriptors = Number(/^pod_exporter_descriptors_cached (\d+)/m.exec(own)?.[1] ?? 0);
    return { early, late, descriptors, done };
  } finally {
    child.kill('SIGTERM');
    if (child.exitCode === null) await once(child, 'exit');
  }
}

/** Reads the port from the log line `msg=listening`. */
async function portOf(child: ChildProcess): Promise<number> {
  if (child.stderr === null) throw new Error('no standard error');
  const lines = createInterface({ input: child.stderr });
  for await (const line of lines) {
    const port = /msg=listening .*port=(\d+)/.exec(line)?.[1];
    if (port === undefined) continue;
    child.stderr.resume();
    return Number(port);
  }
  throw new Error('the exporter exited before it listened');
}

async function untilReady(port: number): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`);
    await answer.arrayBuffer();
    if (answer.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('the exporter did not become ready');
}

function fetchAll(port: number, path: string, headers: Readonly<Record<string, string>>): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  get({ host: '127.0.0.1', port, path, headers: { ...headers } }, (response) => {
    const pieces: Buffer[] = [];
    response.on('data', (piece: Buffer) => pieces.push(piece));
    response.on('end', () => resolve(Buffer.concat(pieces).toString('latin1')));
    response.on('error', reject);
  }).on('error', reject);
  return promise;
}

function residentMegabytes(child: ChildProcess): number {
  const status = readFileSync(`/proc/${child.pid}/status`, 'latin1');
  const kibibytes = Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]);
  return Number(((kibibytes * 1024) / 1e6).toFixed(1));
}
