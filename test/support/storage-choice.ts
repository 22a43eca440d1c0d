import type { StorageChoice } from '../../src/storage/storage-choice.ts';

/** The storage that is exported by default. */
export const STORAGE: StorageChoice = {
  kubelet: '/var/lib/kubelet',
  partitions: false,
  excludedDisks: /^(?:z?ram|loop|fd)\d+$/,
  excludedMountPoints: /^\/(?:dev|proc|sys|var\/lib\/kubelet\/pods\/.+)(?:\/.*)?$/,
  excludedTypes: /^(?:cgroup2?|devpts|devtmpfs|mqueue|overlay|proc|sysfs|tracefs)$/,
  timeout: 60_000,
};
