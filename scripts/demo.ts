import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';

import { ExporterProcess } from '../test/support/exporter-process.ts';
import { EXPORTER } from '../test/support/program.ts';
import { whyNoStandIn } from '../test/support/requirements.ts';
import { startStandInNode } from '../test/support/stand-in-node.ts';
import type { StandInNode } from '../test/support/stand-in-node.ts';

/**
 * Runs the exporter on a stand-in node of real cgroups, network namespaces and processes, and shows it with `top`.
 *
 *     npm run demo                    until Ctrl-C
 *     npm run demo -- --seconds 20    from the start of the exporter on
 *     npm run demo -- --port 9000     another port than 9771 for the exporter
 */
async function main(): Promise<void> {
  const reason = whyNoStandIn();
  if (reason !== undefined) throw new Error(reason);
  const { values } = parseArgs({ options: { seconds: { type: 'string' }, port: { type: 'string', default: '9771' } } });
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => stop.abort());
  console.log('Starting the pods …');
  const node = await startStandInNode();
  try {
    const exporter = await startExporter(node, Number(values.port));
    console.log(introduction(node, exporter.url));
    const ended = AbortSignal.any([stop.signal, ...timeLimit(values.seconds)]);
    await untilEnter(ended);
    await showTop(exporter, ended);
    await exporter.stop();
  } finally {
    await node.stop();
  }
  console.log('\nStopped; processes, cgroups and network namespaces are removed.');
}

function timeLimit(seconds: string | undefined): readonly AbortSignal[] {
  return seconds === undefined ? [] : [AbortSignal.timeout(Number(seconds) * 1000)];
}

async function startExporter(node: StandInNode, port: number): Promise<ExporterProcess> {
  const flags = [
    '--pods=api',
    `--kubeconfig=${node.kubeconfigPath}`,
    `--node-name=${node.nodeName}`,
    `--path.cgroup=${node.tree.view()}`,
  ];
  const exporter = await ExporterProcess.start(flags, { port: (await isFree(port)) ? port : 0 });
  // Removed with the tree if this program is killed.
  node.tree.make('exporter');
  node.tree.attach('exporter', exporter.pid);
  await exporter.ready();
  return exporter;
}

function isFree(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const server = createServer();
  server.once('error', () => resolve(false));
  server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  return promise;
}

function introduction(node: StandInNode, url: string): string {
  const pods = node.pods.filter(({ cgroup }) => cgroup !== undefined).length;
  return `
A stand-in node with ${pods} pods of real cgroups, network namespaces and processes.
One is unknown to the API server and therefore not shown.

  web serves client over TCP and UDP; cart-0 holds memory; multi writes to disk;
  burn uses CPU; throttled uses all of its CPU limit of 0.02 cores;
  oom and oom-child are OOM-killed repeatedly.

  live page    ${url}/
  metrics      ${url}/metrics
  node name    ${node.nodeName}
  API server   ${node.apiServer.url}
  kubeconfig   ${node.kubeconfigPath}

In another terminal:  curl -s ${url}/metrics | grep '"throttled"'
`;
}

/** Gives the reader of a terminal time, because `top` covers it. Resolves when Enter is pressed or the signal is aborted. */
async function untilEnter(signal: AbortSignal): Promise<void> {
  if (!process.stdin.isTTY || !process.stdout.isTTY || signal.aborted) return;
  console.log('Enter shows the pods with pod-exporter top; Ctrl-C stops the node.');
  const { promise, resolve } = Promise.withResolvers<unknown>();
  const lines = createInterface(process.stdin).once('line', resolve).once('close', resolve);
  signal.addEventListener('abort', resolve);
  await promise;
  lines.close();
}

/** Seconds between tables that are printed where there is no terminal. */
const REPRINT_SECONDS = 5;

/** Runs `top` on the exporter until the user quits it or the signal is aborted. */
async function showTop({ url }: ExporterProcess, stop: AbortSignal): Promise<void> {
  const interval = process.stdout.isTTY ? [] : [`--interval=${REPRINT_SECONDS}`];
  const [program = '', ...args] = [...EXPORTER, 'top', `--url=${url}`, ...interval];
  const top = spawn(program, args, { stdio: 'inherit' });
  const ended = once(top, 'exit');
  stop.addEventListener('abort', () => top.kill());
  if (stop.aborted) top.kill();
  await ended;
}

try {
  await main();
} catch (error) {
  console.error(`demo: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
