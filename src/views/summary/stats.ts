/**
 * Parts of `/stats/summary`, in the kubelet's schema `stats/v1alpha1`: whole numbers in bytes, nanoseconds and
 * billionths of a core. An absent number is `undefined`, which JSON omits.
 * https://kubernetes.io/docs/reference/instrumentation/node-metrics/
 */
import type { CollectorName, RowName } from '../../metrics/index.ts';
import type { CpuUsage } from '../../snapshot/cpu-usage.ts';
import type { Snapshot } from '../../snapshot/snapshot.ts';
import { LevelNumbers } from '../level-numbers.ts';

type Known<T> = { readonly [K in keyof T]: T[K] | undefined };

/** Microseconds, and percent of the last 10, 60 and 300 s; the schema requires all of them. */
export interface PressureData {
  readonly total: number;
  readonly avg10: number;
  readonly avg60: number;
  readonly avg300: number;
}

export interface PressureStats {
  readonly full: PressureData | undefined;
  readonly some: PressureData | undefined;
}

/**
 * When, with fractions of a second, which Kubernetes' clients read although it writes none: a rate over differences of
 * whole seconds is wrong by the fractions.
 */
interface At {
  readonly time: string;
}

export type CpuStats = At & Known<{ usageNanoCores: number; usageCoreNanoSeconds: number; psi: PressureStats }>;

export type MemoryStats = At &
  Known<{
    availableBytes: number;
    usageBytes: number;
    workingSetBytes: number;
    rssBytes: number;
    pageFaults: number;
    majorPageFaults: number;
    psi: PressureStats;
  }>;

export type IoStats = At & { readonly psi: PressureStats };

export type SwapStats = At & Known<{ swapAvailableBytes: number; swapUsageBytes: number }>;

/** The time of `seconds` since 1970, in RFC 3339 with milliseconds unless they are 0. */
export function rfc3339(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
}

/** `rfc3339` of a time that may be absent. */
export function startTime(seconds: number | undefined): string | undefined {
  return seconds === undefined || Number.isNaN(seconds) ? undefined : rfc3339(seconds);
}

/** A whole number, as the schema requires: exact up to 2^53, the nearest double beyond; `undefined` for NaN. */
export function whole(value: number): number | undefined {
  return Number.isNaN(value) ? undefined : Math.round(value);
}

const NANOSECONDS = 1e9;

type StatsLevel = 'container' | 'pod' | 'node';

/** What the statistics of one level are made of. */
export interface StatsSources {
  readonly snapshot: Snapshot;
  readonly level: StatsLevel;
  readonly usage: CpuUsage;
}

/** The statistics of the subjects of one level. */
export class LevelStats {
  readonly #sources: StatsSources;
  readonly #numbers: LevelNumbers<StatsLevel>;

  constructor(sources: StatsSources) {
    this.#sources = sources;
    this.#numbers = new LevelNumbers(sources.snapshot, sources.level);
  }

  /** The number of a row, NaN if there is none. */
  number(row: RowName<StatsLevel>, position: number): number {
    return this.#numbers.get(row, position);
  }

  cpu(position: number): CpuStats | undefined {
    const { level, snapshot, usage } = this.#sources;
    const usageCoreNanoSeconds = whole(this.number('cpu_usage_seconds_total', position) * NANOSECONDS);
    if (usageCoreNanoSeconds === undefined) return undefined;
    return {
      time: this.#time(level === 'node' ? 'node-cpu' : 'cpu'),
      usageNanoCores: whole(usage.get(snapshot.subjects[level][position]?.id ?? 0) ?? Number.NaN),
      usageCoreNanoSeconds,
      psi: this.#pressure('cpu', position),
    };
  }

  /** `limit`, of which what the working set leaves is available; the cgroup's own unless said. */
  memory(position: number, limit = this.number('memory_limit_bytes', position)): MemoryStats | undefined {
    const usage = this.#first(['memory_usage_bytes', 'memory_anon_and_file_bytes'], position);
    const workingSet = this.#first(['memory_working_set_bytes', 'memory_anon_and_active_file_bytes'], position);
    if (Number.isNaN(usage) && Number.isNaN(workingSet)) return undefined;
    return {
      time: this.#time(this.#memoryCollector),
      availableBytes: whole(Math.max(0, limit - workingSet)),
      usageBytes: whole(usage),
      workingSetBytes: whole(workingSet),
      rssBytes: whole(this.number('memory_rss', position)),
      pageFaults: whole(this.number('memory_page_faults_total', position)),
      majorPageFaults: whole(this.number('memory_major_page_faults_total', position)),
      psi: this.#pressure('memory', position),
    };
  }

  io(position: number): IoStats | undefined {
    const psi = this.#pressure('io', position);
    return psi === undefined ? undefined : { time: this.#time('pressure-averages'), psi };
  }

  /** `usage` and `available` in bytes; `undefined` if swap is not accounted. */
  swap(usage: number, available: number): SwapStats | undefined {
    if (Number.isNaN(usage)) return undefined;
    return {
      time: this.#time(this.#memoryCollector),
      swapAvailableBytes: whole(available),
      swapUsageBytes: whole(usage),
    };
  }

  /** Swap of a cgroup, with what its limit leaves. */
  cgroupSwap(position: number): SwapStats | undefined {
    const usage = this.number('memory_swap', position);
    return this.swap(usage, Math.max(0, this.number('memory_swap_limit_bytes', position) - usage));
  }

  get #memoryCollector(): CollectorName {
    return this.#sources.level === 'node' ? 'node-memory' : 'memory';
  }

  #time(collector: CollectorName): string {
    return rfc3339(this.#sources.snapshot.readAt(collector));
  }

  #first(rows: readonly RowName<StatsLevel>[], position: number): number {
    return rows.map((row) => this.number(row, position)).find((value) => !Number.isNaN(value)) ?? Number.NaN;
  }

  #pressure(resource: 'cpu' | 'memory' | 'io', position: number): PressureStats | undefined {
    const data = (share: 'some' | 'full'): PressureData | undefined => {
      const number = (key: keyof PressureData): number => this.number(`pressure_${resource}_${share}_${key}`, position);
      const read = {
        total: Math.round(number('total')),
        avg10: number('avg10'),
        avg60: number('avg60'),
        avg300: number('avg300'),
      };
      return Object.values(read).some(Number.isNaN) ? undefined : read;
    };
    const some = data('some');
    return some === undefined ? undefined : { full: data('full'), some };
  }
}
