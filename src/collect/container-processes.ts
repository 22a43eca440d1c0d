import { readProcess } from '../kernel/process-reading.ts';
import { isOwnPidNamespace, readBootTime } from '../kernel/processes.ts';
import type { Process, ProcessList, ProcessState } from '../snapshot/process.ts';

/** Processes of one container that are read; reading one takes two files. */
const MAX_PROCESSES = 500;

const STATES: Readonly<Partial<Record<string, ProcessState>>> = {
  R: 'running',
  S: 'sleeping',
  D: 'disk sleep',
  T: 'stopped',
  t: 'tracing stop',
  Z: 'zombie',
  I: 'idle',
  X: 'dead',
};

export interface ContainerProcessesParts {
  readonly procfs: string;
  /** PIDs in the cgroup at a path and below it; none if one is in another PID namespace. */
  readonly list: (path: string) => readonly number[];
}

/** Reads the processes of containers. */
export class ContainerProcesses {
  readonly #parts: ContainerProcessesParts;
  #bootTime: number | undefined;

  constructor(parts: ContainerProcessesParts) {
    this.#parts = parts;
  }

  /** The processes of the container whose cgroup is at `path`; `undefined` if none is visible. */
  read(path: string): ProcessList | undefined {
    const { procfs, list } = this.#parts;
    if (!isOwnPidNamespace(procfs)) return undefined;
    const pids = list(path).toSorted((left, right) => left - right);
    if (pids.length === 0) return undefined;
    const processes = pids.slice(0, MAX_PROCESSES).flatMap((pid) => this.#process(pid) ?? []);
    return { processes, omitted: Math.max(0, pids.length - MAX_PROCESSES) };
  }

  #process(pid: number): Process | undefined {
    const reading = readProcess(this.#parts.procfs, pid);
    if (reading === undefined) return undefined;
    this.#bootTime ??= readBootTime(this.#parts.procfs);
    const { name, state, threads, cpuSeconds, startedAfterBoot, residentBytes, swapBytes } = reading;
    return {
      pid,
      name,
      state: STATES[state] ?? 'unknown',
      threads,
      cpuSeconds,
      startTime: this.#bootTime + startedAfterBoot,
      ...(Number.isNaN(residentBytes) ? {} : { residentBytes }),
      ...(Number.isNaN(swapBytes) ? {} : { swapBytes }),
    };
  }
}
