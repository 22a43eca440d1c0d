import type { SampleTable } from './sample-table.ts';

/** Whether a family of this name is about the exporter itself. */
export function isOwn(name: string): boolean {
  return /^(?:pod_exporter|process|nodejs)_/.test(name);
}

/** The keys of the series that are not about the exporter itself. */
export function seriesOfMachine(table: SampleTable): ReadonlySet<string> {
  return new Set(table.keys().filter((key) => !isOwn(key)));
}

const ATTEMPTS = 50;

/**
 * The keys that only one of two exporters has. Mounts, disks and interfaces of the machine come and go with other tests:
 * only what one has, before and after a scrape of the other that has not, at each of many attempts, is a difference.
 */
export async function lastingDifferences(
  one: () => Promise<ReadonlySet<string>>,
  other: () => Promise<ReadonlySet<string>>,
): Promise<readonly string[]> {
  let differences: readonly string[] = [];
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const [before, others, after] = [await one(), await other(), await one()];
    differences = [...before.intersection(after).difference(others), ...others.difference(before.union(after))];
    if (differences.length === 0) break;
  }
  return differences;
}
