import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { PagePool } from '../../src/exposition/pages.ts';
import { ExpositionWriter, type ExpositionFormat } from '../../src/exposition/writer.ts';
import { FileReader } from '../../src/kernel/file-reader.ts';
import { collectors } from '../../src/metrics/index.ts';
import { openPodSource } from '../../src/pods/open-source.ts';
import type { PodSource } from '../../src/pods/source.ts';
import { openNode } from '../../src/scrape/open-node.ts';
import { Pace } from '../../src/scrape/pace.ts';
import { NativeView } from '../../src/views/native.ts';

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
  const log = { info: () => {}, warn: () => {} };
  return openPodSource({ ...KEPT, pods: `file:${join(folder, 'pods.json')}`, nodeName, environment: {}, log });
}

/** What the exporter says of a recorded node, with every collector on; without what it says about itself. */
export async function scrapeRecorded(
  node: RecordedNode,
  format: ExpositionFormat = 'text',
  pods = recordedPods(node),
): Promise<string> {
  const source = await pods;
  await source.start();
  const reader = new FileReader({ descriptors: 64 });
  try {
    const recorded = join(node.folder, 'node');
    const { plan, scraper } = openNode({
      paths: { procfs: join(recorded, 'proc'), sysfs: '/sys', rootfs: '/', cgroup: join(recorded, 'sys/fs/cgroup') },
      collectors,
      index: source.index,
      interfaces: /^.*$/,
      reader,
    });
    const wanted = new Set(collectors.map(({ name }) => name));
    const snapshot = scraper.snapshot();
    await scraper.scrape(snapshot, wanted, { at: Number.POSITIVE_INFINITY });
    const writer = new ExpositionWriter(format, new PagePool());
    await new NativeView(plan).write(snapshot, wanted, writer, new Pace());
    return Buffer.concat(writer.finish()).toString();
  } finally {
    reader.close();
    await source.stop();
  }
}
