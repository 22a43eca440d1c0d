import { readFileSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { RUNTIME_ENVIRONMENT, RUNTIME_FLAGS } from '../scripts/runtime.ts';
import { Program } from '../test/support/program.ts';
import { equals, until } from '../test/support/until.ts';
import { exporterFlags, type ManyPods } from './node.ts';
import { roundTo } from './statistics.ts';

/** CPU time of the bundled program while it is watched, from the kernel's counters of the process. */
export interface WatchCost {
  readonly pods: number;
  /** Milliseconds of CPU time per scrape of `/metrics` with gzip, one every {@link INTERVAL_MS}. */
  readonly scrape_cpu_ms: number;
  /** The same per request of `/api/v1/pods` with gzip, per event of a stream, and per event for three streams at once. */
  readonly document_cpu_ms: number;
  readonly watch_cpu_ms: number;
  readonly three_watches_cpu_ms: number;
  /** Milliseconds of CPU time in {@link CLOSED_MS}, a second after the last stream was closed. */
  readonly closed_cpu_ms: number;
}

const INTERVAL_MS = 2000;
const ROUNDS = 5;
/** Without pause, so that what is hot is compiled. */
const FIRST_REQUESTS = 10;
const CLOSED_MS = 2000;

/** Milliseconds per tick of USER_HZ. */
const TICK_MS = 10;

/** Scrapes and watches one exporter, one after the other. */
export async function measureWatch(many: ManyPods, pods: number): Promise<WatchCost> {
  const argv = [process.execPath, ...RUNTIME_FLAGS, many.program, ...exporterFlags(many, 'file')];
  const exporter = await Program.start(argv, { env: RUNTIME_ENVIRONMENT });
  const cpu = (): number => cpuMilliseconds(exporter.pid);
  try {
    const url = await exporter.listening();
    await until('status 200 of /readyz', async () => (await fetch(`${url}/readyz`)).status, equals(200));
    const paths = { metrics: `${url}/metrics`, document: `${url}/api/v1/pods` };
    for (let request = 0; request < FIRST_REQUESTS; request++) {
      for (const path of Object.values(paths)) await fetchAll(path);
    }
    const scrape = await perRound(cpu, () => fetchAll(paths.metrics));
    const document = await perRound(cpu, () => fetchAll(paths.document));
    const watch = await watched(cpu, paths.document, 1);
    const threeWatches = await watched(cpu, paths.document, 3);
    // Closing itself has a cost.
    await delay(CLOSED_MS / 2);
    const before = cpu();
    await delay(CLOSED_MS);
    return {
      pods,
      scrape_cpu_ms: scrape,
      document_cpu_ms: document,
      watch_cpu_ms: watch,
      three_watches_cpu_ms: threeWatches,
      closed_cpu_ms: cpu() - before,
    };
  } finally {
    exporter.signal('SIGTERM');
    await exporter.exits();
  }
}

/** CPU time per round of `work` every {@link INTERVAL_MS}. */
async function perRound(cpu: () => number, work: () => Promise<unknown>): Promise<number> {
  const before = cpu();
  for (let round = 0; round < ROUNDS; round++) {
    const pause = delay(INTERVAL_MS);
    await work();
    await pause;
  }
  return roundTo((cpu() - before) / ROUNDS, 1);
}

/** CPU time per event of streams that are open for {@link ROUNDS} intervals, without their first event. */
async function watched(cpu: () => number, path: string, clients: number): Promise<number> {
  const responses = await Promise.all(
    Array.from({ length: clients }, () => open(`${path}?watch=${INTERVAL_MS / 1000}s`)),
  );
  await Promise.all(responses.map((response) => once(response, 'data')));
  for (const response of responses) response.resume();
  await delay(INTERVAL_MS / 2);
  const before = cpu();
  await delay(INTERVAL_MS * ROUNDS);
  const used = cpu() - before;
  for (const response of responses) response.destroy();
  return roundTo(used / ROUNDS, 1);
}

async function open(url: string): Promise<IncomingMessage> {
  const [response] = (await once(get(url, { agent: false }), 'response')) as [IncomingMessage];
  return response;
}

async function fetchAll(url: string): Promise<void> {
  const response = await fetch(url, { headers: { 'accept-encoding': 'gzip' } });
  await response.arrayBuffer();
}

function cpuMilliseconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1')
    .replace(/^.*\) /s, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

/** The result as a Markdown table. */
export function watchTable(cost: WatchCost): string {
  const relative = (milliseconds: number): string => (milliseconds / cost.scrape_cpu_ms).toFixed(2);
  return `CPU time of watching at 2 s, relative to a scrape at 2 s (docs/migrating.md)

| pods | \`/api/v1/pods\` | \`?watch=2s\` | three clients | after closing |
| ---: | ---: | ---: | ---: | ---: |
| ${cost.pods} | ${relative(cost.document_cpu_ms)} | ${relative(cost.watch_cpu_ms)} | ${relative(cost.three_watches_cpu_ms)} | ${cost.closed_cpu_ms} ms in ${CLOSED_MS / 1000} s |
`;
}
