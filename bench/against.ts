import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { RUNTIME_ENVIRONMENT, RUNTIME_FLAGS } from '../scripts/runtime.ts';
import { MemoryCgroup } from '../test/support/memory-cgroup.ts';
import { exporterFlags, type ManyPods, type PodsFrom } from './node.ts';
import { PeerProcess } from './peer-process.ts';
import { filesOfScrape } from './scrape-cost.ts';
import { roundTo } from './statistics.ts';

/**
 * Two builds, and a program that reads the files of a scrape and nothing else, side by side on the same cgroups: one gzip
 * scrape of each per interval, alternating which goes first.
 */
const INTERVAL_MS = 15_000;
/** Without pause, so that what is hot is compiled, and then at the interval. */
const FIRST_SCRAPES = 30;
const WARM_UP_SCRAPES = 2;
const SCRAPES = 8;

/** More than any build needs: the cgroup only accounts. */
const MEMORY_LIMIT_BYTES = 2 ** 30;

/** What a build costs. */
export interface BuildCost {
  /** CPU time of an interval with one scrape, in milliseconds; everything included. */
  readonly cpu_ms: number;
  readonly rss_mb: number;
  /** Memory charged to its cgroup without inactive page cache, in MB of 10^6 bytes. */
  readonly charged_mb: number;
}

/** This build, and the other one. */
export interface Comparison {
  readonly pods: number;
  readonly source: PodsFrom;
  readonly own: BuildCost;
  readonly other: BuildCost;
  /** CPU time in which the files of a scrape are read, in milliseconds. */
  readonly reads_ms: number;
}

/** A build that runs in a memory cgroup of its own. */
interface RunningBuild {
  readonly process: PeerProcess;
  readonly cgroup: MemoryCgroup;
}

/** A bundled exporter, and how its image starts it. */
export interface Build {
  readonly program: string;
  readonly flags: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Bundles the checkout in `directory` with its own bundler. */
export async function bundleOther(directory: string, folder: string): Promise<Build> {
  const load = async (script: string): Promise<unknown> => import(pathToFileURL(join(directory, script)).href);
  const { bundleExporter } = (await load('scripts/bundle.ts')) as {
    readonly bundleExporter: (path: string) => Promise<void>;
  };
  const runtime = (await load('scripts/runtime.ts')) as {
    readonly RUNTIME_FLAGS: readonly string[];
    readonly RUNTIME_ENVIRONMENT: Readonly<Record<string, string>>;
  };
  const program = join(folder, 'other.mjs');
  await bundleExporter(program);
  return { program, flags: runtime.RUNTIME_FLAGS, env: runtime.RUNTIME_ENVIRONMENT };
}

/** Compares this build with another one. */
export async function compareBuilds(
  node: ManyPods,
  other: Build,
  { pods, source }: Pick<Comparison, 'pods' | 'source'>,
): Promise<Comparison> {
  const builds: RunningBuild[] = [];
  try {
    const own = { program: node.program, flags: RUNTIME_FLAGS, env: RUNTIME_ENVIRONMENT };
    for (const build of [own, other]) builds.push(await start(build, exporterFlags(node, source)));
    builds.push(await start({ ...own, program: READS_ALONE }, [await listOfFiles(node)]));
    const processes = builds.map(({ process: build }) => build);
    for (let scrape = 0; scrape < FIRST_SCRAPES; scrape++) for (const build of processes) await build.scrape();
    await scrapeAll(processes, WARM_UP_SCRAPES);
    for (const build of processes) build.begin();
    await scrapeAll(processes, SCRAPES);
    const [cost, others, reads] = builds.map(costOf);
    if (cost === undefined || others === undefined || reads === undefined) throw new Error('no cost');
    return { pods, source, own: cost, other: others, reads_ms: reads.cpu_ms };
  } finally {
    for (const { process: build, cgroup } of builds) {
      await build.stop();
      await cgroup.remove();
    }
  }
}

async function scrapeAll(processes: readonly PeerProcess[], scrapes: number): Promise<void> {
  for (let scrape = 0; scrape < scrapes; scrape++) {
    const next = performance.now() + INTERVAL_MS;
    for (const build of scrape % 2 === 0 ? processes : processes.toReversed()) await build.scrape();
    await delay(next - performance.now());
  }
}

const READS_ALONE = join(import.meta.dirname, 'reads-alone.ts');

async function listOfFiles(node: ManyPods): Promise<string> {
  const list = join(node.directory, 'files');
  const files = await filesOfScrape(node);
  await writeFile(list, files.join('\n'));
  return list;
}

/** As in its image. */
async function start({ program, flags, env }: Build, own: readonly string[]): Promise<RunningBuild> {
  const cgroup = new MemoryCgroup(MEMORY_LIMIT_BYTES);
  try {
    return {
      process: await PeerProcess.start([...cgroup.wrapper, process.execPath, ...flags, program, ...own], env),
      cgroup,
    };
  } catch (error) {
    await cgroup.remove();
    throw error;
  }
}

function costOf({ process: build, cgroup }: RunningBuild): BuildCost {
  const { cpuMillicores, rssMegabytes } = build.cost();
  return {
    cpu_ms: roundTo((cpuMillicores * INTERVAL_MS) / 1e3, 0),
    rss_mb: rssMegabytes,
    charged_mb: roundTo(cgroup.charged / 1e6, 1),
  };
}

/** The comparisons as a Markdown table, each number with the ratio to that of the other build. */
export function comparisonTable(comparisons: readonly Comparison[]): string {
  const head = ['pods', '`--pods`', 'CPU per 15 s', 'reads alone', 'resident', 'charged'];
  const lines = comparisons.map(({ pods, source, own, other, reads_ms: reads }) => [
    String(pods),
    source,
    related(own.cpu_ms, 'ms', other.cpu_ms),
    related(reads, 'ms', other.cpu_ms),
    related(own.rss_mb, 'MB', other.rss_mb),
    related(own.charged_mb, 'MB', other.charged_mb),
  ]);
  return [head, head.map(() => '---:'), ...lines].map((line) => `| ${line.join(' | ')} |\n`).join('');
}

function related(value: number, unit: string, other: number): string {
  return `${value} ${unit} (${(value / other).toFixed(2)})`;
}
