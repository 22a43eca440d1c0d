import assert from 'node:assert/strict';

import { parseExposition } from './exposition.ts';
import type { PlainNode } from './plain-node.ts';

/** Asserts that an exposition has all samples of a node of plain files, and the exporter's own. */
export function assertComplete(text: string, node: PlainNode): void {
  const counts = new Map<string, number>();
  for (const { name } of parseExposition(text)) counts.set(name, (counts.get(name) ?? 0) + 1);
  assert.equal(counts.get('container_fs_reads_bytes_total'), node.objects.length * node.devices);
  assert.equal(counts.get('container_start_time_seconds'), node.objects.length);
  assert.equal(counts.get('pod_exporter_build_info'), 1);
  assert.match(text, /\n$/);
}

/** The samples of the node, without the exporter's own, one line each. */
export function nodeSamples(text: string): readonly string[] {
  return text
    .split('\n')
    .filter((line) => /^(?:container|pod|cgroup)_/.test(line) && !line.startsWith('pod_exporter_'));
}
