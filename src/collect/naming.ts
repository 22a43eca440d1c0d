import type { OutsideRecord } from '../engine/outside-record.ts';
import { pathText } from '../kernel/path-names.ts';
import type { Level } from '../metrics/row.ts';
import type { ContainerCgroup } from '../node/cgroup-tree.ts';
import type { ContainerRecord, PodRecord } from '../pods/pod.ts';
import type { Labels, Subject } from '../snapshot/subject.ts';
import type { TrackedCgroup } from './tracked-cgroups.ts';

/** The pod that a cgroup belongs to. */
export interface Owner {
  readonly record: PodRecord | undefined;
  readonly labels: Labels;
}

/** Digits of a container's ID that name it where no status does; as many as runtimes print. */
export const SHORT_ID = 12;

/** The label of a cgroup that belongs to no pod. */
const LABELS = { cgroup: 'cgroup', node: 'name' } as const;

/** Names a cgroup that belongs to no pod. */
export function nameOther(tracked: TrackedCgroup, level: 'cgroup' | 'node', path: string, name: string): Subject {
  return (tracked.subject ??= subjectOf(tracked, level, path, { labels: [[LABELS[level], pathText(name)]] }));
}

/** The labels of a pod; a pod without a record is called by its UID. */
export function podOwner({ subject }: TrackedCgroup, record: PodRecord | undefined, uid: string): Owner {
  const isKnown = subject !== undefined && subject.pod === record;
  return { record, labels: isKnown ? subject.labels : podLabels(record?.namespace ?? '', record?.name ?? uid) };
}

/** Names the cgroup of a pod. */
export function namePod(tracked: TrackedCgroup, path: string, { record, labels }: Owner, sandbox?: Subject): Subject {
  const { subject } = tracked;
  if (subject?.labels !== labels) return rename(tracked, 'pod', path, { labels, pod: record, sandbox });
  if (subject.sandbox === sandbox) return subject;
  return (tracked.subject = subjectOf(tracked, 'pod', path, { labels, pod: record, sandbox }));
}

/** Names a container of a pod; one without a record has a short ID as its name. */
export function nameContainer(
  tracked: TrackedCgroup,
  { path, id }: ContainerCgroup,
  { record: pod, labels }: Owner,
  record: ContainerRecord | undefined,
): Subject {
  const { subject } = tracked;
  if (subject !== undefined && subject.pod === pod) return subject;
  const own: Labels = [...labels, ['container', record?.name ?? id.slice(0, SHORT_ID)]];
  return rename(tracked, 'container', path, { containerId: id, labels: own, pod, container: record });
}

/** Names the sandbox of a pod, which has the pod's labels. */
export function nameSandbox(
  tracked: TrackedCgroup,
  { path, id }: ContainerCgroup,
  { record: pod, labels }: Owner,
): Subject {
  const { subject } = tracked;
  if (subject !== undefined && subject.pod === pod) return subject;
  return rename(tracked, 'sandbox', path, { containerId: id, labels, pod });
}

/** Names a container outside of pods. */
export function nameOutside(
  tracked: TrackedCgroup,
  { path, id }: ContainerCgroup,
  labels: Labels,
  outside: OutsideRecord,
): Subject {
  return rename(tracked, 'container', path, { containerId: id, labels, outside });
}

/** Names the network namespace of a container outside of pods, which has the labels of the container. */
export function nameNetns(tracked: TrackedCgroup, { path, labels, outside }: Subject): Subject {
  const { subject } = tracked;
  if (subject?.labels === labels) return subject;
  return rename(tracked, 'netns', path, { labels, outside });
}

type Identity = Omit<Subject, 'id' | 'level' | 'path'>;

/** Limits may have changed with the pod's object, so that they are read again. */
function rename(tracked: TrackedCgroup, level: Level, path: string, identity: Identity): Subject {
  tracked.target.expire();
  return (tracked.subject = subjectOf(tracked, level, path, identity));
}

function subjectOf({ id }: TrackedCgroup, level: Level, path: string, identity: Identity): Subject {
  const { containerId, labels, pod, container, sandbox, outside } = identity;
  return Object.freeze({ id, level, path, containerId, labels, pod, container, sandbox, outside });
}

function podLabels(namespace: string, pod: string): Labels {
  return [
    ['namespace', namespace],
    ['pod', pod],
  ];
}
