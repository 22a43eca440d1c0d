import type { Hierarchies } from '../kernel/hierarchies.ts';
import { readRegularFile } from '../kernel/regular-file.ts';
import type { EndNumbers } from './event.ts';

/** Where a number is: the file below the cgroup, the key in it, and the divisor. */
interface Source {
  readonly controller: string;
  readonly file: string;
  readonly key?: string;
  readonly divisor?: number;
}

/** Sources on cgroup v1, then on v2. */
const SOURCES: Readonly<Record<keyof EndNumbers, readonly [v1: Source, v2: Source]>> = {
  cpuSeconds: [
    { controller: 'cpuacct', file: 'cpuacct.usage', divisor: 1e9 },
    { controller: 'cpu', file: 'cpu.stat', key: 'usage_usec', divisor: 1e6 },
  ],
  peakMemoryBytes: [
    { controller: 'memory', file: 'memory.max_usage_in_bytes' },
    { controller: 'memory', file: 'memory.peak' },
  ],
  oomKills: [
    { controller: 'memory', file: 'memory.oom_control', key: 'oom_kill' },
    { controller: 'memory', file: 'memory.events', key: 'oom_kill' },
  ],
};

/** Reads the last numbers of the container at `path`, while its cgroup still exists. */
export function readEndNumbers(hierarchies: Hierarchies, path: string): EndNumbers {
  const numbers = Object.entries(SOURCES).flatMap(([name, sources]) => {
    const value = readFirst(hierarchies, path, sources);
    return value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(numbers);
}

/** Reads the OOM kills of the cgroup at `path`; `undefined` if it has no such file. */
export function readOomKills(hierarchies: Hierarchies, path: string): number | undefined {
  return readFirst(hierarchies, path, SOURCES.oomKills);
}

function readFirst(
  { controllers, unified }: Hierarchies,
  path: string,
  [v1, v2]: readonly [Source, Source],
): number | undefined {
  const mount = controllers.get(v1.controller);
  const onV1 = mount === undefined ? undefined : readNumber(mount + path, v1);
  return onV1 ?? (unified === undefined ? undefined : readNumber(unified + path, v2));
}

function readNumber(directory: string, { file, key, divisor = 1 }: Source): number | undefined {
  let text: string;
  try {
    text = readRegularFile(`${directory}/${file}`).toString('latin1');
  } catch {
    return undefined;
  }
  const [, digits] = (key === undefined ? /^(\d+)$/m : new RegExp(`^${key} (\\d+)$`, 'm')).exec(text) ?? [];
  return digits === undefined ? undefined : Number(digits) / divisor;
}
