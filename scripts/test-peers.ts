import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testControlPlane } from './control-plane.ts';
import { mountedHierarchies } from '../test/support/cgroup-mounts.ts';
import { GOLDEN_FLAGS, recordedFlags } from '../test/support/exporter-flags.ts';
import { ExporterProcess } from '../test/support/exporter-process.ts';
import { nodePods } from '../test/support/node-pods.ts';
import { goldenNodes } from '../test/support/recorded-node.ts';
import { whyNoStandIn } from '../test/support/requirements.ts';
import { StandInNode } from '../test/support/stand-in-node.ts';

/**
 * Judges the exporter's responses with the code of the programs that read them, a Go module below test/peers.
 *
 *     npm run test:peers
 *     npm run test:peers -- -run TestSummary -v      flags of `go test`
 *     npm run test:peers -- --control-plane=only     the tests with a control plane alone
 *     npm run test:peers -- --control-plane=cached   does not build a control plane
 *
 * The first run downloads and builds the modules that go.sum pins. It is skipped, with the reason, where Go is missing
 * or older than go.mod requires; no other toolchain is downloaded.
 */
const MODULE = join(import.meta.dirname, '../test/peers');
const ENVIRONMENT = {
  ...process.env,
  GOTOOLCHAIN: 'local',
  GOFLAGS: `-buildvcs=false ${process.env['GOFLAGS'] ?? ''}`,
};

const FLAGS = process.argv.slice(2);

/** `only`, `cached`, or undefined for all tests. */
const CONTROL_PLANE = FLAGS.find((flag) => flag.startsWith('--control-plane='))?.split('=')[1];

/** Containers whose cgroup is replaced all the time, so that two readers see different ones. */
const RESTARTING = new Set(['oom', 'oom-child']);

/** A node on which an exporter serves, as the Go tests read it. */
interface Peer {
  readonly name: string;
  readonly nodeName: string;
  readonly url: string;
  /** The list of pods. */
  readonly pods: string;
  /** The recorded root file system; absent for running cgroups. */
  readonly folder?: string;
  /** The parent of the node's cgroups, below each hierarchy. */
  readonly cgroupRoot?: string;
}

const cleanups: (() => unknown)[] = [];

/** Why Go cannot build the module; throws if the module itself is at fault. */
function whyNoGo(): string | undefined {
  const { error, status, stderr } = spawnSync('go', ['list', '-m'], {
    cwd: MODULE,
    env: ENVIRONMENT,
    encoding: 'utf8',
  });
  if (error !== undefined) return 'needs Go';
  if (status === 0) return undefined;
  if (stderr.includes('requires go >= ')) return stderr.trim();
  throw new Error(stderr.trim());
}

/** Files that gofmt would change. */
function unformatted(): string {
  const { error, stdout, stderr } = spawnSync('gofmt', ['-l', '.'], { cwd: MODULE, encoding: 'utf8' });
  if (error !== undefined) throw error;
  return stdout + stderr;
}

/** Runs a program in the module's folder with our standard output; returns its exit code. */
async function runGo(args: readonly string[], environment: NodeJS.ProcessEnv = ENVIRONMENT): Promise<number> {
  const child = spawn('go', args, { cwd: MODULE, env: environment, stdio: ['ignore', 'inherit', 'inherit'] });
  const stop = (): void => void child.kill('SIGTERM');
  process.once('SIGINT', stop).once('SIGTERM', stop);
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? 1;
}

/** Starts an exporter for each recorded node. */
async function startGolden(): Promise<readonly Peer[]> {
  return Promise.all(
    goldenNodes().map(async (node) => {
      const { name, nodeName, folder } = node;
      const url = await serve([...recordedFlags(node), ...GOLDEN_FLAGS]);
      return { name, nodeName, url, pods: join(folder, 'pods.json'), folder: join(folder, 'node') };
    }),
  );
}

/** Starts an exporter for cgroups that run here, or returns why there are none. */
async function startLive(): Promise<Peer | string> {
  const reason = whyNoStandIn();
  if (reason !== undefined) return reason;
  if (mountedHierarchies()[0]?.version !== 1) return 'needs cgroup v1';
  const node = await StandInNode.create();
  cleanups.push(() => node.stop());
  const { nodeName, tree } = node;
  const plans = nodePods({ folder: tree.folder, oomPeriod: 1 });
  await node.addPods(plans.filter(({ name, unknown }) => !RESTARTING.has(name) && unknown !== true));
  const pods = await node.podsFile();
  const url = await serve([`--path.cgroup=${tree.view()}`, `--pods=file:${pods}`, `--node-name=${nodeName}`]);
  return { name: 'live', nodeName, url, pods, cgroupRoot: `/${tree.name}` };
}

async function serve(flags: readonly string[]): Promise<string> {
  const exporter = await ExporterProcess.start(flags);
  cleanups.push(() => exporter.stop());
  await exporter.ready();
  return exporter.url;
}

async function test(flags: readonly string[]): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'pod-exporter-peers-'));
  cleanups.push(() => rmSync(folder, { recursive: true }));
  const live = await startLive();
  const nodes = [...(await startGolden()), ...(typeof live === 'string' ? [] : [live])];
  if (typeof live === 'string') console.log(`no running cgroups: ${live}`);
  const plan = join(folder, 'plan.json');
  writeFileSync(
    plan,
    JSON.stringify({
      node: process.execPath,
      nodes,
      ...(typeof live === 'string' ? { notLive: live } : {}),
    }),
  );
  return runGo(['test', '-vet=off', '-count=1', '-timeout=10m', ...flags, './...'], {
    ...ENVIRONMENT,
    PEERS_PLAN: plan,
  });
}

const reason = whyNoGo();
if (reason === undefined) {
  try {
    const files = unformatted();
    if (files !== '') throw new Error(`not formatted by gofmt: ${files}`);
    // Built before the exporters start, so that no test waits for a compiler.
    const code =
      CONTROL_PLANE === 'only'
        ? 0
        : (await runGo(['vet', './...'])) ||
          (await runGo(['test', '-vet=off', '-run=^$', './...'])) ||
          (await test(FLAGS.filter((flag) => !flag.startsWith('--control-plane='))));
    process.exitCode = code || (await testControlPlane(CONTROL_PLANE === 'cached'));
  } finally {
    for (const cleanup of cleanups.toReversed()) await cleanup();
  }
} else {
  console.log(`test:peers is skipped: ${reason}`);
}
