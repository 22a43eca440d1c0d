import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { ExporterProcess } from '../test/support/exporter-process.ts';
import { newContainerId } from '../test/support/running-container.ts';
import { StandInNode } from '../test/support/stand-in-node.ts';
import { until } from '../test/support/until.ts';

/**
 * What events cost on a quiet node of 250 pods of three containers, and whether any is lost or doubled while pods come
 * and go. Needs root.
 *
 *     npm run bench:events -- --minutes=10 --rate=10
 */

const { values } = parseArgs({
  options: {
    pods: { type: 'string', default: '250' },
    quiet: { type: 'string', default: '60' },
    minutes: { type: 'string', default: '1' },
    rate: { type: 'string', default: '10' },
  },
});

/** Sandbox included. */
const CONTAINERS = 4;
const TICKS_PER_SECOND = 100;
const LIFE = ['pod_added', 'container_started', 'container_ended', 'pod_removed'];

const print = (line: string): boolean => process.stdout.write(`${line}\n`);

/** CPU seconds that a process has used, and its resident memory in kB. */
function usage(pid: number): { readonly cpu: number; readonly rss: number } {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.split(' ') ?? [];
  const rss = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
  return { cpu: (Number(stat[11]) + Number(stat[12])) / TICKS_PER_SECOND, rss: Number(rss) };
}

async function quiet(node: StandInNode, flags: readonly string[]): Promise<void> {
  const exporter = await ExporterProcess.start([`--path.cgroup=${node.tree.view()}`, '--pods=none', ...flags]);
  await exporter.ready();
  await delay(5000);
  const before = usage(exporter.pid);
  await delay(Number(values.quiet) * 1000);
  const after = usage(exporter.pid);
  const cpu = ((after.cpu - before.cpu) / Number(values.quiet)) * 1000;
  print(
    `${flags.join(' ') || 'without events'}: ${cpu.toFixed(2)} ms of CPU time per second, ${after.rss} kB resident`,
  );
  await exporter.stop();
}

interface Seen {
  readonly type: string;
  readonly uid: string;
}

/** Collects the events of a stream until it ends. */
async function collect(url: string, seen: Seen[], signal: AbortSignal): Promise<void> {
  const response = await fetch(`${url}/api/v1/events?watch=true`, { signal });
  let rest = '';
  for await (const piece of response.body ?? []) {
    const lines = (rest + Buffer.from(piece).toString()).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line.startsWith('data: ')) seen.push(JSON.parse(line.slice(6)) as Seen);
  }
}

async function churn(node: StandInNode): Promise<void> {
  const exporter = await ExporterProcess.start([`--path.cgroup=${node.tree.view()}`, '--pods=none', '--events']);
  await exporter.ready();
  const seen: Seen[] = [];
  const stop = new AbortController();
  const stream = collect(exporter.url, seen, stop.signal).catch(() => {});
  const made: string[] = [];
  const start = Date.now();
  const end = start + Number(values.minutes) * 60_000;
  let reportAt = start;
  while (Date.now() < end) {
    const uid = randomUUID();
    const pod = node.tree.makePod({ qos: 'BestEffort', uid });
    node.tree.makeContainer(pod, newContainerId());
    made.push(uid);
    await delay(1000 / Number(values.rate));
    await node.tree.removeCgroup(pod);
    if (Date.now() < reportAt) continue;
    await exporter.get('/metrics');
    print(`${Math.round((Date.now() - start) / 1000)} s: ${made.length} pods, ${usage(exporter.pid).rss} kB resident`);
    reportAt += 60_000;
  }
  await until('all events', () => seen.length >= made.length * LIFE.length).catch(() => {});
  const byUid = Map.groupBy(seen, ({ uid }) => uid);
  const wrong = made.filter(
    (uid) =>
      byUid
        .get(uid)
        ?.map(({ type }) => type)
        .join() !== LIFE.join(),
  );
  print(`${made.length} pods, ${seen.length} events, ${wrong.length} pods with other events than ${LIFE.join(', ')}`);
  print(`${usage(exporter.pid).rss} kB resident at the end`);
  stop.abort();
  await stream;
  await exporter.stop();
  process.exitCode = wrong.length === 0 ? 0 : 1;
}

const node = await StandInNode.create();
try {
  for (let pod = 0; pod < Number(values.pods); pod++) {
    const path = node.tree.makePod({ qos: 'Burstable', uid: randomUUID() });
    for (let container = 0; container < CONTAINERS; container++) node.tree.makeContainer(path, newContainerId());
  }
  await quiet(node, []);
  await quiet(node, ['--events']);
  await churn(node);
} finally {
  await node.stop();
}
