import type { UsageKey, UsagePod, UsageReader } from '../usage/usage-table.ts';
import type { DiscoveredPod } from './discovery.ts';
import type { UsageColumn } from '../plan/plan.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import type { Target } from './target.ts';

/** Whose the numbers at a position are, and since when (Unix seconds) it is there, if that is known. */
interface Owner {
  readonly gone: boolean;
  readonly key: Omit<UsageKey, 'type'>;
  readonly since?: number;
}

/** Looks up what was last measured of the pods of a snapshot, and tells `reader` which they are. */
export function fillUsage(
  columns: readonly UsageColumn[],
  reader: UsageReader,
  pods: readonly DiscoveredPod[],
  snapshot: Snapshot,
): void {
  const { owners, seen } = ownersOf(pods, snapshot);
  reader.seen(seen);
  for (const { level, column, usage: type, of } of columns) {
    const values = snapshot.columns(level)[column] as Float64Array;
    for (const [position, { gone, key, since }] of owners[level].entries()) {
      if (gone) continue;
      // A container's files but its logs are those of its last start.
      const found = reader.find({ ...key, type }, type === 'writable_layer' ? since : undefined);
      if (found !== undefined) values[position] = found[of];
    }
  }
}

function ownersOf(pods: readonly DiscoveredPod[], snapshot: Snapshot) {
  const podOf = new Map(pods.flatMap(({ cgroup }) => cgroup.containers.map(({ path }) => [path, cgroup.uid] as const)));
  const containers = new Map<string, UsagePod['containers'][number][]>();
  const owners = { container: [] as Owner[], pod: pods.map(({ target, cgroup: { uid } }) => owner(target, { uid })) };
  for (const target of snapshot.subjects.container as Target[]) {
    const uid = podOf.get(target.path) ?? '';
    const name = target.labels.at(-1)?.[1] ?? '';
    owners.container.push(owner(target, { uid, container: name }));
    const siblings = containers.get(uid) ?? [];
    siblings.push({ name, cgroup: target.path });
    containers.set(uid, siblings);
  }
  const seen = pods.map(({ target, cgroup: { uid } }): UsagePod => ({
    uid,
    ...(target.pod === undefined ? {} : { record: target.pod }),
    containers: containers.get(uid) ?? [],
  }));
  return { owners, seen };
}

function owner({ gone, container }: Target, key: Owner['key']): Owner {
  return { gone, key, ...(container?.startedAt === undefined ? {} : { since: container.startedAt }) };
}
