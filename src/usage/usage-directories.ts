import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { diskEmptyDirNames } from '../pods/records/volumes.ts';
import { errorCode } from '../base/error-code.ts';
import { overlayUpperDirectory } from '../kernel/mount-table.ts';
import { decodePath } from '../kernel/mountinfo.ts';
import type { RootedPath } from '../kernel/rooted-path.ts';
import { isOwnPidNamespace } from '../kernel/processes.ts';
import { listDirectories, readCgroupProcs } from '../node/cgroup-tree.ts';
import type { UsageKey, UsagePod } from './usage-cache.ts';

/** Where the node's files are seen. */
export interface UsagePaths {
  readonly procfs: string;
  readonly rootfs: string;
  /** The kubelet's directory. */
  readonly kubelet: string;
  /** The mount in which a cgroup's processes are looked up. */
  readonly cgroups: () => string;
}

/** What is measured as one: the directories, or why they are not known. */
export type UsageDirectories = { readonly key: UsageKey } & (
  | { readonly directories: readonly RootedPath[] }
  | { readonly failure: UsageFailure }
);

/** Why something cannot be measured. */
export interface UsageFailure {
  /** The system's, or what is missing in words. */
  readonly code: string;
  /** Where that was met. */
  readonly path: string;
}

/** Where the kubelet has containers log, unless its configuration says otherwise (`podLogsDir`). */
const LOGS = '/var/log/pods';

/** A container whose process ends this moment has none, as all have without hostPID. */
export const NO_PROCESS = 'no process to be seen';

/** The first that tells is enough; some may have ended meanwhile, or have made a root of their own. */
const MAX_PROCESSES_TRIED = 4;

/**
 * Finds the directories of a pod, each set when it is its turn: what one finds may be gone when others are measured. Only
 * files of the kernel are read for it. Of a pod that Kubernetes does not name only writable layers can be found.
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
    const path = join(LOGS, `${record.namespace}_${record.name}_${uid}`, name);
    yield { key: { ...key, type: 'logs' }, directories: [{ root: paths.rootfs, path }] };
  }
}

/** The upper directory of the overlay that is the root of the container's processes. */
function writableLayer(key: UsageKey, cgroup: string, { procfs, rootfs, cgroups }: UsagePaths): UsageDirectories {
  let failure: UsageFailure = { code: NO_PROCESS, path: cgroup };
  const processes = isOwnPidNamespace(procfs) ? processesOf(cgroups() + cgroup) : [];
  for (const pid of processes.slice(0, MAX_PROCESSES_TRIED)) {
    const path = join(procfs, pid, 'mountinfo');
    try {
      const directory = overlayUpperDirectory(readFileSync(path));
      if (directory !== undefined) return { key, directories: [{ root: rootfs, path: decodePath(directory) }] };
      failure = { code: 'the root is no overlay', path };
    } catch (error) {
      failure = { code: errorCode(error), path };
    }
  }
  return { key, failure };
}

/** Processes in a cgroup, or else in those that a container made in its own. The kernel writes 0 for a hidden one. */
function processesOf(directory: string): readonly string[] {
  const own = numbersIn(directory);
  return own.length > 0 ? own : listDirectories(directory).flatMap((name) => numbersIn(join(directory, name)));
}

function numbersIn(directory: string): readonly string[] {
  return readCgroupProcs(directory)
    .split('\n')
    .filter((pid) => /^[1-9]\d*$/.test(pid));
}
