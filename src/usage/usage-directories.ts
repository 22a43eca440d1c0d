import { join } from 'node:path';
import { diskEmptyDirNames } from '../pods/records/volumes.ts';
import type { RootedPath } from '../kernel/rooted-path.ts';
import type { UsageKey, UsagePod } from './usage-cache.ts';
import type { UsageFailure, UsagePaths } from './usage-paths.ts';
import type { WritableLayers } from './writable-layers.ts';

/** The directories of one measurement, or why they cannot be found. */
export type UsageDirectories = { readonly key: UsageKey } & (
  | { readonly directories: readonly RootedPath[] }
  | { readonly failure: UsageFailure }
);

/** Default of `podLogsDir` in the kubelet configuration. */
const POD_LOGS_DIRECTORY = '/var/log/pods';

/**
 * Finds the directories of a pod lazily, because measuring takes long and directories may disappear. Reads only kernel
 * files. Without pod metadata only writable layers can be found. Names that would lead out of their directory have none.
 */
export function* findUsageDirectories(
  pod: UsagePod,
  paths: UsagePaths,
  layers: WritableLayers,
): Generator<UsageDirectories> {
  const { uid, record, containers } = pod;
  layers.nextPod();
  const names = record === undefined ? [] : diskEmptyDirNames(record).filter(isFileName);
  if (names.length > 0) {
    const parent = join(paths.kubelet, 'pods', uid, 'volumes/kubernetes.io~empty-dir');
    const directories = names.map((name) => ({ root: '/', path: join(parent, name) }));
    yield { key: { uid, type: 'empty_dir' }, directories };
  }
  for (const { name, cgroup } of containers) {
    const key = { uid, container: name };
    yield writableLayer({ ...key, type: 'writable_layer' }, layers.find(cgroup), paths);
    const directory = record === undefined ? '' : `${record.namespace}_${record.name}_${uid}`;
    if (!isFileName(directory) || !isFileName(name)) continue;
    const path = join(POD_LOGS_DIRECTORY, directory, name);
    yield { key: { ...key, type: 'logs' }, directories: [{ root: paths.rootfs, path }] };
  }
}

function writableLayer(
  key: UsageKey,
  found: ReturnType<WritableLayers['find']>,
  { rootfs }: UsagePaths,
): UsageDirectories {
  return 'code' in found ? { key, failure: found } : { key, directories: [{ root: rootfs, path: found.path }] };
}

/** The API server validates names; a list that does not come from one may have others. */
function isFileName(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !/[/\0]/.test(name);
}
