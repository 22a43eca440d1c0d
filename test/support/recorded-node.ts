import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readRecording } from '../../scripts/recording.ts';
import { PagePool } from '../../src/exposition/page-pool.ts';
import { ExpositionWriter, type ExpositionFormat } from '../../src/exposition/writer.ts';
import { FileReader } from '../../src/kernel/file-reader.ts';
import { collectors, viewCollectors } from '../../src/metrics/index.ts';
import { openPodSource } from '../../src/pods/open-source.ts';
import type { PodSource } from '../../src/pods/pod-source.ts';
import { openNode } from '../../src/collect/open-node.ts';
import { TimeSlice } from '../../src/base/yielder.ts';
import type { Plan } from '../../src/plan/plan.ts';
import type { Snapshot } from '../../src/snapshot/snapshot.ts';
import type { UsageReader } from '../../src/usage/usage-cache.ts';
import { NativeView } from '../../src/views/native/native.ts';
import { STORAGE } from './storage-choice.ts';
import { silentLog } from './log-record.ts';

/** A recorded node. */
export interface RecordedNode {
  readonly name: string;
  /** The name under which the kubelet registered. */
  readonly nodeName: string;
  /** The kubelet's version, `1.37`; absent for a node without the kubelet's endpoints. */
  readonly kubelet?: string;
  readonly folder: string;
  /** The golden file. */
  readonly expected: string;
}

/** What is exported of pods beside their names. */
export const KEPT = { podLabels: ['*'], podAnnotations: ['note'] } as const;

const nodes = join(import.meta.dirname, '../golden/nodes');

/** Every recorded node: a folder is a node. */
export function goldenNodes(): readonly RecordedNode[] {
  return readdirSync(nodes).map(goldenNode);
}

/** A recorded node with the kubelet's own endpoints. */
export type ComparedNode = RecordedNode & Required<Pick<RecordedNode, 'kubelet'>>;

/** The recorded nodes that have the kubelet's own endpoints to compare with. */
export function comparedNodes(): readonly ComparedNode[] {
  return goldenNodes().flatMap((node) => {
    const { kubelet } = node;
    return kubelet === undefined ? [] : [{ ...node, kubelet }];
  });
}

/** The recorded node in the folder `name`. */
export function goldenNode(name: string): RecordedNode {
  const folder = join(nodes, name);
  const { nodeName, kubeletVersion } = readRecording(folder);
  const [, kubelet] = /^v(\d+\.\d+)/.exec(kubeletVersion ?? '') ?? [];
  return {
    name,
    folder,
    nodeName,
    expected: join(folder, 'expected.prom'),
    ...(kubelet !== undefined && existsSync(join(folder, 'kubelet')) ? { kubelet } : {}),
  };
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
  const { begin, end } = readRecording(folder);
  return { begin: Date.parse(begin), end: Date.parse(end) };
}

/** The exposition of a recorded node, with every collector on and without self-metrics. */
export function scrapeRecorded(
  node: RecordedNode,
  format: ExpositionFormat = 'text',
  pods = recordedPods(node),
): Promise<string> {
  const wanted = new Set(collectors.map(({ name }) => name));
  const write = async (snapshot: Snapshot, plan: Plan): Promise<string> => {
    const writer = new ExpositionWriter(format, new PagePool());
    await new NativeView(plan).write(snapshot, wanted, writer, new TimeSlice());
    return Buffer.concat(writer.finish()).toString();
  };
  return withRecorded(node, wanted, write, { pods });
}

/** Scrapes a recorded node and calls `work` with the snapshot. */
export async function withRecorded<T>(
  node: RecordedNode,
  wanted: ReadonlySet<string>,
  work: (snapshot: Snapshot, plan: Plan) => Promise<T>,
  { pods = recordedPods(node), usage }: { readonly pods?: Promise<PodSource>; readonly usage?: UsageReader } = {},
): Promise<T> {
  const source = await pods;
  await source.start();
  const reader = new FileReader({ maxCachedDescriptors: 64 });
  try {
    const recorded = join(node.folder, 'node');
    const { scraper, plan } = openNode({
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
    return await work(await scraper.scrape(scraper.builder(), wanted, { at: Number.POSITIVE_INFINITY }), plan);
  } finally {
    reader.close();
    await source.stop();
  }
}
