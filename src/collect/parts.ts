import type { FileReader } from '../kernel/file-reader.ts';
import type { PathOf } from './cgroup-path.ts';
import type { Discovery } from './discovery.ts';
import type { NetworkReader } from './network.ts';
import type { NodeTables } from './node-tables.ts';
import type { UsageReader } from '../usage/usage-cache.ts';
import type { Plan } from '../plan/plan.ts';
import type { Blindness } from '../snapshot/snapshot.ts';
import type { ProcessNumbers } from './process-numbers.ts';

/** The parts of a scrape. */
export interface ScrapeParts {
  readonly plan: Plan;
  readonly discovery: Discovery;
  readonly networks: NetworkReader;
  readonly reader: FileReader;
  readonly processes: ProcessNumbers;
  readonly tables: NodeTables;
  /** Collectors whose controller no visible hierarchy has. */
  readonly hidden?: ReadonlyMap<string, Blindness>;
  /** Absent where nothing is measured between scrapes. */
  readonly usage?: UsageReader;
  readonly procfs: string;
  readonly pathOf: PathOf;
  /** Interfaces to export; `lo` never is. */
  readonly interfaces: RegExp;
  /** Milliseconds, monotonic. */
  readonly now: () => number;
  /** Unix seconds. */
  readonly time: () => number;
  /** Between 0 and 1. */
  readonly random: () => number;
}

/** When to stop reading, in milliseconds of {@link ScrapeParts.now}; it can be extended while the scrape runs. */
export interface Deadline {
  at: number;
}
