import { dirname } from 'node:path';
import { readCreationTime } from '../kernel/cgroup-creation.ts';
import type { FileReader } from '../kernel/file-reader.ts';
import {
  readOpenFilesLimit,
  countOpenDescriptors,
  countOpenSockets,
  fdDirectoryHasSize,
} from '../kernel/open-files.ts';
import { readBootTime, readProcessStart, TICKS_PER_SECOND } from '../kernel/processes.ts';
import type { ProcessNumber } from '../metrics/row.ts';
import type { PathOf } from './cgroup-path.ts';
import { CACHE_MS } from './read-target.ts';
import { subCgroups } from './sub-cgroups.ts';

/** Sockets are not counted in a process with more descriptors, because each one has to be read. */
const MAX_DESCRIPTORS = 1000;

/** The oldest process is searched for among the first ones that the cgroup lists. */
const MAX_PROCESSES = 100;

/** What is kept of a cgroup's first process between scrapes. */
interface FirstProcess {
  readonly pid: number;
  readonly started: number;
  /** Milliseconds of the scrape's clock at which the limit, and whether sockets are visible, is read again. */
  recheck: number;
  limit: number;
  socketsHidden: boolean;
}

export interface ProcessNumbersParts {
  readonly procfs: string;
  readonly pathOf: PathOf;
  readonly reader: FileReader;
}

/** A cgroup whose processes are read. */
interface ReadCgroup {
  /** Identifies the cgroup while it exists. */
  readonly cgroup: object;
  readonly path: string;
  /** All processes of the cgroup itself. */
  readonly pids: readonly number[];
  /** Milliseconds of a monotonic clock. */
  readonly now: number;
}

/** Reads what the processes of cgroups have open, the limit and start time of the first process, and the cgroup's age. */
export class ProcessNumbers {
  readonly #parts: ProcessNumbersParts;
  readonly #first = new WeakMap<object, FirstProcess>();
  readonly #created = new WeakMap<object, number>();
  readonly #numbers: Readonly<
    Record<Exclude<ProcessNumber, 'created'>, (first: FirstProcess, pids: readonly number[]) => number>
  >;
  #bootTime: number | undefined;

  constructor(parts: ProcessNumbersParts) {
    this.#parts = parts;
    const bySize = fdDirectoryHasSize(parts.procfs);
    this.#numbers = {
      started: ({ started }) => started,
      descriptor_limit: ({ limit }) => limit,
      descriptors: (_, pids) => sum(pids, (pid) => countOpenDescriptors(parts.procfs, pid, bySize)),
      sockets: (first, pids) => this.#sockets(first, pids),
    };
  }

  /**
   * The processes in the cgroup at `path`, and if it is that of a container, also in those below it. None if they cannot
   * be read, or if one is in another PID namespace, which the kernel lists as 0.
   */
  list(path: string, { isContainer }: { readonly isContainer: boolean }): readonly number[] {
    const directory = this.#parts.pathOf('cgroup', path, '');
    if (directory === undefined) return [];
    const below = isContainer ? subCgroups(directory) : [];
    if (below === undefined) return [];
    const pids = [directory, ...below].flatMap((each) => this.#own(each));
    return pids.includes(0) ? [] : pids;
  }

  #own(directory: string): readonly number[] {
    const { reader } = this.#parts;
    let length: number;
    try {
      length = reader.read(`${directory}cgroup.procs`);
    } catch {
      // The collectors that every view has report it.
      return [];
    }
    return reader.bytes.toString('latin1', 0, length).split('\n').filter(Boolean).map(Number);
  }

  /** A number of a cgroup or its processes; NaN for none. */
  read(number: ProcessNumber, of: ReadCgroup): number {
    if (number === 'created') return this.#creation(of);
    const { cgroup, pids, now } = of;
    if (pids.length === 0) return Number.NaN;
    return this.#numbers[number](this.#firstOf(cgroup, pids, now), pids);
  }

  /** Neither before the boot nor after the start of the first process. */
  #creation({ cgroup, path, pids, now }: ReadCgroup): number {
    const known = this.#created.get(cgroup);
    if (known !== undefined) return known;
    const file = this.#parts.pathOf('cgroup', path, 'cgroup.procs');
    const created = file === undefined ? Number.NaN : Math.floor(readCreationTime(dirname(file)));
    if (Number.isNaN(created)) return created;
    const started = pids.length === 0 ? Number.NaN : this.#firstOf(cgroup, pids, now).started;
    this.#bootTime ??= readBootTime(this.#parts.procfs);
    const latest = Number.isNaN(started) ? created : Math.min(created, started);
    const bounded = Number.isNaN(this.#bootTime) ? latest : Math.max(latest, this.#bootTime);
    this.#created.set(cgroup, bounded);
    return bounded;
  }

  #sockets(first: FirstProcess, pids: readonly number[]): number {
    if (first.socketsHidden) return Number.NaN;
    const sockets = sum(pids, (pid) => countOpenSockets(this.#parts.procfs, pid, MAX_DESCRIPTORS));
    first.socketsHidden = Number.isNaN(sockets);
    return sockets;
  }

  #firstOf(cgroup: object, pids: readonly number[], now: number): FirstProcess {
    const known = this.#first.get(cgroup);
    const isThere = known !== undefined && pids.includes(known.pid);
    if (isThere && known.recheck > now) return known;
    const { pid, started } = isThere ? known : this.#oldest(pids);
    const limit = readOpenFilesLimit(this.#parts.procfs, pid) ?? Number.NaN;
    const first = { pid, started, recheck: now + CACHE_MS, limit, socketsHidden: false };
    this.#first.set(cgroup, first);
    return first;
  }

  /** The lowest PID need not be the oldest process: PIDs wrap around. */
  #oldest(pids: readonly number[]): Pick<FirstProcess, 'pid' | 'started'> {
    let oldest = { pid: pids[0] ?? 0, ticks: Number.POSITIVE_INFINITY };
    for (const pid of pids.slice(0, MAX_PROCESSES)) {
      const { ticks } = readProcessStart(this.#parts.procfs, pid) ?? oldest;
      if (ticks < oldest.ticks) oldest = { pid, ticks };
    }
    this.#bootTime ??= readBootTime(this.#parts.procfs);
    // The boot time has whole seconds only.
    const started = Math.floor(this.#bootTime + oldest.ticks / TICKS_PER_SECOND);
    return { pid: oldest.pid, started: Number.isFinite(started) ? started : Number.NaN };
  }
}

/** The sum over processes; NaN if it is NaN for one of them or if all have exited. */
function sum(pids: readonly number[], numberOf: (pid: number) => number | undefined): number {
  let total = Number.NaN;
  for (const pid of pids) {
    const number = numberOf(pid);
    if (number === undefined) continue;
    if (Number.isNaN(number)) return number;
    total = (Number.isNaN(total) ? 0 : total) + number;
  }
  return total;
}
