import type { UsageKey, UsagePod, UsageReader } from '../usage/usage-cache.ts';
import { toCgroupUid } from '../base/cgroup-uid.ts';
import type { DiscoveredPod } from './discovered.ts';
import type { UsageColumn } from '../plan/plan.ts';
import type { SnapshotBuilder } from '../snapshot/builder.ts';
import type { Subject } from '../snapshot/subject.ts';

/** The key of the numbers at a position. */
interface UsageSubject {
  readonly key: Omit<UsageKey, 'type'>;
  /** Unix seconds at which the container was started, if known. */
  readonly since?: number;
}

/** Looks up the last measurements of the pods of a snapshot, and passes the pods to `reader`. */
export function fillUsage(
  columns: readonly UsageColumn[],
  reader: UsageReader,
  pods: readonly DiscoveredPod[],
  snapshot: SnapshotBuilder,
): void {
  const { keyed, seen } = keyedSubjects(pods, snapshot);
  reader.updatePods(seen);
  for (const { level, column, usage: type, of } of columns) {
    const values = snapshot.columns(level)[column] as Float64Array;
    const gone = snapshot.gone[level];
    for (const [position, { key, since }] of keyed[level].entries()) {
      if (gone.has(position)) continue;
      // A restart empties the writable layer, but not the logs.
      const found = reader.find({ ...key, type }, type === 'writable_layer' ? since : undefined);
      if (found !== undefined) values[position] = found[of];
    }
  }
}

function keyedSubjects(pods: readonly DiscoveredPod[], snapshot: SnapshotBuilder) {
  const podOf = new Map(
    pods.flatMap((pod) => pod.cgroup.containers.map(({ path }) => [path, kubeletUid(pod)] as const)),
  );
  const containers = new Map<string, UsagePod['containers'][number][]>();
  const keyed = {
    container: [] as UsageSubject[],
    pod: pods.map((pod) => keyedBy(pod.subject, { uid: kubeletUid(pod) })),
  };
  for (const subject of snapshot.subjects.container) {
    const uid = podOf.get(subject.path) ?? '';
    const name = subject.labels.at(-1)?.[1] ?? '';
    keyed.container.push(keyedBy(subject, { uid, container: name }));
    const siblings = containers.get(uid) ?? [];
    siblings.push({ name, cgroup: subject.path });
    containers.set(uid, siblings);
  }
  const seen = pods.map((pod): UsagePod => {
    const uid = kubeletUid(pod);
    const record = pod.subject.pod;
    return { uid, ...(record === undefined ? {} : { record }), containers: containers.get(uid) ?? [] };
  });
  return { keyed, seen };
}

/** The UID in the kubelet's paths and answers, which the name of the cgroup may have with other characters. */
function kubeletUid({ subject: { pod }, cgroup: { uid } }: DiscoveredPod): string {
  return [pod?.uid, pod?.configHash].find((each) => each !== undefined && toCgroupUid(each) === uid) ?? uid;
}

function keyedBy({ container }: Subject, key: UsageSubject['key']): UsageSubject {
  return { key, ...(container?.startedAt === undefined ? {} : { since: container.startedAt }) };
}
