import type { FileReader } from '../kernel/file-reader.ts';
import {
  readOpenFilesLimit,
  countOpenDescriptors,
  countOpenSockets,
  fdDirectoryHasSize,
} from '../kernel/open-files.ts';
import { bootTime, processStart, TICKS_PER_SECOND } from '../kernel/processes.ts';
import type { ProcessNumber } from '../metrics/row.ts';
import type { PathOf } from './cgroup-path.ts';
import { CACHE_MS } from './read-target.ts';

/** Looking at each descriptor of a process with more than so many would hold everything up. */
const MAX_DESCRIPTORS = 1000;

/** Of so many processes the eldest is looked for, once. */
const MAX_PROCESSES = 100;

/** What is known of a cgroup's first process between scrapes. */
interface FirstProcess {
  readonly pid: number;
  readonly started: number;
  /** Milliseconds; then the limit is read again, and it is tried again whether sockets can be seen. */
  recheck: number;
  limit: number;
  socketsHidden: boolean;
}

export interface ProcessNumbersParts {
  readonly procfs: string;
  readonly pathOf: PathOf;
  readonly reader: FileReader;
}

/** Tells what the processes of cgroups have open, and of the first one its limit and its start. */
export class ProcessNumbers {
  readonly #parts: ProcessNumbersParts;
  readonly #first = new WeakMap<object, FirstProcess>();
  readonly #numbers: Readonly<Record<ProcessNumber, (first: FirstProcess, pids: readonly number[]) => number>>;
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
   * The processes in the cgroup at `path` itself; none where they cannot be read, or where one of them is not to be
   * seen: the kernel lists it as 0.
   */
  list(path: string): readonly number[] {
    const { pathOf, reader } = this.#parts;
    const file = pathOf('cgroup', path, 'cgroup.procs');
    if (file === undefined) return [];
    let length: number;
    try {
      length = reader.read(file);
    } catch {
      // That the cgroup is gone, or cannot be read, is said by the collectors that every view has.
      return [];
    }
    const pids = reader.bytes.toString('latin1', 0, length).split('\n').filter(Boolean).map(Number);
    return pids.includes(0) ? [] : pids;
  }

  /**
   * A number of the processes `pids`, which are all that `cgroup` has; `cgroup` is an object that stands for it as long
   * as it is there. `now` in milliseconds that only grow. NaN where there is none.
   */
  read(number: ProcessNumber, { cgroup, pids, now }: { cgroup: object; pids: readonly number[]; now: number }): number {
    if (pids.length === 0) return Number.NaN;
    return this.#numbers[number](this.#firstOf(cgroup, pids, now), pids);
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
    const { pid, started } = isThere ? known : this.#eldest(pids);
    const limit = readOpenFilesLimit(this.#parts.procfs, pid) ?? Number.NaN;
    const first = { pid, started, recheck: now + CACHE_MS, limit, socketsHidden: false };
    this.#first.set(cgroup, first);
    return first;
  }

  /** Numbers begin anew when they have run out, so that the lowest is not always the eldest. */
  #eldest(pids: readonly number[]): Pick<FirstProcess, 'pid' | 'started'> {
    let eldest = { pid: pids[0] ?? 0, ticks: Number.POSITIVE_INFINITY };
    for (const pid of pids.slice(0, MAX_PROCESSES)) {
      const { ticks } = processStart(this.#parts.procfs, pid) ?? eldest;
      if (ticks < eldest.ticks) eldest = { pid, ticks };
    }
    this.#bootTime ??= bootTime(this.#parts.procfs);
    // The time of the boot is in whole seconds.
    const started = Math.floor(this.#bootTime + eldest.ticks / TICKS_PER_SECOND);
    return { pid: eldest.pid, started: Number.isFinite(started) ? started : Number.NaN };
  }
}

/** NaN as soon as one is, without asking the others, and if all processes have ended. */
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
