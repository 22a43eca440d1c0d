import type { UsageKey, UsagePod, UsageReader } from '../usage/usage-cache.ts';
import type { DiscoveredPod } from './discovery.ts';
import type { UsageColumn } from '../plan/plan.ts';
import type { SnapshotBuilder } from '../snapshot/builder.ts';
import type { Subject } from '../snapshot/subject.ts';

/** Whose the numbers at a position are, and since when (Unix seconds) it is there, if that is known. */
interface Owner {
  readonly key: Omit<UsageKey, 'type'>;
  readonly since?: number;
}

/** Looks up what was last measured of the pods of a snapshot, and tells `reader` which they are. */
export function fillUsage(
  columns: readonly UsageColumn[],
  reader: UsageReader,
  pods: readonly DiscoveredPod[],
  snapshot: SnapshotBuilder,
): void {
  const { owners, seen } = ownersOf(pods, snapshot);
  reader.updatePods(seen);
  for (const { level, column, usage: type, of } of columns) {
    const values = snapshot.columns(level)[column] as Float64Array;
    const gone = snapshot.gone[level];
    for (const [position, { key, since }] of owners[level].entries()) {
      if (gone.has(position)) continue;
      // A container's files but its logs are those of its last start.
      const found = reader.find({ ...key, type }, type === 'writable_layer' ? since : undefined);
      if (found !== undefined) values[position] = found[of];
    }
  }
}

function ownersOf(pods: readonly DiscoveredPod[], snapshot: SnapshotBuilder) {
  const podOf = new Map(pods.flatMap(({ cgroup }) => cgroup.containers.map(({ path }) => [path, cgroup.uid] as const)));
  const containers = new Map<string, UsagePod['containers'][number][]>();
  const owners = { container: [] as Owner[], pod: pods.map(({ subject, cgroup: { uid } }) => owner(subject, { uid })) };
  for (const subject of snapshot.subjects.container) {
    const uid = podOf.get(subject.path) ?? '';
    const name = subject.labels.at(-1)?.[1] ?? '';
    owners.container.push(owner(subject, { uid, container: name }));
    const siblings = containers.get(uid) ?? [];
    siblings.push({ name, cgroup: subject.path });
    containers.set(uid, siblings);
  }
  const seen = pods.map(({ subject, cgroup: { uid } }): UsagePod => ({
    uid,
    ...(subject.pod === undefined ? {} : { record: subject.pod }),
    containers: containers.get(uid) ?? [],
  }));
  return { owners, seen };
}

function owner({ container }: Subject, key: Owner['key']): Owner {
  return { key, ...(container?.startedAt === undefined ? {} : { since: container.startedAt }) };
}
