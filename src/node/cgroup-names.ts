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
  | { readonly kind: 'container'; readonly id: string }
  /** Neither a container nor a parent of pods: mount units, container monitors. */
  | { readonly kind: 'ignored' }
  | { readonly kind: 'other' };

type NamingScheme = readonly [pattern: RegExp, read: (match: RegExpExecArray) => CgroupName];

const QOS_CLASSES: Readonly<Record<string, QosClass>> = { burstable: 'Burstable', besteffort: 'BestEffort' };

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
  // <id> · cri-containerd-<id>.scope · crio-<id>[.scope] · docker-<id>.scope · libpod-<id>.scope
  [/^(?:[a-z][a-z0-9-]*-)?([0-9a-f]{64})(?:\.scope)?$/, ([, id = '']) => ({ kind: 'container', id })],
  // kubepods-burstable-pod<uid with underscores>.slice · pod<uid>. The manifest of a static pod may set any UID.
  [/^(?:.+-)?kubepods(?:-[a-z]+)?-pod([^-]+)\.slice$|^pod(.+)$/, ([, escaped, uid = '']) => podName(escaped ?? uid)],
];

function podName(uid: string): CgroupName {
  return { kind: 'pod', uid: toCgroupUid(uid) };
}

const OTHER: CgroupName = { kind: 'other' };

/** Parses the name of a cgroup directory. */
export function parseCgroupName(name: string): CgroupName {
  for (const [pattern, read] of NAMING_SCHEMES) {
    const match = pattern.exec(name);
    if (match !== null) return read(match);
  }
  return OTHER;
}
