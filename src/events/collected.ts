import type { Snapshot } from '../snapshot/snapshot.ts';
import type { EndNumbers, NodeEvent } from './event.ts';

const COLUMNS = {
  cpuSeconds: 'container_cpu_usage_seconds_total',
  peakMemoryBytes: 'container_memory_max_usage_bytes',
  oomKills: 'container_oom_kills_total',
} as const satisfies Readonly<Record<keyof EndNumbers, string>>;

/** The numbers of each container in a collection, by the path of its cgroup; without those that were not read. */
export function collectedNumbers(snapshot: Snapshot): ReadonlyMap<string, EndNumbers> {
  const columns = Object.entries(COLUMNS).flatMap(([key, name]) => {
    const family = snapshot.families.find((each) => each.name === name);
    const column = snapshot.columns('container')[family?.series[0]?.column ?? -1];
    return column === undefined ? [] : [[key, column] as const];
  });
  return new Map(
    snapshot.subjects.container.map(({ path }, position) => {
      const numbers = columns.map(([key, column]) => [key, column[position] ?? Number.NaN] as const);
      return [path, Object.fromEntries(numbers.filter(([, value]) => Number.isFinite(value)))];
    }),
  );
}

/** What is kept of a volume between collections. */
interface Volume {
  readonly labels: Pick<NodeEvent, 'namespace' | 'pod' | 'volume'>;
  readonly isStuck: boolean;
}

/** Compares the volumes of collections. */
export class VolumeChanges {
  #last: ReadonlyMap<string, Volume> | undefined;

  /** Events of what has changed since the last collection that read volumes. */
  of({ tables, succeeded, time }: Snapshot): readonly NodeEvent[] {
    if (!succeeded('volumes')) return [];
    const before = this.#last;
    const now = new Map<string, Volume>();
    for (const { labels } of tables.get('volume_info') ?? [])
      now.set(keyOf(labels), { labels: named(labels), isStuck: false });
    for (const { labels, numbers } of tables.get('volume') ?? []) {
      now.set(keyOf(labels), { labels: named(labels), isStuck: numbers.stuck === 1 });
    }
    this.#last = now;
    if (before === undefined) return [];
    return [
      ...[...now].flatMap(([key, { labels, isStuck }]) => {
        const earlier = before.get(key);
        const appeared = earlier === undefined ? [{ type: 'volume_appeared', time, ...labels } as const] : [];
        const stuck = isStuck && earlier?.isStuck !== true ? [{ type: 'volume_stuck', time, ...labels } as const] : [];
        return [...appeared, ...stuck];
      }),
      ...[...before].flatMap(([key, { labels }]) =>
        now.has(key) ? [] : [{ type: 'volume_gone', time, ...labels } as const],
      ),
    ];
  }
}

type EntryLabels = readonly (readonly [name: string, value: string])[];

function named(labels: EntryLabels): Volume['labels'] {
  const value = (name: string): string => labels.find(([label]) => label === name)?.[1] ?? '';
  return { namespace: value('namespace'), pod: value('pod'), volume: value('volume') };
}

function keyOf(labels: EntryLabels): string {
  return Object.values(named(labels)).join('/');
}
