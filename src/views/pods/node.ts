import type { CollectorName, RowName } from '../../metrics/index.ts';
import type { TableKeys } from '../../metrics/table.ts';
import type { Snapshot } from '../../snapshot/snapshot.ts';
import { LevelNumbers } from '../level-numbers.ts';
import type { Rates } from './rates.ts';

/** The collectors that read of the node what a collector reads of pods. */
export const NODE_COLLECTORS: ReadonlyMap<string, CollectorName> = new Map([
  ['cpu', 'node-cpu'],
  ['memory', 'node-memory'],
]);

/** A number of the node, read by `collector`: of the rows the first that has a number, or a number of the machine. */
interface NodeNumber {
  readonly collector: 'machine' | 'node-cpu' | 'node-memory';
  readonly section: 'cpu' | 'memory';
  readonly field: string;
  readonly about: string;
  readonly from: readonly RowName<'node'>[] | TableKeys['machine'];
  /** Whether it has a rate. */
  readonly isCounter?: true;
}

/** On cgroup v2 the root has no memory.current; there, as in the kubelet, kernel memory is excluded. */
export const NODE_NUMBERS: readonly NodeNumber[] = [
  { collector: 'machine', section: 'cpu', field: 'cores', about: 'CPUs that are online.', from: 'cores' },
  {
    collector: 'node-cpu',
    section: 'cpu',
    field: 'usage_seconds_total',
    about: 'CPU time used.',
    from: ['cpu_usage_seconds_total'],
    isCounter: true,
  },
  ...(
    [
      ['capacity_bytes', 'Memory of the node.', ['memory_capacity_bytes']],
      ['usage_bytes', 'Memory in use, page cache included.', ['memory_usage_bytes', 'memory_anon_and_file_bytes']],
      [
        'working_set_bytes',
        'Memory in use less the inactive page cache.',
        ['memory_working_set_bytes', 'memory_anon_and_active_file_bytes'],
      ],
      ['swap_capacity_bytes', 'Swap space.', ['swap_capacity_bytes']],
      ['swap_bytes', 'Swap in use.', ['swap_usage_bytes']],
    ] as const
  ).map(([field, about, from]) => ({ collector: 'node-memory', section: 'memory', field, about, from }) as const),
];

/** What the node runs, by the label of `machine_info`. */
export const NODE_FACTS = [
  ['kernel_version', 'Version of the kernel.'],
  ['os_image', 'Operating system.'],
] as const;

/** The node without its name, as far as `collectors` read it. */
export function nodeOf(snapshot: Snapshot, collectors: ReadonlySet<string>): object {
  const numbers = new LevelNumbers(snapshot, 'node');
  const isRead = (collector: CollectorName): boolean => collectors.has(collector) && snapshot.succeeded(collector);
  const node: Record<string, unknown> = isRead('machine') ? machineFacts(snapshot) : {};
  for (const { collector, section, field, from } of NODE_NUMBERS) {
    if (!isRead(collector)) continue;
    const values = typeof from === 'string' ? machineNumbers(snapshot, from) : from.map((row) => numbers.get(row, 0));
    const value = values.find((each) => !Number.isNaN(each));
    if (value !== undefined) node[section] = { ...(node[section] as object | undefined), [field]: value };
  }
  return node;
}

/** The rates of the counters among the node's numbers; `undefined` without any. */
export function nodeRates(rates: Rates | undefined, collectors: ReadonlySet<string>): object | undefined {
  if (rates === undefined) return undefined;
  const numbers = new LevelNumbers<'node'>(rates, 'node');
  const sections: Record<string, unknown> = {};
  for (const { collector, section, field, from } of NODE_NUMBERS) {
    if (typeof from === 'string' || !collectors.has(collector)) continue;
    const value = from.map((row) => numbers.get(row, 0)).find((each) => !Number.isNaN(each));
    if (value !== undefined) sections[section] = { ...(sections[section] as object | undefined), [field]: value };
  }
  return Object.keys(sections).length === 0 ? undefined : { interval_seconds: rates.intervalSeconds, ...sections };
}

function machineFacts({ tables }: Snapshot): Record<string, unknown> {
  const labels = new Map(tables.get('machine_info')?.[0]?.labels);
  return Object.fromEntries(NODE_FACTS.map(([label]) => [label, labels.get(label)]));
}

function machineNumbers({ tables }: Snapshot, key: TableKeys['machine']): readonly number[] {
  return (tables.get('machine') ?? []).map(({ numbers }) => numbers[key] ?? Number.NaN);
}
