/** The dialects in which kubelets and container runtimes name cgroup directories. */

/** Quality of service class, as `status.qosClass` spells it. */
export type QosClass = 'Guaranteed' | 'Burstable' | 'BestEffort';

/** What a directory's name says it is. The walk decides where which of these can be true. */
export type CgroupName =
  | { readonly kind: 'kubepods' }
  | { readonly kind: 'qos'; readonly qos: QosClass }
  /** `uid` with dashes, or the 32 hex digits of a static pod's config hash. */
  | { readonly kind: 'pod'; readonly uid: string }
  | { readonly kind: 'container'; readonly id: string }
  /** Nothing that is counted as a container or searched for pods: mounts, container monitors. */
  | { readonly kind: 'ignored' }
  | { readonly kind: 'other' };

type Dialect = readonly [pattern: RegExp, read: (match: RegExpExecArray) => CgroupName];

const QOS_CLASSES: Readonly<Record<string, QosClass>> = { burstable: 'Burstable', besteffort: 'BestEffort' };

const DIALECTS: readonly Dialect[] = [
  // CRI-O's and podman's monitor processes, and systemd's mount units.
  [/^(?:crio|libpod)-conmon-|\.mount$/, () => ({ kind: 'ignored' })],
  // kubepods · kubepods.slice · kubelet-kubepods.slice
  [/^(?:.+-)?kubepods(?:\.slice)?$/, () => ({ kind: 'kubepods' })],
  // burstable · kubepods-burstable.slice · kubelet-kubepods-besteffort.slice
  [
    /^(?:(?:.+-)?kubepods-)?(burstable|besteffort)(?:\.slice)?$/,
    ([, qos = '']) => ({ kind: 'qos', qos: QOS_CLASSES[qos] ?? 'Guaranteed' }),
  ],
  // pod<uid> · kubepods-burstable-pod<uid with underscores>.slice · pod<config hash>
  [
    /^(?:.+-)?pod([0-9a-f]{8}(?:[-_][0-9a-f]{4}){3}[-_][0-9a-f]{12}|[0-9a-f]{32})(?:\.slice)?$/,
    ([, uid = '']) => ({ kind: 'pod', uid: uid.replaceAll('_', '-') }),
  ],
  // <id> · cri-containerd-<id>.scope · crio-<id>[.scope] · docker-<id>.scope · libpod-<id>.scope
  [/^(?:[a-z][a-z0-9-]*-)?([0-9a-f]{64})(?:\.scope)?$/, ([, id = '']) => ({ kind: 'container', id })],
];

const OTHER: CgroupName = { kind: 'other' };

/** Recognises a cgroup directory by its name alone. */
export function parseCgroupName(name: string): CgroupName {
  for (const [pattern, read] of DIALECTS) {
    const match = pattern.exec(name);
    if (match !== null) return read(match);
  }
  return OTHER;
}
