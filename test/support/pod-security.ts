import { field, list, text } from '../../src/base/untrusted-json.ts';

/** The levels of https://kubernetes.io/docs/concepts/security/pod-security-standards/ */
export type PodSecurityLevel = 'privileged' | 'baseline' | 'restricted';

const BASELINE_CAPABILITIES = new Set(
  'AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE SETFCAP SETGID SETPCAP SETUID SYS_CHROOT'.split(
    ' ',
  ),
);

/** Volumes that are allowed where everything is restricted. */
const RESTRICTED_VOLUMES = new Set(
  'configMap csi downwardAPI emptyDir ephemeral persistentVolumeClaim projected secret'.split(' '),
);

function containersOf(spec: unknown): readonly unknown[] {
  return [...list(field(spec, 'initContainers')), ...list(field(spec, 'containers'))];
}

function capabilities(container: unknown, which: 'add' | 'drop'): readonly string[] {
  return list(field(field(field(container, 'securityContext'), 'capabilities'), which)).map(String);
}

/** Why a pod is not allowed where the level is baseline. */
function beyondBaseline(spec: unknown): readonly string[] {
  const host = ['hostPID', 'hostNetwork', 'hostIPC'].filter((name) => field(spec, name) === true);
  const paths = list(field(spec, 'volumes')).filter((volume) => field(volume, 'hostPath') !== undefined);
  const containers = containersOf(spec).flatMap((container) => [
    ...(field(field(container, 'securityContext'), 'privileged') === true ? ['privileged'] : []),
    ...capabilities(container, 'add').filter((name) => !BASELINE_CAPABILITIES.has(name)),
    ...list(field(container, 'ports')).flatMap((port) => (field(port, 'hostPort') === undefined ? [] : ['hostPort'])),
  ]);
  return [...host, ...paths.map((volume) => `hostPath ${text(field(volume, 'name'))}`), ...containers];
}

/** Why it is not allowed where the level is restricted. */
function beyondRestricted(spec: unknown): readonly string[] {
  const volumes = list(field(spec, 'volumes')).flatMap((volume) =>
    Object.keys(volume as object).filter((key) => key !== 'name' && !RESTRICTED_VOLUMES.has(key)),
  );
  const pod = field(spec, 'securityContext');
  const containers = containersOf(spec).flatMap((container) => {
    const own = field(container, 'securityContext');
    const of = (name: string): unknown => field(own, name) ?? field(pod, name);
    return [
      ...(of('runAsNonRoot') === true ? [] : ['may run as root']),
      ...(of('runAsUser') === 0 ? ['runs as root'] : []),
      ...(field(own, 'allowPrivilegeEscalation') === false ? [] : ['may escalate']),
      ...(capabilities(container, 'drop').includes('ALL') ? [] : ['keeps capabilities']),
      ...capabilities(container, 'add').filter((name) => name !== 'NET_BIND_SERVICE'),
      ...(field(of('seccompProfile'), 'type') === 'RuntimeDefault' ? [] : ['no seccomp profile']),
    ];
  });
  return [...volumes, ...containers];
}

/** The strictest level at which a pod of this specification is allowed. */
export function podSecurityLevel(spec: unknown): PodSecurityLevel {
  if (beyondBaseline(spec).length > 0) return 'privileged';
  return beyondRestricted(spec).length > 0 ? 'baseline' : 'restricted';
}
