import { volumes } from '../../metrics/volumes.ts';
import type { Snapshot } from '../../snapshot/snapshot.ts';
import type { Labels } from '../../snapshot/subject.ts';

/** A number of a volume: its key in the table, its field, and its series. */
export const VOLUME_NUMBERS = volumes.tables.flatMap((row) =>
  row.table === 'volume' ? [{ key: row.key, field: row.name.replace('pod_volume_', ''), row }] : [],
);

/** Keys of the numbers that are 0 or 1, and booleans in documents. */
export const VOLUME_FLAGS: ReadonlySet<string> = new Set(['readonly', 'stuck']);

/** Labels of a volume that are fields of the same name; the label `volume` is its name. */
export const VOLUME_LABELS = ['persistentvolumeclaim', 'type', 'device', 'fstype', 'storage'] as const;

type Volume = Record<string, unknown>;

/** The volumes of each pod, by the pod's key. */
export function volumesByPod(snapshot: Snapshot): ReadonlyMap<string, readonly Volume[]> {
  const byPod = new Map<string, Map<string, Volume>>();
  if (!snapshot.succeeded(volumes.name)) return new Map();
  for (const { labels } of snapshot.tables.get('volume_info') ?? []) volumeOf(byPod, labels);
  for (const { labels, numbers } of snapshot.tables.get('volume') ?? []) {
    const volume = volumeOf(byPod, labels);
    for (const { key, field } of VOLUME_NUMBERS) {
      const value = numbers[key];
      if (value !== undefined && Number.isFinite(value)) volume[field] = VOLUME_FLAGS.has(key) ? value === 1 : value;
    }
  }
  return new Map([...byPod].map(([pod, own]) => [pod, [...own.values()]]));
}

/** Key of the pod that the labels of a subject or of a volume belong to. */
export function podKey(labels: Labels): string {
  const [[, namespace] = ['', ''], [, pod] = ['', '']] = labels;
  return `${namespace}/${pod}`;
}

function volumeOf(byPod: Map<string, Map<string, Volume>>, labels: Labels): Volume {
  const known = Object.fromEntries(labels) as Readonly<Partial<Record<string, string>>>;
  const pod = podKey(labels);
  const own = byPod.get(pod) ?? new Map<string, Volume>();
  byPod.set(pod, own);
  const name = known['volume'] ?? '';
  const volume = own.get(name) ?? { name };
  own.set(name, volume);
  for (const label of VOLUME_LABELS) if (known[label] !== undefined) volume[label] = known[label];
  return volume;
}
