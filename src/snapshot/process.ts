/** A process at one moment. Command line and environment are never read. */
export interface Process {
  /** In the PID namespace of the exporter. */
  readonly pid: number;
  /** The name of its main thread, without control characters. */
  readonly name: string;
  readonly state: ProcessState;
  readonly threads: number;
  /** CPU time of all its threads, without those of child processes. */
  readonly cpuSeconds: number;
  /** Unix time in seconds. */
  readonly startTime: number;
  /** Resident and swapped-out bytes; absent for a process that has no memory of its own, such as a zombie. */
  readonly residentBytes?: number;
  readonly swapBytes?: number;
}

/** As the kernel names them in `/proc/PID/status`. */
export type ProcessState =
  | 'running'
  | 'sleeping'
  | 'disk sleep'
  | 'stopped'
  | 'tracing stop'
  | 'zombie'
  | 'idle'
  | 'dead'
  | 'unknown';

/** The processes of a container. */
export interface ProcessList {
  /** By PID. */
  readonly processes: readonly Process[];
  /** Further processes, which were not read. */
  readonly omitted: number;
}
