import { kernelFile, type FileName } from '../kernel/file-table.ts';
import type { CollectorName, FamilyName } from '../metrics/index.ts';
import {
  containerNetworkName,
  exportedHelp,
  LEVELS,
  perLevel,
  type CgroupRow,
  type Collector,
  type Family,
  type Level,
  type NetworkRow,
  type NodeRow,
  type Origins,
  type ProcessRow,
  type Source,
  type UsageRow,
} from '../metrics/row.ts';
import { chooseOrigin, type VersionTraits } from './choose-origin.ts';
import type { CollectorPlan, FamilyPlan, Plan, ProcessPlan, ReadingPlan, ReadLevel, UsageColumn } from './plan.ts';
import { namesOf, ReadingBuilder, SlotAllocator } from './reading-builder.ts';

/** Properties of the kernel that determine which files exist. */
export interface KernelTraits extends VersionTraits {
  /** Huge page sizes as in file names: `2MB`. */
  readonly pageSizes: readonly string[];
  /** Names the hierarchy of a controller; absent if each has its own, or all have one on v2. */
  readonly hierarchyOf?: (controller: string) => string;
}

/**
 * Compiles rows into a plan once per kernel, so that a scrape does not have to. The plan uses the names of the
 * tables; tests compile their own collectors.
 */
export function compilePlan(collectors: readonly Collector[], kernel: KernelTraits): Plan {
  const widths = perLevel(() => 0);
  const families: FamilyPlan[] = [];
  const lists = { count: 0 };
  const hierarchyOf = hierarchiesOf(kernel);
  const levels = perLevel(() => new SlotAllocator(hierarchyOf));
  // The target of the node also caches the numbers of the machine.
  const allocators: Readonly<Record<ReadLevel, SlotAllocator>> = {
    ...levels,
    network: new SlotAllocator(hierarchyOf),
    machine: levels.node,
  };
  const inOrder = collectors.toSorted((left, right) => Number(left.slow ?? false) - Number(right.slow ?? false));
  const plans = inOrder.map((collector): CollectorPlan => {
    const builders = new Map<ReadLevel, ReadingBuilder>();
    const name = collector.name as CollectorName;
    const into = { collector: name, builders, widths, families, lists };
    for (const row of collector.cgroup ?? []) addCgroupRow(row, kernel, into);
    for (const row of collector.network ?? []) addNetworkRow(row, into);
    for (const row of collector.node ?? []) addNodeRow(row, into);
    const processes = (collector.processes ?? []).flatMap((row) => addProcessRow(row, into));
    const reading = (level: ReadLevel): ReadingPlan =>
      (builders.get(level) ?? new ReadingBuilder(level)).build(allocators[level]);
    return {
      name,
      root: collector.root ?? false,
      readings: { ...perLevel(reading), network: reading('network'), machine: reading('machine') },
      processes,
      tables: [...new Set(collector.tables?.map(({ table }) => table))],
      usage: addUsageRows(collector, into),
    };
  });
  const facts = collectors.flatMap((collector) => withCollector(collector, collector.facts));
  const tables = collectors.flatMap((collector) => withCollector(collector, collector.tables));
  const cacheSizes = perLevel((level) => levels[level].cached);
  return { collectors: plans, families, facts, tables, widths, cacheSizes, lists: lists.count };
}

function hierarchiesOf({ version, hierarchyOf }: KernelTraits): (controller: string) => string {
  if (version === 'v2') return () => 'v2';
  return hierarchyOf ?? ((controller) => controller);
}

function withCollector<Row extends Family>(
  { name }: Collector,
  rows: readonly Row[] = [],
): { collector: CollectorName; row: Row }[] {
  return rows.map((row) => ({ collector: name as CollectorName, row: { ...row, help: exportedHelp(row) } }));
}

interface Destination {
  readonly collector: CollectorName;
  readonly builders: Map<ReadLevel, ReadingBuilder>;
  readonly widths: Record<Level, number>;
  readonly families: FamilyPlan[];
  readonly lists: { count: number };
}

type LabelledSource = Source & { readonly labels: readonly string[]; readonly inUnified: boolean };

function addCgroupRow(row: CgroupRow, kernel: KernelTraits, into: Destination): void {
  const origins: readonly (Origins & { labels?: readonly string[] })[] = Array.isArray(row.from)
    ? row.from
    : [row.from as Origins];
  const sources = origins.flatMap((origin): LabelledSource[] => {
    const chosen = chooseOrigin(origin, kernel);
    if (chosen === undefined) return [];
    const { source, inUnified } = chosen;
    return expand({ ...source, labels: origin.labels ?? [], inUnified }, kernel.pageSizes);
  });
  for (const level of LEVELS) {
    if (!row.levels.includes(level)) continue;
    const here = sources.filter((source) => source.levels?.includes(level) ?? true);
    if (here.length > 0) addFamily({ ...row, name: `${level}_${row.name}` }, here, { from: level, level, into });
  }
}

/** `hugetlb.*.current` is one file per page size; the size is the label value. */
function expand(source: LabelledSource, pageSizes: readonly string[]): LabelledSource[] {
  const { file } = source;
  if (typeof file !== 'string' || !file.includes('*')) return [source];
  return pageSizes.map((size) => ({ ...source, file: file.replace('*', size) as FileName, labels: [size] }));
}

function addNetworkRow(row: NetworkRow, into: Destination): void {
  const sources: readonly (Source & { readonly labels: readonly string[] })[] = Array.isArray(row.source)
    ? row.source
    : [{ ...(row.source as Source), labels: [] }];
  const everywhere = sources.map((source) => ({ ...source, inUnified: false }));
  addFamily(row, everywhere, { from: 'network', level: 'pod', into });
  const ofContainer = { ...row, name: containerNetworkName(row.name) };
  addFamily(ofContainer, everywhere, { from: 'netns', level: 'netns', into });
}

function addNodeRow(row: NodeRow, into: Destination): void {
  addFamily(row, [{ ...row.source, labels: [], inUnified: false }], { from: 'machine', level: 'node', into });
}

function addProcessRow(
  { levels, number, ...row }: ProcessRow,
  { collector, widths, families }: Destination,
): ProcessPlan[] {
  return levels.map((level) => {
    const column = widths[level]++;
    const name = `${level}_${row.name}` as FamilyName;
    const family = { ...row, name, help: exportedHelp(row), collector, level, list: -1 };
    families.push({ ...family, series: [{ labels: [], column }] });
    return { level, column, number };
  });
}

function addUsageRows({ usage = [] }: Collector, into: Destination): readonly UsageColumn[] {
  return usage.flatMap((row) => addUsageRow(row, into));
}

function addUsageRow(row: UsageRow, { collector, widths, families }: Destination): readonly UsageColumn[] {
  const { name, type, by = [], level, of, types } = row;
  const help = exportedHelp(row);
  const columns = types.map((usage) => ({ level, of, usage, column: widths[level]++ }));
  const series = columns.map(({ usage, column }) => ({ labels: [usage], column }));
  families.push({ name: name as FamilyName, type, help, by, collector, level, series, list: -1 });
  return columns;
}

interface Where {
  /** The level at which the files are read. */
  readonly from: ReadLevel;
  /** The level of the family. */
  readonly level: Level;
  readonly into: Destination;
}

function addFamily(family: Family, sources: readonly LabelledSource[], where: Where): void {
  const { from, level, into } = where;
  const builder = into.builders.get(from) ?? new ReadingBuilder(from);
  into.builders.set(from, builder);
  const { name, type, by = [] } = family;
  const help = exportedHelp(family);
  const plan = { name: name as FamilyName, type, help, by, collector: into.collector, level };
  const [first] = sources;
  if (first !== undefined && 'list' in kernelFile(namesOf(first)[0] ?? '')) {
    const list = into.lists.count++;
    builder.addList(list, first);
    into.families.push({ ...plan, series: [], list });
    return;
  }
  const series = sources.map((source) => {
    const column = into.widths[level]++;
    builder.addColumn(column, source);
    return { labels: source.labels, column };
  });
  into.families.push({ ...plan, series, list: -1 });
}
