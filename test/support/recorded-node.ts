import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PagePool } from '../../src/exposition/pages.ts';
import { ExpositionWriter, type ExpositionFormat } from '../../src/exposition/writer.ts';
import { FileReader } from '../../src/kernel/file-reader.ts';
import { collectors, viewCollectors } from '../../src/metrics/index.ts';
import { openPodSource } from '../../src/pods/open-source.ts';
import type { PodSource } from '../../src/pods/source.ts';
import { openNode } from '../../src/collect/open-node.ts';
import { TimeSlice } from '../../src/base/yielder.ts';
import type { Snapshot } from '../../src/snapshot/snapshot.ts';
import type { UsageReader } from '../../src/usage/usage-table.ts';
import { NativeView } from '../../src/views/native/native.ts';
import { STORAGE } from './storage-choice.ts';
import { silentLog } from './log-record.ts';

/** A node recorded from a real one. */
export interface RecordedNode {
  readonly name: string;
  /** What the kubelet called itself. */
  readonly nodeName: string;
  readonly folder: string;
  /** The golden file. */
  readonly expected: string;
}

/** What is exported of pods beside their names. */
export const KEPT = { podLabels: ['*'], podAnnotations: ['note'] } as const;

/** The v1 recording lists the pods of two nodes. */
const NODE_NAMES: Readonly<Record<string, string>> = { 'v1-cgroupfs': 'node-host', 'v2-systemd': 'node1' };

const nodes = join(import.meta.dirname, '../golden/nodes');

/** Every recorded node: a folder is a node. */
export function goldenNodes(): readonly RecordedNode[] {
  return readdirSync(nodes).map((name) => {
    const folder = join(nodes, name);
    return { name, folder, nodeName: NODE_NAMES[name] ?? '', expected: join(folder, 'expected.prom') };
  });
}

/** The API server's list of the node's pods. */
function recordedPods({ folder, nodeName }: RecordedNode): Promise<PodSource> {
  return openPodSource({
    ...KEPT,
    pods: `file:${join(folder, 'pods.json')}`,
    nodeName,
    environment: {},
    log: silentLog,
  });
}

/** Milliseconds between which the cgroup files of a recorded node were read. */
export function readingTime({ folder }: RecordedNode): { readonly begin: number; readonly end: number } {
  const times = JSON.parse(readFileSync(join(folder, 'times.json'), 'utf8')) as Readonly<Record<string, string>>;
  return { begin: Date.parse(times['cg_start'] ?? ''), end: Date.parse(times['cg_end'] ?? '') };
}

/** What the exporter says of a recorded node, with every collector on; without what it says about itself. */
export function scrapeRecorded(
  node: RecordedNode,
  format: ExpositionFormat = 'text',
  pods = recordedPods(node),
): Promise<string> {
  const wanted = new Set(collectors.map(({ name }) => name));
  const write = async (snapshot: Snapshot): Promise<string> => {
    const writer = new ExpositionWriter(format, new PagePool());
    await new NativeView(snapshot.plan).write(snapshot, wanted, writer, new TimeSlice());
    return Buffer.concat(writer.finish()).toString();
  };
  return withRecorded(node, wanted, write, { pods });
}

/** Scrapes a recorded node and calls `work` with the snapshot. */
export async function withRecorded<T>(
  node: RecordedNode,
  wanted: ReadonlySet<string>,
  work: (snapshot: Snapshot) => Promise<T>,
  { pods = recordedPods(node), usage }: { readonly pods?: Promise<PodSource>; readonly usage?: UsageReader } = {},
): Promise<T> {
  const source = await pods;
  await source.start();
  const reader = new FileReader({ descriptors: 64 });
  try {
    const recorded = join(node.folder, 'node');
    const { scraper } = openNode({
      paths: {
        procfs: join(recorded, 'proc'),
        sysfs: join(recorded, 'sys'),
        rootfs: recorded,
        cgroup: join(recorded, 'sys/fs/cgroup'),
      },
      collectors: [...collectors, ...viewCollectors],
      index: source.index,
      interfaces: /^.*$/,
      storage: STORAGE,
      ...(usage === undefined ? {} : { usage }),
      reader,
    });
    const snapshot = scraper.snapshot();
    await scraper.scrape(snapshot, wanted, { at: Number.POSITIVE_INFINITY });
    return await work(snapshot);
  } finally {
    reader.close();
    await source.stop();
  }
}
