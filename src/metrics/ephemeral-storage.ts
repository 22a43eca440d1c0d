import type { Collector, UsageRow } from './row.ts';

const rows = [
  {
    level: 'container',
    name: 'container_ephemeral_storage_bytes',
    type: 'gauge',
    help: "Disk usage of a container's writable layer and logs.",
    by: ['type'],
    types: ['writable_layer', 'logs'],
    of: 'bytes',
  },
  {
    level: 'container',
    name: 'container_ephemeral_storage_timestamp_seconds',
    type: 'gauge',
    help: 'Unix time at which the disk usage of a container was measured.',
    by: ['type'],
    types: ['writable_layer', 'logs'],
    of: 'time',
  },
  {
    level: 'pod',
    name: 'pod_ephemeral_storage_bytes',
    type: 'gauge',
    help: "Disk usage of a pod's emptyDir volumes, excluding those in memory.",
    by: ['type'],
    types: ['empty_dir'],
    of: 'bytes',
  },
  {
    level: 'pod',
    name: 'pod_ephemeral_storage_timestamp_seconds',
    type: 'gauge',
    help: "Unix time at which the disk usage of a pod's emptyDir volumes was measured; the oldest of several.",
    by: ['type'],
    types: ['empty_dir'],
    of: 'time',
  },
] as const satisfies readonly UsageRow[];

/** Measured between scrapes, by the kubelet or by a directory walk. See docs/ephemeral-storage.md. */
export const ephemeralStorage = {
  name: 'ephemeral-storage',
  about:
    'Disk usage of writable layers, logs and emptyDir volumes, measured between scrapes by the kubelet or by a slow walk.',
  enabled: false,
  nodeWide: true,
  usage: rows,
} as const satisfies Collector;
