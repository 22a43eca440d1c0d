import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { bundleExporter } from '../scripts/bundle.ts';
import { RUNTIME_ENVIRONMENT, RUNTIME_FLAGS } from '../scripts/runtime.ts';
import { MemoryCgroup } from '../test/support/memory-cgroup.ts';
import { Program } from '../test/support/program.ts';
import { newContainerId } from '../test/support/running-container.ts';
import { StandInNode } from '../test/support/stand-in-node.ts';
import { equals, until } from '../test/support/until.ts';
import { balanceOf, churnPods, openEvents, LIFE, type Seen } from './pod-churn.ts';

/**
 * What `doctor` and events cost on a quiet node of 250 pods of three containers, and whether any is lost or doubled while pods come
 * and go. The exporter is the bundled program with the flags of the image. Needs root; ends with status 1 if an event is
 * lost, doubled or out of order, or if the pods were made too slowly.
 *
 *     npm run bench:events -- --minutes=10 --rate=10 --life=500
 */

const { values } = parseArgs({
  options: {
    pods: { type: 'string', default: '250' },
    quiet: { type: 'string', default: '60' },
    minutes: { type: 'string', default: '1' },
    rate: { type: 'string', default: '10' },
    life: { type: 'string', default: '500' },
  },
});

/** Sandbox included. */
const CONTAINERS = 4;
const TICKS_PER_SECOND = 100;
const SCRAPE_INTERVAL_MS = 15_000;
/** How long the last events may take. */
const SETTLE_MS = 5000;
/** Share of the rate that must be reached. */
const MIN_RATE_SHARE = 0.95;
/** The cgroup only accounts. */
const MEMORY_LIMIT_BYTES = 2 ** 30;
const MEBIBYTE = 2 ** 20;

const print = (line: string): boolean => process.stdout.write(`${line}\n`);

/** The bundled exporter in a memory cgroup of its own. */
class Exporter {
  readonly url: string;
  readonly #program: Program;
  readonly #cgroup: MemoryCgroup;

  private constructor(url: string, program: Program, cgroup: MemoryCgroup) {
    this.url = url;
    this.#program = program;
    this.#cgroup = cgroup;
  }

  static async start(file: string, node: StandInNode, flags: readonly string[]): Promise<Exporter> {
    const cgroup = new MemoryCgroup(MEMORY_LIMIT_BYTES);
    const own = ['--web.listen-address=127.0.0.1:0', `--path.cgroup=${node.tree.view()}`, '--pods=none'];
    const argv = [...cgroup.wrapper, process.execPath, ...RUNTIME_FLAGS, file, ...own, ...flags] as const;
    const program = await Program.start(argv, { env: RUNTIME_ENVIRONMENT });
    const url = await program.listening();
    await until('status 200 of /readyz', async () => (await fetch(`${url}/readyz`)).status, equals(200));
    return new Exporter(url, program, cgroup);
  }

  async get(path: string): Promise<string> {
    return (await fetch(this.url + path)).text();
  }

  /** Seconds of CPU time so far. */
  get cpu(): number {
    const stat = readFileSync(`/proc/${this.#program.pid}/stat`, 'latin1').split(') ')[1]?.split(' ') ?? [];
    return (Number(stat[11]) + Number(stat[12])) / TICKS_PER_SECOND;
  }

  /** Resident memory, and memory of the cgroup with what the kernel needs for the exporter. */
  get memory(): string {
    const status = readFileSync(`/proc/${this.#program.pid}/status`, 'latin1');
    const resident = Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1024;
    return `${resident.toFixed(1)} MiB resident, ${(this.#cgroup.charged / MEBIBYTE).toFixed(1)} MiB in its cgroup`;
  }

  async stop(): Promise<void> {
    this.#program.kill('SIGTERM');
    await this.#program.exits();
    await this.#cgroup.remove();
  }
}

async function quiet(file: string, node: StandInNode, flags: readonly string[]): Promise<void> {
  const exporter = await Exporter.start(file, node, flags);
  await exporter.get('/metrics');
  await delay(SETTLE_MS);
  const before = exporter.cpu;
  await delay(Number(values.quiet) * 1000);
  const cpu = ((exporter.cpu - before) / Number(values.quiet)) * 1000;
  print(`${flags.join(' ') || 'without events'}: ${cpu.toFixed(2)} ms of CPU time per second, ${exporter.memory}`);
  await exporter.stop();
}

/** Prints what the command needs at most, in a memory cgroup of its own. */
async function doctor(file: string, node: StandInNode): Promise<void> {
  const cgroup = new MemoryCgroup(MEMORY_LIMIT_BYTES);
  const argv = [...cgroup.wrapper, process.execPath, ...RUNTIME_FLAGS, file, 'doctor'] as const;
  const flags = [`--path.cgroup=${node.tree.view()}`, '--pods=none'];
  const { stdout } = await Program.run([...argv, ...flags], { env: RUNTIME_ENVIRONMENT });
  print(
    `doctor: ${(cgroup.peak / MEBIBYTE).toFixed(1)} MiB at most in its cgroup; ${stdout.trim().split('\n').at(-1)}`,
  );
  await cgroup.remove();
}

/** The kernel charges the directory entries of cgroups to the program that first reads them. */
async function warmUp(file: string, node: StandInNode): Promise<void> {
  const exporter = await Exporter.start(file, node, ['--events']);
  await exporter.get('/metrics');
  await exporter.stop();
}

/** Returns whether every pod had its events, and no others. */
async function churn(file: string, node: StandInNode): Promise<boolean> {
  const exporter = await Exporter.start(file, node, ['--events']);
  await exporter.get('/metrics');
  const seen: Seen[] = [];
  const stop = new AbortController();
  await openEvents(exporter.url, seen, stop.signal);
  const scrapes = setInterval(() => void exporter.get('/metrics'), SCRAPE_INTERVAL_MS);
  const options = { seconds: Number(values.minutes) * 60, rate: Number(values.rate), lifeMs: Number(values.life) };
  const start = performance.now();
  const seconds = (): number => (performance.now() - start) / 1000;
  const uids = await churnPods(node, options, (pods) => {
    if (pods % (options.rate * 60) === 0) print(`${seconds().toFixed(0)} s: ${pods} pods, ${exporter.memory}`);
  });
  const rate = uids.length / seconds();
  const settledAt = performance.now() + SETTLE_MS;
  await until('all events', () => seen.length >= uids.length * LIFE.length || performance.now() > settledAt);
  clearInterval(scrapes);
  const { expected, seen: own, lost, doubled, podsWithLoss, disordered } = balanceOf(uids, seen);
  const load = loadavg()[0]?.toFixed(1);
  print(`made ${uids.length} pods, ${rate.toFixed(2)} per second, each for ${options.lifeMs} ms, at a load of ${load}`);
  print(`expected ${expected} events, seen ${own}, lost ${lost} of ${podsWithLoss} pods, doubled ${doubled}`);
  print(`out of order: ${disordered} pods; ${exporter.memory}`);
  for (const line of (await exporter.get('/metrics')).split('\n')) if (/^pod_exporter_events?_/.test(line)) print(line);
  stop.abort();
  await exporter.stop();
  const isFast = rate >= options.rate * MIN_RATE_SHARE;
  if (!isFast) print('the pods were made too slowly; the machine is too busy');
  return isFast && lost + doubled + disordered === 0;
}

const folder = mkdtempSync(join(tmpdir(), 'pod-exporter-bench-'));
const node = await StandInNode.create();
try {
  const file = join(folder, 'pod-exporter.mjs');
  await bundleExporter(file);
  for (let pod = 0; pod < Number(values.pods); pod++) {
    const path = node.tree.makePod({ qos: 'Burstable', uid: randomUUID() });
    for (let container = 0; container < CONTAINERS; container++) node.tree.makeContainer(path, newContainerId());
  }
  await warmUp(file, node);
  await doctor(file, node);
  await quiet(file, node, []);
  await quiet(file, node, ['--events']);
  process.exitCode = (await churn(file, node)) ? 0 : 1;
} finally {
  await node.stop();
  rmSync(folder, { recursive: true, force: true });
}
