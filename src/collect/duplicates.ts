/** Prometheus drops or rejects samples of one series in one answer: the first of them is exported, the others are errors. */
import type { ContainerCgroup } from '../node/cgroup-tree.ts';
import type { FilePlan } from '../plan/plan.ts';
import type { CollectorName } from '../metrics/index.ts';
import type { SnapshotBuilder } from '../snapshot/builder.ts';
import type { Entry } from '../snapshot/snapshot.ts';
import type { Labels } from '../snapshot/subject.ts';

/** Error code of a device, interface, mount or volume that would have the labels of another. */
const DUPLICATE = 'duplicate';

/** Counts what is skipped because it has the labels of another; a scrape logs the first of each collector. */
export function reportDuplicate(snapshot: SnapshotBuilder, collector: CollectorName, labels: string): void {
  if (snapshot.errors.get(collector)?.has(DUPLICATE) !== true)
    snapshot.notices.push({ message: 'skipped a duplicate series', fields: { collector, labels } });
  snapshot.fail(collector, DUPLICATE);
}

/** The labels of the items of one file of one subject. */
export class DuplicateItems {
  readonly #labels = new Set<string>();
  #file: FilePlan | undefined;
  #position = -1;

  /** Whether the file of the subject at `position` already had an item with this label; adds it. */
  has(file: FilePlan, position: number, label: string): boolean {
    if (file !== this.#file || position !== this.#position) this.#labels.clear();
    this.#file = file;
    this.#position = position;
    if (this.#labels.has(label)) return true;
    this.#labels.add(label);
    return false;
  }
}

/** Returns the entries without those whose labels an earlier one has; passes the labels of the others to `onDuplicate`. */
export function withoutDuplicates(entries: readonly Entry[], onDuplicate: (labels: string) => void): readonly Entry[] {
  const first = new Map<string, Entry>();
  for (const entry of entries) {
    const key = keyOf(entry.labels);
    if (first.has(key)) onDuplicate(key);
    else first.set(key, entry);
  }
  return first.size === entries.length ? entries : [...first.values()];
}

/** Tables with many entries keep their labels while nothing changes. */
const keys = new WeakMap<Labels, string>();

function keyOf(labels: Labels): string {
  const known = keys.get(labels);
  if (known !== undefined) return known;
  const key = JSON.stringify(labels);
  keys.set(labels, key);
  return key;
}

/** Of several cgroups with one ID the first remains, so that no series is exported twice. */
export function withoutRepeatedIds(containers: readonly ContainerCgroup[]): readonly ContainerCgroup[] {
  const first = new Map<string, ContainerCgroup>();
  for (const container of containers) if (!first.has(container.id)) first.set(container.id, container);
  return first.size === containers.length ? containers : [...first.values()];
}
