import type { FactSample } from './row.ts';

/**
 * Labels of a pod as labels of a series: `prefix` and the key in snake case with everything else than letters,
 * digits and underscores replaced, as kube-state-metrics does. Keys that become equal are told apart by
 * `_conflict1`, `_conflict2` in the keys' alphabetical order.
 */
export function labelSeries(prefix: string, labels: Readonly<Record<string, string>>): readonly FactSample[] {
  const groups = keysByName(labels);
  if (groups.size === 0) return [];
  const named = [...groups].flatMap(([name, keys]) =>
    keys.map((key, index) => {
      const suffix = keys.length === 1 ? '' : `_conflict${index + 1}`;
      return [`${prefix}_${name}${suffix}`, labels[key]] as const;
    }),
  );
  return [{ labels: Object.fromEntries(named), value: 1 }];
}

/** The keys that {@link labelSeries} has to tell apart: those that become equal, together. */
export function collidingKeys(labels: Readonly<Record<string, string>>): readonly (readonly string[])[] {
  return [...keysByName(labels).values()].filter((keys) => keys.length > 1);
}

function keysByName(labels: Readonly<Record<string, string>>): ReadonlyMap<string, readonly string[]> {
  return Map.groupBy(Object.keys(labels).toSorted(), sanitised);
}

/** `app.kubernetes.io/partOf` becomes `app_kubernetes_io_part_of`. */
function sanitised(key: string): string {
  return key
    .replaceAll(/[^a-zA-Z0-9_]/g, '_')
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase();
}
