import type { Collector, TableRow } from './row.ts';

const BY = ['namespace', 'pod', 'volume', 'persistentvolumeclaim'] as const;

const rows = [
  ...(
    [
      ['size', 'capacity_bytes', 'Size of the file system of the volume.'],
      ['available', 'available_bytes', 'Space of the volume available to unprivileged users.'],
      ['used', 'used_bytes', 'Used space of the volume.'],
      ['files', 'inodes', 'Total inodes of the volume.'],
      ['filesFree', 'inodes_free', 'Free inodes of the volume.'],
      ['filesUsed', 'inodes_used', 'Used inodes of the volume.'],
      ['readonly', 'readonly', 'Whether the file system of the volume is read-only.'],
      ['stuck', 'stuck', 'Whether statfs on the volume has not returned.'],
    ] as const
  ).map(
    ([key, name, help]) => ({ table: 'volume', key, name: `pod_volume_${name}`, type: 'gauge', help, by: BY }) as const,
  ),
  {
    table: 'volume_info',
    key: 'one',
    name: 'pod_volume_info',
    type: 'gauge',
    help: 'Information about the volume; always 1.',
    by: [...BY, 'type', 'device', 'fstype', 'storage'],
  },
] as const satisfies readonly TableRow[];

/** Mounts below the kubelet's pods directory at the time of the scrape. */
export const volumes = {
  name: 'volumes',
  about: 'Space, inodes and devices of the volumes of pods.',
  enabled: true,
  nodeWide: true,
  slow: true,
  tables: rows,
} as const satisfies Collector;
