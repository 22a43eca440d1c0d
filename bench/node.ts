import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleExporter } from '../scripts/bundle.ts';
import type { FileReader } from '../src/kernel/file-reader.ts';
import { collectors, viewCollectors } from '../src/metrics/index.ts';
import { FileSource } from '../src/pods/sources/file.ts';
import { openNode, type OpenNode } from '../src/collect/open-node.ts';
import { STORAGE } from '../test/support/storage-choice.ts';
import { startManyPods } from '../test/support/stand-in-node.ts';
import { silentLog } from '../test/support/log-record.ts';

/** A node with many pods whose containers sleep. */
export interface ManyPods {
  readonly nodeName: string;
  readonly kubeconfigPath: string;
  readonly podsFile: string;
  /** The bundled program. */
  readonly program: string;
  /** A temporary folder. */
  readonly directory: string;
  /** The parent of the node's cgroups, below the root of each hierarchy. */
  readonly cgroupRoot: string;
}

/** Where an exporter reads its pods: from the node's file or its API server. */
export type PodsFrom = 'file' | 'api';

/** Flags of an exporter of the node, which listens on a free port. */
export function exporterFlags({ nodeName, podsFile, kubeconfigPath }: ManyPods, from: PodsFrom): readonly string[] {
  const pods = from === 'file' ? [`--pods=file:${podsFile}`] : ['--pods=api', `--kubeconfig=${kubeconfigPath}`];
  return ['--web.listen-address=127.0.0.1:0', `--node-name=${nodeName}`, ...pods];
}

const CONTAINERS = 3;

const NATIVE = join(import.meta.dirname, '../src/kernel/native.node');

/** Calls `work` with a node of `pods` pods, and always removes the node afterwards. */
export async function withManyPods<T>(pods: number, work: (node: ManyPods) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'pod-exporter-bench-'));
  try {
    const program = join(directory, 'pod-exporter.mjs');
    await bundleExporter(program);
    // As in the image, where it was built.
    await cp(NATIVE, join(directory, 'native.node'), { force: true }).catch(() => {});
    const node = await startManyPods({ pods, containersPerPod: CONTAINERS });
    const { nodeName, kubeconfigPath } = node;
    try {
      const podsFile = await node.podsFile();
      return await work({ nodeName, kubeconfigPath, podsFile, program, directory, cgroupRoot: node.tree.name });
    } finally {
      await node.stop();
    }
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** Opens the node as the exporter does, in this process. */
export async function openManyPods(
  { podsFile: path, nodeName }: ManyPods,
  reader: FileReader,
): Promise<{ readonly node: OpenNode; readonly close: () => Promise<void> }> {
  const source = new FileSource({ path, nodeName, podLabels: [], podAnnotations: [], log: silentLog });
  await source.start();
  const node = openNode({
    paths: { procfs: '/proc', sysfs: '/sys', rootfs: '/' },
    collectors: [...collectors, ...viewCollectors],
    index: source.index,
    interfaces: /^.*$/,
    storage: STORAGE,
    reader,
  });
  return {
    node,
    async close() {
      reader.close();
      await source.stop();
    },
  };
}
