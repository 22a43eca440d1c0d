/** Naming schemes of cgroup directories, by cgroup driver and container runtime. */

/** Quality of service class, spelled as in `status.qosClass`. */
export type QosClass = 'Guaranteed' | 'Burstable' | 'BestEffort';

/** A parsed directory name. Which kinds are valid depends on the parent directory. */
export type CgroupName =
  | { readonly kind: 'kubepods' }
  | { readonly kind: 'qos'; readonly qos: QosClass }
  /** `uid` with dashes, or the 32 hex digits of a static pod's config hash. */
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
  // pod<uid> · kubepods-burstable-pod<uid with underscores>.slice · pod<config hash>
  [
    /^(?:.+-)?pod([0-9a-f]{8}(?:[-_][0-9a-f]{4}){3}[-_][0-9a-f]{12}|[0-9a-f]{32})(?:\.slice)?$/,
    ([, uid = '']) => ({ kind: 'pod', uid: uid.replaceAll('_', '-') }),
  ],
  // <id> · cri-containerd-<id>.scope · crio-<id>[.scope] · docker-<id>.scope · libpod-<id>.scope
  [/^(?:[a-z][a-z0-9-]*-)?([0-9a-f]{64})(?:\.scope)?$/, ([, id = '']) => ({ kind: 'container', id })],
];

const OTHER: CgroupName = { kind: 'other' };

/** Parses the name of a cgroup directory. */
export function parseCgroupName(name: string): CgroupName {
  for (const [pattern, read] of NAMING_SCHEMES) {
    const match = pattern.exec(name);
    if (match !== null) return read(match);
  }
  return OTHER;
}
