import type { TableKeys } from '../../metrics/table.ts';
import type { Entry, Snapshot } from '../../snapshot/snapshot.ts';
import { rfc3339, whole } from './stats.ts';

/** Space of a file system, in bytes and inodes. */
export interface FsStats {
  readonly time: string;
  readonly availableBytes: number | undefined;
  readonly capacityBytes: number | undefined;
  readonly usedBytes: number | undefined;
  readonly inodesFree: number | undefined;
  readonly inodes: number | undefined;
  readonly inodesUsed: number | undefined;
}

export interface VolumeStats extends FsStats {
  readonly name: string;
  readonly pvcRef: { readonly name: string; readonly namespace: string } | undefined;
}

const COLLECTOR = 'volumes';

/** Volumes by namespace and name of their pod; those of which the file system does not respond are excluded. */
export function volumeStats(snapshot: Snapshot): ReadonlyMap<string, readonly VolumeStats[]> {
  const byPod = new Map<string, VolumeStats[]>();
  if (!snapshot.succeeded(COLLECTOR)) return byPod;
  for (const entry of snapshot.tables.get('volume') ?? []) {
    if (entry.numbers.size === undefined) continue;
    const labels = new Map(entry.labels);
    const namespace = labels.get('namespace') ?? '';
    const claim = labels.get('persistentvolumeclaim');
    const key = podKey(namespace, labels.get('pod') ?? '');
    const pvcRef = claim === undefined ? undefined : { name: claim, namespace };
    const stats = { ...fsStats(entry, snapshot), name: labels.get('volume') ?? '', pvcRef };
    byPod.set(key, [...(byPod.get(key) ?? []), stats]);
  }
  return byPod;
}

/** How {@link volumeStats} calls a pod. */
export function podKey(namespace: string, name: string): string {
  return `${namespace}/${name}`;
}

/** The file system of the kubelet, of images or of writable layers; `undefined` if it is not visible. */
export function fileSystemOf(
  snapshot: Snapshot,
  which: 'kubelet_fs' | 'image_fs' | 'container_fs',
): FsStats | undefined {
  const [entry] = snapshot.tables.get(which) ?? [];
  const isKnown = snapshot.succeeded(COLLECTOR) && entry?.numbers.size !== undefined;
  return isKnown ? fsStats(entry, snapshot) : undefined;
}

function fsStats({ numbers }: Entry<'volume'>, snapshot: Snapshot): FsStats {
  const number = (key: TableKeys['volume']): number | undefined => whole(numbers[key] ?? Number.NaN);
  return {
    time: rfc3339(snapshot.readAt(COLLECTOR)),
    availableBytes: number('available'),
    capacityBytes: number('size'),
    usedBytes: number('used'),
    inodesFree: number('filesFree'),
    inodes: number('files'),
    inodesUsed: number('filesUsed'),
  };
}
