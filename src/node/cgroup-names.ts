/** Naming schemes of cgroup directories, by cgroup driver and container runtime. */
import { toCgroupUid } from '../base/cgroup-uid.ts';

/** Quality of service class, spelled as in `status.qosClass`. */
export type QosClass = 'Guaranteed' | 'Burstable' | 'BestEffort';

/** A parsed directory name. Which kinds are valid depends on the parent directory. */
export type CgroupName =
  | { readonly kind: 'kubepods' }
  | { readonly kind: 'qos'; readonly qos: QosClass }
  /** `uid` as in {@link toCgroupUid}: that of the pod, or the config hash of a static pod. */
  | { readonly kind: 'pod'; readonly uid: string }
  | ContainerName
  /** Neither a container nor a parent of pods: mount units, container monitors. */
  | { readonly kind: 'ignored' }
  | { readonly kind: 'other' };

/** The name of a container's cgroup, and what it contains beside the ID of the container. */
export interface ContainerName {
  readonly kind: 'container';
  readonly id: string;
  /** The UID of the pod, as in {@link toCgroupUid}; only in names that contain the slice of the pod. */
  readonly podUid?: string;
}

type NamingScheme = readonly [pattern: RegExp, read: (match: RegExpExecArray) => CgroupName];

const QOS_CLASSES: Readonly<Record<string, QosClass>> = { burstable: 'Burstable', besteffort: 'BestEffort' };

/** kubepods-burstable-pod<uid with underscores>.slice · pod<uid>. The manifest of a static pod may set any UID. */
const POD = /^(?:.+-)?kubepods(?:-[a-z]+)?-pod([^-]+)\.slice$|^pod(.+)$/;

const NAMING_SCHEMES: readonly NamingScheme[] = [
  // Container monitors (conmon) of CRI-O and Podman, and systemd mount units.
  [/^(?:crio|libpod)-conmon-|\.mount$/, () => ({ kind: 'ignored' })],
  // kubepods · kubepods.slice · kubelet-kubepods.slice
  [/^(?:.+-)?kubepods(?:\.slice)?$/, () => ({ kind: 'kubepods' })],
  // burstable · kubepods-burstable.slice · kubelet-kubepods-besteffort.slice
  [
    /^(?:(?:.+-)?kubepods-)?(burstable|besteffort)(?:\.slice)?$/,
    ([, qos = '']) => ({ kind: 'qos', qos: QOS_CLASSES[qos] ?? 'Guaranteed' }),
  ],
  // <id> · cri-containerd-<id>.scope · crio-<id>[.scope] · docker-<id>.scope · libpod-<id>.scope · kata_<id>
  [/^(?:[a-z][a-z0-9_-]*[_-])?([0-9a-f]{64})(?:\.scope)?$/, ([, id = '']) => ({ kind: 'container', id })],
  // kubepods-burstable-pod<uid>.slice:cri-containerd:<id>. A runtime that does not use systemd takes the notation of the
  // systemd driver, slice:prefix:name, for a path: https://github.com/opencontainers/runc/blob/main/docs/systemd.md
  [
    /^(?:(?:.+-)?kubepods(?:-[a-z]+)?-pod([^-:]+)\.slice|[^:]*):[a-z][a-z0-9-]*:(?:kata_)?([0-9a-f]{64})(?:\.scope)?$/,
    ([, uid, id = '']) => ({ kind: 'container', id, ...(uid === undefined ? {} : { podUid: toCgroupUid(uid) }) }),
  ],
  [POD, podName],
];

function podName([, escaped, uid = '']: RegExpExecArray): CgroupName {
  return { kind: 'pod', uid: toCgroupUid(escaped ?? uid) };
}

const OTHER: CgroupName = { kind: 'other' };

/**
 * Parses the name of a directory in kubepods or in a QoS class, where a name that can be that of a pod is one: the UID
 * of a static pod may look like the ID of a container.
 */
export function parsePodName(name: string): CgroupName {
  const recognised = parseCgroupName(name);
  const match = POD.exec(name);
  return recognised.kind === 'container' && match !== null ? podName(match) : recognised;
}

/** Parses the name of a cgroup directory. */
export function parseCgroupName(name: string): CgroupName {
  for (const [pattern, read] of NAMING_SCHEMES) {
    const match = pattern.exec(name);
    if (match !== null) return read(match);
  }
  return OTHER;
}
