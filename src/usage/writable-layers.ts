import { join } from 'node:path';
import { errorCode } from '../base/error-code.ts';
import { overlayAtRoot, overlayUpperDirectories } from '../kernel/mount-table.ts';
import { isOwnPidNamespace } from '../kernel/processes.ts';
import { decodePath } from '../kernel/text.ts';
import { cgroupsBelow, readCgroupProcs } from '../node/cgroup-directories.ts';
import type { UsageFailure, UsagePaths } from './usage-paths.ts';
import { readRegularFile } from '../kernel/regular-file.ts';

/** Code for a container that has just exited; without hostPID for all containers. */
export const NO_PROCESS = 'no visible process';

/** Further processes are tried because one may have exited or may have another root. */
const MAX_PROCESSES_TRIED = 4;

/** Bounds the search in a container that makes cgroups without end. */
const MAX_CGROUPS_SEARCHED = 100;

/**
 * Finds the writable layers of containers in the mount table of the node. The mount table of a container identifies only
 * the superblock: in a user namespace of its own a container can mount an overlay whose options name any directory.
 */
export class WritableLayers {
  readonly #paths: UsagePaths;
  /** Upper directory (latin1) by device; read when it is first needed, and once more per pod on a miss. */
  #upperByDevice: ReadonlyMap<string, string> = new Map();
  #isCurrent = false;

  constructor(paths: UsagePaths) {
    this.#paths = paths;
  }

  /** Lets the next unknown overlay cause another reading of the node's mounts. */
  nextPod(): void {
    this.#isCurrent = false;
  }

  /** Returns the upper directory of the overlay that is the root of the processes in `cgroup`, as a path on the node. */
  find(cgroup: string): { readonly path: string } | UsageFailure {
    const { procfs, cgroups } = this.#paths;
    let failure: UsageFailure = { code: NO_PROCESS, path: cgroup };
    const processes = isOwnPidNamespace(procfs) ? findPids(cgroups() + cgroup).take(MAX_PROCESSES_TRIED) : [];
    for (const pid of processes) {
      const path = join(procfs, pid, 'mountinfo');
      try {
        const device = overlayAtRoot(readRegularFile(path));
        const directory = device === undefined ? undefined : this.#upperDirectory(device);
        if (directory !== undefined) return { path: decodePath(directory) };
        failure = { code: device === undefined ? 'root is not an overlay' : 'root is not a mount of the node', path };
      } catch (error) {
        failure = { code: errorCode(error), path };
      }
    }
    return failure;
  }

  #upperDirectory(device: string): string | undefined {
    if (!this.#isCurrent && !this.#upperByDevice.has(device)) {
      this.#upperByDevice = overlayUpperDirectories(readRegularFile(join(this.#paths.procfs, '1/mountinfo')));
      this.#isCurrent = true;
    }
    return this.#upperByDevice.get(device);
  }
}

/**
 * PIDs of a cgroup and of those below it: crun keeps processes one level below, and systemd in the container two. The
 * kernel writes 0 for a process outside of the PID namespace.
 */
function* findPids(directory: string): Generator<string> {
  yield* visiblePids(directory);
  for (const child of cgroupsBelow(directory).take(MAX_CGROUPS_SEARCHED - 1)) yield* visiblePids(child);
}

function visiblePids(directory: string): readonly string[] {
  return readCgroupProcs(directory)
    .split('\n')
    .filter((pid) => /^[1-9]\d*$/.test(pid));
}
