import type { FactSample } from './row.ts';

/**
 * Labels of a pod as labels of a series: `prefix` and the key in snake case, with every character except letters,
 * digits and underscores replaced, as in kube-state-metrics. Conflicting keys get the suffixes `_conflict1`,
 * `_conflict2` in the alphabetical order of the keys.
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

/** Groups of keys that conflict, to which {@link labelSeries} adds suffixes. */
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
