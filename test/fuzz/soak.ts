import assert from 'node:assert/strict';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';

import { ExporterProcess } from '../support/exporter-process.ts';
import { sleepingPods } from '../support/node-pods.ts';
import { whyNoStandIn } from '../support/requirements.ts';
import { SampleTable } from '../support/sample-table.ts';
import { StandInNode } from '../support/stand-in-node.ts';
import { equals, until } from '../support/until.ts';

/**
 * Scrapes a stand-in node of real cgroups, processes and network namespaces while its pods are replaced all the time, and
 * checks that memory, descriptors and the log of the exporter stay bounded. Needs root; skipped with the reason without.
 *
 *     npm run soak -- --minutes=60
 */

/** Pods that stay, and pods at a time of those that come and go. */
const CONSTANT_PODS = 4;
const CHANGING_PODS = 8;

const ROUND_MS = 250;
const MEASURE_MS = 10_000;
const VIEWS = ['/metrics/cadvisor', '/metrics/resource', '/stats/summary', '/api/v1/pods'];

/** Of the last quarter of the time over the second: more is a leak. The first quarter warms up. */
const MAX_GROWTH_BYTES = 16 * 2 ** 20;
const MAX_MORE_DESCRIPTORS = 4;
const MAX_LOG_LINES = 30;

interface Measurement {
  readonly residentBytes: number;
  readonly descriptors: number;
  /** Descriptors of network namespaces, or of files in them, which keep them alive. */
  readonly networkDescriptors: number;
  readonly logLines: number;
}

function measure({ pid, log }: ExporterProcess): Measurement {
  const folder = `/proc/${pid}/fd`;
  const links = readdirSync(folder).flatMap((name) => linkAt(`${folder}/${name}`) ?? []);
  return {
    residentBytes: Number(/^VmRSS:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]) * 1024,
    descriptors: links.length,
    networkDescriptors: links.filter((link) => /^net:|\/net\//.test(link)).length,
    logLines: log.split('\n').length - 1,
  };
}

/** Where a descriptor leads to; undefined if it has been closed meanwhile. */
function linkAt(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

/** Replaces pods and scrapes until the time is over; returns what was measured meanwhile. */
async function churn(node: StandInNode, exporter: ExporterProcess, endMs: number): Promise<readonly Measurement[]> {
  const measurements: Measurement[] = [];
  const [template] = sleepingPods(1, 2);
  if (template === undefined) throw new Error('no pod to copy');
  let nextMeasureMs = performance.now();
  let started = 0;
  for (; performance.now() < endMs; started++) {
    await node.addPod({ ...template, namespace: 'soak', name: `soak-${started}` });
    const changing = node.pods.filter(({ plan }) => plan.namespace === 'soak');
    if (changing.length > CHANGING_PODS && changing[0] !== undefined) await node.removePod(changing[0]);
    assertScrape(await exporter.get('/metrics'));
    await exporter.get(VIEWS[started % VIEWS.length] ?? '');
    if (performance.now() >= nextMeasureMs) {
      nextMeasureMs += MEASURE_MS;
      measurements.push(measure(exporter));
      console.log(`${started} pods started:`, JSON.stringify(measurements.at(-1)));
    }
    await delay(ROUND_MS);
  }
  for (const pod of node.pods.filter(({ plan }) => plan.namespace === 'soak')) await node.removePod(pod);
  console.log(`${started} pods came and went`);
  return measurements;
}

/** Every scrape has each series once, and the pods that stay. */
function assertScrape(text: string): void {
  const pods = new SampleTable(text).family('pod_info').filter(({ labels }) => labels['namespace'] !== 'soak');
  assert.equal(pods.length, CONSTANT_PODS);
}

function assertBounded(measurements: readonly Measurement[], before: Measurement, after: Measurement): void {
  const quarter = Math.ceil(measurements.length / 4);
  const peak = (part: readonly Measurement[]): number => Math.max(...part.map(({ residentBytes }) => residentBytes));
  const growth = peak(measurements.slice(-quarter)) - peak(measurements.slice(quarter, 2 * quarter));
  console.log(`memory grew by ${(growth / 2 ** 20).toFixed(1)} MiB from the second to the last quarter`);
  assert.ok(growth <= MAX_GROWTH_BYTES, `memory grew by ${growth} bytes`);
  assert.ok(after.descriptors <= before.descriptors + MAX_MORE_DESCRIPTORS, `${after.descriptors} descriptors remain`);
  assert.equal(Math.max(0, ...measurements.map(({ networkDescriptors }) => networkDescriptors)), 0);
  assert.ok(after.logLines <= MAX_LOG_LINES, `${after.logLines} lines in the log`);
}

async function soak(minutes: number): Promise<void> {
  const node = await StandInNode.create();
  let exporter: ExporterProcess | undefined;
  try {
    await node.addPods(sleepingPods(CONSTANT_PODS, 2));
    const flags = ['--pods=api', `--kubeconfig=${node.kubeconfigPath}`, `--node-name=${node.nodeName}`];
    exporter = await ExporterProcess.start([...flags, `--path.cgroup=${node.tree.view()}`]);
    await exporter.ready();
    const running = exporter;
    const pods = async (): Promise<number> => new SampleTable(await running.get('/metrics')).family('pod_info').length;
    await until('the pods that stay', pods, equals(CONSTANT_PODS));
    // Each view caches descriptors of its own.
    for (const path of VIEWS) await exporter.get(path);
    const before = measure(exporter);
    const measurements = await churn(node, exporter, performance.now() + minutes * 60_000);
    await until('no pod that is gone', pods, equals(CONSTANT_PODS));
    const after = measure(exporter);
    console.log('before:', JSON.stringify(before), 'after:', JSON.stringify(after));
    assertBounded(measurements, before, after);
    assert.doesNotMatch(exporter.log, /level=error/);
    console.log('soak: passed');
  } finally {
    await exporter?.stop();
    await node.stop();
  }
}

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '1' } } });
const minutes = Number(values.minutes);
const reason = whyNoStandIn();
if (!(minutes > 0)) {
  console.error('soak: --minutes must be a positive number');
  process.exitCode = 2;
} else if (reason === undefined) await soak(minutes);
else console.log(`soak: skipped, ${reason}`);
