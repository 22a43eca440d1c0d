import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleExporter } from '../scripts/bundle.ts';
import { startManyPods } from '../test/support/stand-in-node.ts';

/** A node with many pods whose containers sleep. */
export interface ManyPods {
  readonly nodeName: string;
  readonly kubeconfigPath: string;
  readonly podsFile: string;
  /** The bundled program. */
  readonly program: string;
}

const CONTAINERS = 3;

/** Calls `work` with a node of `pods` pods, and removes it afterwards, whatever happens. */
export async function withManyPods<T>(pods: number, work: (node: ManyPods) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'pod-exporter-bench-'));
  try {
    const program = join(folder, 'pod-exporter.mjs');
    await bundleExporter(program);
    const node = await startManyPods({ pods, containersPerPod: CONTAINERS });
    const { nodeName, kubeconfigPath } = node;
    try {
      return await work({ nodeName, kubeconfigPath, podsFile: await node.podsFile(), program });
    } finally {
      await node.stop();
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}
