import type { FileReader } from '../kernel/file-reader.ts';
import { readNetworkInode, readProcessStart } from '../kernel/processes.ts';
import { listDirectories } from './cgroup-directories.ts';

export interface ProcessPaths {
  readonly procfs: string;
  /** The cgroup mount for reading `cgroup.procs`. */
  readonly cgroups: () => string;
}

/** A process in whose network namespace a pod lives. */
export interface NetworkProcess {
  readonly pid: number;
  /** Differs between network namespaces. */
  readonly inode: number;
}

/** The oldest process of a container. */
export interface OldestProcess {
  readonly name: string;
  /** Start in clock ticks since boot. */
  readonly ticks: number;
  /** As {@link NetworkProcess.inode}; `undefined` if no process shows its network. */
  readonly inode: number | undefined;
}

/** Bounds the search for the oldest process. */
const MAX_PROCESSES = 100;

/** crun creates a child cgroup, systemd inside the container another, and containers may nest. */
const MAX_DEPTH = 8;

/** Reads the processes of cgroups. */
export class CgroupProcesses {
  readonly #paths: ProcessPaths;
  readonly #reader: FileReader;

  constructor(paths: ProcessPaths, reader: FileReader) {
    this.#paths = paths;
    this.#reader = reader;
  }

  /** The oldest process in a cgroup or below it; `undefined` if none is visible. */
  oldest(path: string): OldestProcess | undefined {
    let oldest: { readonly name: string; readonly ticks: number } | undefined;
    let inode: number | undefined;
    let count = 0;
    for (const pid of this.#all(path)) {
      const start = readProcessStart(this.#paths.procfs, pid);
      if (start !== undefined && (oldest === undefined || start.ticks < oldest.ticks)) {
        oldest = start;
        inode = readNetworkInode(this.#paths.procfs, pid) ?? inode;
      }
      inode ??= readNetworkInode(this.#paths.procfs, pid);
      if (++count === MAX_PROCESSES) break;
    }
    return oldest === undefined ? undefined : { ...oldest, inode };
  }

  /** The first process in the cgroups themselves that shows its network. */
  network(paths: readonly string[]): NetworkProcess | undefined {
    for (const path of paths) {
      const found = this.#firstWithNetwork(this.#own(path));
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** The first process below the cgroups that shows its network. */
  networkBelow(paths: readonly string[]): NetworkProcess | undefined {
    for (const path of paths) {
      const found = this.#firstWithNetwork(this.#below(path, MAX_DEPTH));
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #firstWithNetwork(pids: Iterable<number>): NetworkProcess | undefined {
    for (const pid of pids) {
      const inode = readNetworkInode(this.#paths.procfs, pid);
      if (inode !== undefined) return { pid, inode };
    }
    return undefined;
  }

  *#all(path: string): Generator<number> {
    yield* this.#own(path);
    yield* this.#below(path, MAX_DEPTH);
  }

  *#below(path: string, depth: number): Generator<number> {
    if (depth === 0) return;
    for (const name of listDirectories(this.#paths.cgroups() + path)) {
      const child = `${path}/${name}`;
      yield* this.#own(child);
      yield* this.#below(child, depth - 1);
    }
  }

  /**
   * PIDs of the cgroup itself. The kernel writes 0 for a process outside of the reader's PID namespace. A last line
   * without newline may be truncated and is ignored.
   */
  #own(path: string): number[] {
    try {
      const length = this.#reader.read(`${this.#paths.cgroups()}${path}/cgroup.procs`);
      const text = this.#reader.bytes.toString('latin1', 0, length);
      return text
        .split('\n')
        .slice(0, -1)
        .map(Number)
        .filter((pid) => pid > 0);
    } catch {
      return [];
    }
  }
}
