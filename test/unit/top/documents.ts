import type { ContainerDocument, NodeDocument, PodDocument } from '../../../src/top/document.ts';
import { RecentEvents } from '../../../src/top/recent-events.ts';
import { rowsOf, type PodRow } from '../../../src/top/rows.ts';

/** A document of these pods. */
export function documentOf(pods: readonly PodDocument[], time = 1000): NodeDocument {
  const node = {
    name: 'node1',
    cpu: { cores: 4 },
    memory: { working_set_bytes: 2 ** 30, capacity_bytes: 2 ** 32 },
    rates: { cpu: { usage_seconds_total: 3.8 } },
  };
  return { time_seconds: time, node, pods };
}

/** A pod with one container called `app`. */
export function podOf(name: string, of: Partial<PodDocument> = {}, container: ContainerDocument = {}): PodDocument {
  return { uid: `uid-${name}`, namespace: 'shop', name, containers: [{ name: 'app', ...container }], ...of };
}

/** The rows of documents that follow each other. */
export function rowsAfter(...documents: readonly NodeDocument[]): readonly PodRow[] {
  const recent = new RecentEvents();
  let rows: readonly PodRow[] = [];
  for (const document of documents) {
    recent.update(document);
    rows = rowsOf(document, recent);
  }
  return rows;
}
