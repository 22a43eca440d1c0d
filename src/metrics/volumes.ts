import type { Collector, TableRow } from './row.ts';

const BY = ['namespace', 'pod', 'volume', 'persistentvolumeclaim'] as const;

const rows = [
  ...(
    [
      ['size', 'capacity_bytes', 'Size of the file system of the volume.'],
      ['available', 'available_bytes', 'Space of the volume that is free for others than root.'],
      ['used', 'used_bytes', 'Space of the volume that is in use.'],
      ['files', 'inodes', 'Inodes of the file system of the volume.'],
      ['filesFree', 'inodes_free', 'Inodes of the volume that are free.'],
      ['filesUsed', 'inodes_used', 'Inodes of the volume that are in use.'],
      ['stuck', 'stuck', 'Whether the file system of the volume has not answered.'],
    ] as const
  ).map(
    ([key, name, help]) => ({ table: 'volume', key, name: `pod_volume_${name}`, type: 'gauge', help, by: BY }) as const,
  ),
  {
    table: 'volume_info',
    key: 'one',
    name: 'pod_volume_info',
    type: 'gauge',
    help: 'What a volume of a pod is made of; always 1.',
    by: [...BY, 'type', 'device', 'fstype', 'storage'],
  },
] as const satisfies readonly TableRow[];

/** Mounts below the kubelet's directory of pods, found at the moment of the scrape. */
export const volumes = {
  name: 'volumes',
  about: 'Space, inodes and devices of the volumes of pods.',
  enabled: true,
  nodeWide: true,
  slow: true,
  tables: rows,
} as const satisfies Collector;
