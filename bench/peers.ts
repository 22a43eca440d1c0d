import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { RUNTIME_ENVIRONMENT, RUNTIME_FLAGS } from '../scripts/runtime.ts';
import { whyNoStandIn } from '../test/support/requirements.ts';
import { exporterFlags, withManyPods, type ManyPods } from './node.ts';
import { PeerProcess, type PeerCost } from './peer-process.ts';
import { roundTo } from './statistics.ts';

/**
 * Measures the exporter, cAdvisor's library as the kubelet configures it, and node_exporter side by side on the same
 * cgroups: one gzip scrape of each per interval, everything between scrapes included.
 *
 *     npm run bench:peers               a table
 *     npm run bench:peers -- --json     {"runs":[{"pods":250,"cadvisor_cpu_ratio":…,…}]}
 *
 * Needs root, Go, and the Go module proxy for the first build.
 */
const PODS = 250;
const INTERVAL_MS = 15_000;
const WARM_UP_SCRAPES = 3;
const SCRAPES = 8;

const NODE_EXPORTER = 'github.com/prometheus/node_exporter@v1.12.1';

/** What is printed with `--json`. */
interface Run {
  readonly pods: number;
  /** CPU time of cAdvisor divided by that of the exporter. */
  readonly cadvisor_cpu_ratio: number;
  readonly cadvisor_rss_mb: number;
  readonly rss_mb: number;
  readonly cpu_mcores: number;
}

const { values } = parseArgs({ options: { json: { type: 'boolean', default: false } } });

const missing = whyNoStandIn();
if (missing === undefined) {
  const costs = await withManyPods(PODS, measure);
  process.stdout.write(values.json ? `${JSON.stringify({ runs: [runOf(costs)] })}\n` : table(costs));
} else {
  process.stderr.write(`bench:peers: ${missing}\n`);
  process.exitCode = 1;
}

interface Costs {
  readonly exporter: PeerCost;
  readonly cadvisor: PeerCost;
  readonly nodeExporter: PeerCost;
}

async function measure(node: ManyPods): Promise<Costs> {
  const { cadvisor, nodeExporter } = build(node.directory);
  const peers = await startAll([
    () => PeerProcess.start(exporterArgv(node), RUNTIME_ENVIRONMENT),
    () => PeerProcess.start([cadvisor, `-root=/${node.cgroupRoot}`, `-pods=${node.podsFile}`]),
    () => PeerProcess.start([nodeExporter, '--web.listen-address=127.0.0.1:0', '--log.format=logfmt']),
  ]);
  try {
    for (let scrape = 0; scrape < WARM_UP_SCRAPES + SCRAPES; scrape++) {
      if (scrape === WARM_UP_SCRAPES) for (const peer of peers) peer.begin();
      const next = performance.now() + INTERVAL_MS;
      // One after the other, so that none is measured while another is scraped.
      for (const peer of peers) await peer.scrape();
      await delay(next - performance.now());
    }
    const [exporter, cadvisorCost, nodeExporterCost] = peers.map((peer) => peer.cost());
    if (exporter === undefined || cadvisorCost === undefined || nodeExporterCost === undefined)
      throw new Error('no cost');
    return { exporter, cadvisor: cadvisorCost, nodeExporter: nodeExporterCost };
  } finally {
    await Promise.all(peers.map((peer) => peer.stop()));
  }
}

async function startAll(starts: readonly (() => Promise<PeerProcess>)[]): Promise<readonly PeerProcess[]> {
  const peers: PeerProcess[] = [];
  try {
    for (const start of starts) peers.push(await start());
    return peers;
  } catch (error) {
    await Promise.all(peers.map((peer) => peer.stop()));
    throw error;
  }
}

/** As in the image. */
function exporterArgv(node: ManyPods): readonly [string, ...string[]] {
  return [process.execPath, ...RUNTIME_FLAGS, node.program, ...exporterFlags(node, 'api')];
}

/** Builds the peers into a folder; returns the paths of the programs. */
function build(folder: string): { readonly cadvisor: string; readonly nodeExporter: string } {
  const module = join(import.meta.dirname, '../test/peers');
  const cadvisor = join(folder, 'cadvisor');
  const go = (args: readonly string[], env: NodeJS.ProcessEnv = {}): Buffer =>
    execFileSync('go', args, { cwd: module, env: { ...process.env, GOTOOLCHAIN: 'local', ...env } });
  go(['build', '-o', cadvisor, './cmd/cadvisor']);
  go(['install', NODE_EXPORTER], { GOBIN: folder });
  return { cadvisor, nodeExporter: join(folder, 'node_exporter') };
}

function runOf({ exporter, cadvisor }: Costs): Run {
  return {
    pods: PODS,
    cadvisor_cpu_ratio: roundTo(cadvisor.cpuMillicores / exporter.cpuMillicores, 2),
    cadvisor_rss_mb: cadvisor.rssMegabytes,
    rss_mb: exporter.rssMegabytes,
    cpu_mcores: exporter.cpuMillicores,
  };
}

function table({ exporter, cadvisor, nodeExporter }: Costs): string {
  const rows: readonly (readonly [string, PeerCost])[] = [
    ['pod-exporter, `/metrics`', exporter],
    ["cAdvisor's library as in the kubelet", cadvisor],
    ['node_exporter', nodeExporter],
  ];
  const cells = rows.map(([name, cost]) => [
    name,
    `${cost.cpuMillicores} mcores`,
    `${cost.rssMegabytes} MB`,
    `${cost.peakMegabytes} MB`,
    `${(cost.bytes / 1e6).toFixed(2)} MB`,
    cost.series.toLocaleString('en-US'),
    cost.ageSeconds === undefined ? 'read by the scrape' : `${cost.ageSeconds} s`,
  ]);
  const head = ['program', 'CPU', 'resident', 'peak', 'response', 'series', 'age of a sample'];
  return [head, head.map(() => '---'), ...cells].map((line) => `| ${line.join(' | ')} |\n`).join('');
}
