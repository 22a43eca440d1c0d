import { PagePool } from '../../exposition/page-pool.ts';
import { CONTENT_TYPES, ExpositionWriter } from '../../exposition/writer.ts';
import type { CollectorName } from '../../metrics/index.ts';
import type { TableNumbers } from '../../metrics/table.ts';
import type { Snapshot } from '../../snapshot/snapshot.ts';
import type { Output, SnapshotAnswer } from '../endpoint.ts';
import { sendExposition } from '../exposition-answer.ts';

/** The kubelet's families, and what the table of volumes calls their numbers. */
const FAMILIES = (
  [
    ['available', 'available_bytes', 'Number of available bytes in the volume'],
    ['size', 'capacity_bytes', 'Capacity in bytes of the volume'],
    ['files', 'inodes', 'Maximum number of inodes in the volume'],
    ['filesFree', 'inodes_free', 'Number of free inodes in the volume'],
    ['filesUsed', 'inodes_used', 'Number of used inodes in the volume'],
    ['used', 'used_bytes', 'Number of used bytes in the volume'],
  ] as const
).map(([key, name, help]) => {
  const family = { name: `kubelet_volume_stats_${name}`, type: 'gauge', help: `[ALPHA] ${help}` } as const;
  return { key, name: Buffer.from(family.name), head: ExpositionWriter.head(family, 'text') };
});

/** Labels and numbers of a claim. */
interface Claim {
  readonly labels: Buffer;
  readonly numbers: TableNumbers<'volume'>;
}

/** The collector that has the numbers. */
export const VOLUMES = 'volumes';

/**
 * The kubelet's `kubelet_volume_stats_*`, for dashboards that use them: of every claim once, however many pods of the
 * node mount it. Text 0.0.4 only.
 */
export class VolumeStatsView implements SnapshotAnswer {
  readonly kind = 'snapshot';
  readonly contentType = CONTENT_TYPES.text;
  readonly collectors: ReadonlySet<CollectorName> = new Set([VOLUMES]);
  readonly #pool = new PagePool();

  write(snapshot: Snapshot, output: Output): Promise<void> {
    const claims = claimsOf(snapshot);
    return sendExposition({ pool: this.#pool, format: 'text' }, output, async (writer, yielder) => {
      for (const { key, name, head } of FAMILIES) {
        if (yielder.shouldYield) await yielder.yield();
        let written = 0;
        for (const { labels, numbers } of claims) {
          const value = numbers[key];
          if (value === undefined) continue;
          if (written++ === 0) writer.raw(head);
          writer.sample(name, labels, undefined, value);
        }
      }
    });
  }
}

function claimsOf(snapshot: Snapshot): readonly Claim[] {
  const claims = new Map<string, Claim>();
  if (!snapshot.succeeded(VOLUMES)) return [];
  for (const { labels, numbers } of snapshot.tables.get('volume') ?? []) {
    const own = labels.filter(([name]) => name === 'namespace' || name === 'persistentvolumeclaim');
    const key = JSON.stringify(own);
    if (own.length < 2 || claims.has(key)) continue;
    claims.set(key, { labels: ExpositionWriter.labels(own), numbers });
  }
  return [...claims.values()];
}
