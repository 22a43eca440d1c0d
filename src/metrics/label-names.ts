import type { FactSample } from './row.ts';

/**
 * Labels of a pod as labels of a series: `prefix` and the key in snake case with everything else than letters,
 * digits and underscores replaced, as kube-state-metrics does. Keys that become equal are told apart by
 * `_conflict1`, `_conflict2` in the keys' alphabetical order.
 */
export function labelSeries(prefix: string, labels: Readonly<Record<string, string>>): readonly FactSample[] {
  const keys = Object.keys(labels).toSorted();
  if (keys.length === 0) return [];
  const groups = Map.groupBy(keys, (key) => `${prefix}_${sanitised(key)}`);
  const named = [...groups].flatMap(([name, group]) =>
    group.map((key, index) => [group.length === 1 ? name : `${name}_conflict${index + 1}`, labels[key]] as const),
  );
  return [{ labels: Object.fromEntries(named), value: 1 }];
}

/** `app.kubernetes.io/partOf` becomes `app_kubernetes_io_part_of`. */
function sanitised(key: string): string {
  return key
    .replaceAll(/[^a-zA-Z0-9_]/g, '_')
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase();
}
