import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { diskEmptyDirNames } from '../pods/records/volumes.ts';
import { errorCode } from '../base/error-code.ts';
import { overlayUpperDirectory } from '../kernel/mount-table.ts';
import { decodePath } from '../kernel/text.ts';
import type { RootedPath } from '../kernel/rooted-path.ts';
import { isOwnPidNamespace } from '../kernel/processes.ts';
import { listDirectories, readCgroupProcs } from '../node/cgroup-tree.ts';
import type { UsageKey, UsagePod } from './usage-cache.ts';

/** Mount paths of the node's file systems. */
export interface UsagePaths {
  readonly procfs: string;
  readonly rootfs: string;
  /** Root directory of the kubelet, usually `/var/lib/kubelet`. */
  readonly kubelet: string;
  /** The cgroup mount for reading `cgroup.procs`. */
  readonly cgroups: () => string;
}

/** The directories of one measurement, or why they cannot be found. */
export type UsageDirectories = { readonly key: UsageKey } & (
  | { readonly directories: readonly RootedPath[] }
  | { readonly failure: UsageFailure }
);

/** Why something cannot be measured. */
export interface UsageFailure {
  /** System error code, or a short description. */
  readonly code: string;
  /** Path at which the failure occurred. */
  readonly path: string;
}

/** Default of `podLogsDir` in the kubelet configuration. */
const POD_LOGS_DIRECTORY = '/var/log/pods';

/** Code for a container that has just exited; without hostPID for all containers. */
export const NO_PROCESS = 'no visible process';

/** Further processes are tried because one may have exited or may have another root. */
const MAX_PROCESSES_TRIED = 4;

/**
 * Finds the directories of a pod lazily, because measuring takes long and directories may disappear. Reads only kernel
 * files. Without pod metadata only writable layers can be found.
 */
export function* findUsageDirectories(pod: UsagePod, paths: UsagePaths): Generator<UsageDirectories> {
  const { uid, record, containers } = pod;
  const names = record === undefined ? [] : diskEmptyDirNames(record);
  if (names.length > 0) {
    const parent = join(paths.kubelet, 'pods', uid, 'volumes/kubernetes.io~empty-dir');
    const directories = names.map((name) => ({ root: '/', path: join(parent, name) }));
    yield { key: { uid, type: 'empty_dir' }, directories };
  }
  for (const { name, cgroup } of containers) {
    const key = { uid, container: name };
    yield writableLayer({ ...key, type: 'writable_layer' }, cgroup, paths);
    if (record === undefined) continue;
    const path = join(POD_LOGS_DIRECTORY, `${record.namespace}_${record.name}_${uid}`, name);
    yield { key: { ...key, type: 'logs' }, directories: [{ root: paths.rootfs, path }] };
  }
}

/** Finds the upper directory of the overlay that is the root of the container's processes. */
function writableLayer(key: UsageKey, cgroup: string, { procfs, rootfs, cgroups }: UsagePaths): UsageDirectories {
  let failure: UsageFailure = { code: NO_PROCESS, path: cgroup };
  const processes = isOwnPidNamespace(procfs) ? listPids(cgroups() + cgroup) : [];
  for (const pid of processes.slice(0, MAX_PROCESSES_TRIED)) {
    const path = join(procfs, pid, 'mountinfo');
    try {
      const directory = overlayUpperDirectory(readFileSync(path));
      if (directory !== undefined) return { key, directories: [{ root: rootfs, path: decodePath(directory) }] };
      failure = { code: 'root is not an overlay', path };
    } catch (error) {
      failure = { code: errorCode(error), path };
    }
  }
  return { key, failure };
}

/** PIDs of a cgroup, else of its child cgroups. The kernel writes 0 for a process outside of the PID namespace. */
function listPids(directory: string): readonly string[] {
  const pids = visiblePids(directory);
  return pids.length > 0 ? pids : listDirectories(directory).flatMap((name) => visiblePids(join(directory, name)));
}

function visiblePids(directory: string): readonly string[] {
  return readCgroupProcs(directory)
    .split('\n')
    .filter((pid) => /^[1-9]\d*$/.test(pid));
}
