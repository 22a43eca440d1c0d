import { collectors } from '../src/metrics/index.ts';
import { containerNetworkName, type Collector, type Family, type Level, type Stability } from '../src/metrics/row.ts';
import { compilePlan } from '../src/plan/compile-plan.ts';
import type { FamilyPlan } from '../src/plan/plan.ts';
import { ownFamilies, ownLabels } from './own-families.ts';

/** Path of the list, from the repository root. */
export const STABLE_SERIES_FILE = 'test/unit/metrics/stable-series.txt';

/** Labels of every series of a level. */
const LEVEL_LABELS: Readonly<Record<Level, readonly string[]>> = {
  container: ['namespace', 'pod', 'container'],
  pod: ['namespace', 'pod'],
  sandbox: [],
  cgroup: ['cgroup'],
  node: [],
  netns: ['container'],
};

/** Placeholder for any huge page size. */
const ANY = '*';

/**
 * The stable series, deprecated ones included: a line per collector with its default, and a line per series with the
 * version of cgroups that has it, its collector, type, name and labels. Constant labels include their values.
 *
 *     collector cpu on
 *     v2 memory counter pod_memory_refaults_total{namespace,pod,type="anon"}
 *     all info gauge pod_labels{namespace,pod,label_<name>}
 */
export async function stableSeries(): Promise<readonly string[]> {
  const cgroups = (['v1', 'v2'] as const).flatMap((version) => cgroupLines(version));
  const own = (await ownFamilies()).map(
    (family) => `all exporter ${family.type} ${family.name}{${ownLabels(family).join()}}`,
  );
  const lines = [...cgroups, ...plainLines(), ...own];
  const named = new Set(lines.map((each) => each.split(' ')[1]));
  const defaults = collectors
    .filter(({ name }) => named.has(name))
    .map(({ name, enabled }) => `collector ${name} ${enabled ? 'on' : 'off'}`);
  return [...defaults, ...lines].toSorted();
}

/** The list with newly stable series added. Nothing is ever removed from it. */
export function grown(list: readonly string[], stable: readonly string[]): readonly string[] {
  return [...new Set([...list, ...stable])].toSorted();
}

function isPromised(stability: Stability = 'stable'): boolean {
  return stability !== 'experimental';
}

/** Names of rows, without level, that are experimental. */
const EXPERIMENTAL = new Set(
  collectors
    .flatMap(({ cgroup = [], processes = [] }) => [...cgroup, ...processes])
    .filter(({ stability }) => !isPromised(stability))
    .map(({ name }) => name),
);

function cgroupLines(version: 'v1' | 'v2'): readonly string[] {
  const only = collectors.map(({ name, about, enabled, cgroup = [], processes = [] }) => {
    return { name, about, enabled, cgroup, processes };
  });
  return compilePlan(only, { version, pageSizes: [ANY] }).families.flatMap((family) => {
    if (EXPERIMENTAL.has(family.name.slice(family.level.length + 1))) return [];
    return seriesOf(version, family);
  });
}

/** Series that do not depend on the version of cgroups. */
function plainLines(): readonly string[] {
  return collectors.flatMap((collector) => [...namespaceLines(collector), ...factLines(collector)]);
}

function namespaceLines({ name, about, enabled, network = [], usage = [] }: Collector): readonly string[] {
  const { families } = compilePlan([{ name, about, enabled, network, usage }], { version: 'v2', pageSizes: [] });
  const names = [...network.flatMap((row) => [{ ...row, name: containerNetworkName(row.name) }, row]), ...usage];
  const promised = new Set<string>(names.filter(({ stability }) => isPromised(stability)).map((row) => row.name));
  return families.filter((family) => promised.has(family.name)).flatMap((family) => seriesOf('all', family));
}

function factLines({ name: collector, facts = [], tables = [] }: Collector): readonly string[] {
  const promised = [...facts, ...tables].filter(({ stability }) => isPromised(stability));
  const outside = facts.flatMap((row) => (row.of === 'container' && row.outside !== undefined ? [row] : []));
  return [
    ...promised.map((row) =>
      lineOf('all', { ...row, collector }, labelled('of' in row ? LEVEL_LABELS[row.of] : [], row.by, [])),
    ),
    ...outside.map((row) => lineOf('all', { ...row, collector }, ['container', ...(row.outside?.by ?? [])])),
  ];
}

/** A line for each combination of constant labels, or one if there are none. */
function seriesOf(version: string, family: FamilyPlan): readonly string[] {
  const { by, level, series } = family;
  const found = series.length === 0 ? [[]] : series.map(({ labels }) => labels);
  return found.map((values) => lineOf(version, family, labelled(LEVEL_LABELS[level], by, values)));
}

function labelled(
  level: readonly string[],
  by: readonly string[] | undefined,
  values: readonly string[],
): readonly string[] {
  const own = (by ?? []).map((label, index) => {
    const value = values[index];
    return value === undefined || value === ANY ? label : `${label}="${value}"`;
  });
  return [...level, ...own];
}

function lineOf(version: string, family: Family & { readonly collector: string }, labels: readonly string[]): string {
  return `${version} ${family.collector} ${family.type} ${family.name}{${labels.join()}}`;
}
