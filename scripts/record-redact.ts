import type { RecordingReport } from './record-report.ts';

/** What is kept of an object: a value, the values of all keys, those of some keys, or the same of each element. */
type Shape = true | { readonly [key: string]: Shape } | readonly [Shape];

const RESOURCES: Shape = { requests: true, limits: true };

const STATE: Shape = {
  running: { startedAt: true },
  waiting: { reason: true },
  terminated: { exitCode: true, signal: true, reason: true, startedAt: true, finishedAt: true, containerID: true },
};

const CONTAINERS: Shape = [
  {
    name: true,
    image: true,
    restartPolicy: true,
    targetContainerName: true,
    resources: RESOURCES,
    resizePolicy: true,
    volumeMounts: [{ name: true, mountPath: true, subPath: true, subPathExpr: true, readOnly: true }],
    volumeDevices: [{ name: true, devicePath: true }],
  },
];

const STATUSES: Shape = [
  {
    name: true,
    containerID: true,
    image: true,
    imageID: true,
    restartCount: true,
    ready: true,
    started: true,
    state: STATE,
    lastState: STATE,
    resources: RESOURCES,
    allocatedResources: true,
  },
];

/** All that is kept of a pod. A field that Kubernetes adds later is removed until it is listed here. */
const POD: Shape = {
  apiVersion: true,
  kind: true,
  metadata: {
    name: true,
    namespace: true,
    uid: true,
    resourceVersion: true,
    creationTimestamp: true,
    deletionTimestamp: true,
    deletionGracePeriodSeconds: true,
    labels: true,
    ownerReferences: true,
    annotations: {
      'kubernetes.io/config.hash': true,
      'kubernetes.io/config.mirror': true,
      'kubernetes.io/config.seen': true,
      'kubernetes.io/config.source': true,
    },
  },
  spec: {
    nodeName: true,
    hostNetwork: true,
    hostPID: true,
    hostIPC: true,
    hostUsers: true,
    shareProcessNamespace: true,
    restartPolicy: true,
    runtimeClassName: true,
    priorityClassName: true,
    overhead: true,
    resources: RESOURCES,
    initContainers: CONTAINERS,
    containers: CONTAINERS,
    ephemeralContainers: CONTAINERS,
    volumes: [
      {
        name: true,
        // Of other kinds of volumes nothing but the kind is kept.
        '*': {},
        emptyDir: { medium: true, sizeLimit: true },
        persistentVolumeClaim: { claimName: true, readOnly: true },
      },
    ],
  },
  status: {
    phase: true,
    reason: true,
    qosClass: true,
    startTime: true,
    hostIP: true,
    hostIPs: true,
    podIP: true,
    podIPs: true,
    resize: true,
    resources: RESOURCES,
    allocatedResources: true,
    initContainerStatuses: STATUSES,
    containerStatuses: STATUSES,
    ephemeralContainerStatuses: STATUSES,
  },
};

/** Pods of one node, of which nothing is left but what is needed. */
export interface RedactedPods {
  readonly apiVersion: 'v1';
  readonly kind: 'PodList';
  readonly items: readonly unknown[];
}

/** A list of pods with those of the node `nodeName` alone, and of them nothing but what {@link POD} lists. */
export function redactPods(list: unknown, nodeName: string, report: RecordingReport): RedactedPods {
  const { items = [] } = list as { readonly items?: readonly unknown[] };
  const own = items.filter((pod) => {
    const isOwn = (pod as { readonly spec?: { readonly nodeName?: string } }).spec?.nodeName === nodeName;
    if (!isOwn) report.remove('pods.json: pods of other nodes', sizeOf(pod));
    return isOwn;
  });
  return { apiVersion: 'v1', kind: 'PodList', items: own.map((pod) => kept(pod, POD, '', report)) };
}

function kept(value: unknown, shape: Shape, path: string, report: RecordingReport): unknown {
  if (shape === true) return value;
  if (isList(shape)) {
    const elements = Array.isArray(value) ? (value as readonly unknown[]) : [];
    return elements.map((element) => kept(element, shape[0], `${path}[]`, report));
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const pairs = Object.entries(value).flatMap(([key, own]) => {
    const inner = shape[key] ?? shape['*'];
    const at = path === '' ? key : `${path}.${key}`;
    if (inner !== undefined) return [[key, kept(own, inner, at, report)] as const];
    report.remove(`pods.json: ${at}`, sizeOf(own));
    return [];
  });
  return Object.fromEntries(pairs);
}

function isList(shape: Shape): shape is readonly [Shape] {
  return Array.isArray(shape);
}

function sizeOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}

/**
 * `net/tcp` without addresses and ports, which stand in the second and the third column.
 *
 *      0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0
 */
export function redactSockets(content: string, report: RecordingReport): string {
  return content.replaceAll(
    /^( *\d+: )([\dA-F]+:[\dA-F]{4} [\dA-F]+:[\dA-F]{4})/gm,
    (_, index: string, ends: string) => {
      report.remove('net/tcp, net/tcp6: addresses and ports, replaced by zeros', ends.length);
      return index + ends.replaceAll(/[\dA-F]/g, '0');
    },
  );
}

/** File systems whose options are needed, or are known to be harmless. */
const LOCAL =
  /^(?:cgroup2?|overlay|tmpfs|devtmpfs|proc|sysfs|ext[234]|xfs|btrfs|zfs|f2fs|squashfs|erofs|iso9660|vfat)$/;

/**
 * A mount table without the options of file systems that may have credentials or servers in them.
 *
 *     31 23 0:26 / /data rw,relatime shared:8 - cifs //server/share rw,username=a,password=b
 */
export function redactMounts(content: string, report: RecordingReport): string {
  return content.replaceAll(/^(.* - (\S+) \S+) (\S+)$/gm, (line, start: string, type: string, options: string) => {
    const [access = ''] = options.split(',');
    if (LOCAL.test(type) || options === access) return line;
    report.remove(`mountinfo: options of ${type}`, options.length - access.length);
    return `${start} ${access}`;
  });
}

/** A kubelet's metrics without what identifies the machine. */
export function redactMachine(content: string, report: RecordingReport): string {
  return content.replaceAll(/\b(machine_id|system_uuid)="([^"]+)"/g, (_, name: string, value: string) => {
    report.remove(`kubelet: label ${name}`, value.length);
    return `${name}="removed"`;
  });
}
