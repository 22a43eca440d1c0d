import { collectors } from './metrics/index.ts';
import { DEFAULT_SOCKET } from './engine/engine-api.ts';
import type { OptionTable } from './option.ts';
import { METADATA_LIMITS } from './pods/records/exported-metadata.ts';
import { DOCTOR_OPTIONS } from './doctor-options.ts';
import { SERVE_OPTIONS } from './serve-options.ts';
import { TOP_OPTIONS } from './top-options.ts';

/** Flags of every command. */
export const COMMON_OPTIONS = {
  'path.procfs': { value: 'DIRECTORY', default: '/proc', help: "Mount point of the node's procfs." },
  'path.sysfs': { value: 'DIRECTORY', default: '/sys', help: "Mount point of the node's sysfs." },
  'path.rootfs': {
    value: 'DIRECTORY',
    default: '/',
    help: "Mount point of the node's root file system.",
  },
  'path.kubelet': {
    value: 'DIRECTORY',
    default: '/var/lib/kubelet',
    help: "Mount point of the kubelet's root directory.",
  },
  'path.cgroup': {
    value: 'DIRECTORY',
    help: "Mount point of the node's cgroup file systems; read from mountinfo if not set.",
  },
  scope: {
    value: 'SCOPE',
    default: 'node',
    help: 'What to export: node (all pods of this node) or pod (only the pod of this process, which is its sidecar).',
  },
  pods: {
    value: 'SOURCE',
    default: 'auto',
    help:
      'Pod metadata source: api (list and watch of the pods of this node), kubelet (its /pods endpoint), ' +
      'file:PATH (a List in JSON or YAML), none (pods are labelled by UID), ' +
      'auto (api with in-cluster credentials, otherwise none).',
  },
  containers: {
    value: 'SOURCE',
    default: 'none',
    repeatable: true,
    help:
      'Names of containers outside of pods: docker[:PATH] (the Docker Engine API on a socket, ' +
      `${DEFAULT_SOCKET} if not set, which Podman has as well), none (short IDs). Repeatable for multiple engines.`,
  },
  'container-labels': {
    value: 'LABELS',
    help:
      'Labels of containers outside of pods to export on container_info, separated by commas; * exports all of them. ' +
      'The limits of --pod-metadata apply per container.',
  },
  kubeconfig: {
    value: 'FILE',
    help: 'Kubeconfig file for --pods=api and --pods=kubelet; in-cluster credentials if not set.',
  },
  'kubelet-url': {
    value: 'URL',
    help: 'URL of the kubelet for --pods=kubelet and --kubelet-fallback; https://$NODE_IP:10250 if not set.',
  },
  'kubelet-fallback': {
    help: 'With --pods=api, list the pods of the kubelet while the API server is unavailable.',
  },
  'kubelet-insecure-tls': {
    help: 'Do not verify the certificate of the kubelet. The bearer token is sent to an unverified server.',
  },
  'node-name': {
    value: 'NAME',
    variable: 'NODE_NAME',
    help: 'Name of this node in Kubernetes; required for --pods=api.',
  },
  'pod-uid': {
    value: 'UID',
    variable: 'POD_UID',
    help: 'For --scope=pod: metadata.uid of this pod; determined from its cgroup if not set.',
  },
  'pod-namespace': {
    value: 'NAMESPACE',
    variable: 'POD_NAMESPACE',
    help: 'For --scope=pod: metadata.namespace of this pod.',
  },
  'pod-name': {
    value: 'NAME',
    variable: 'POD_NAME',
    help: 'For --scope=pod: metadata.name of this pod.',
  },
  'pod-ip': { value: 'IP', variable: 'POD_IP', help: 'For --scope=pod: status.podIP of this pod.' },
  'host-ip': {
    value: 'IP',
    variable: 'HOST_IP',
    help: 'For --scope=pod: status.hostIP of this pod. If it equals status.podIP, the pod uses the host network.',
  },
  'pod-labels': {
    value: 'LABELS',
    help: 'Kubernetes labels to export on pod_labels, separated by commas; * exports all of them.',
  },
  'pod-annotations': {
    value: 'ANNOTATIONS',
    help: 'Kubernetes annotations to export on pod_annotations, separated by commas; * exports all of them.',
  },
  'pod-metadata.max-keys': {
    value: 'COUNT',
    default: String(METADATA_LIMITS.maxKeys),
    help: 'Maximum number of labels, and of annotations, exported per pod.',
  },
  'pod-metadata.max-bytes': {
    value: 'BYTES',
    default: String(METADATA_LIMITS.maxBytes),
    help: 'Maximum size of the exported labels and annotations of one pod, keys and values.',
  },
  'pod-metadata.max-node-bytes': {
    value: 'BYTES',
    default: String(METADATA_LIMITS.maxNodeBytes),
    help: 'Maximum size of the exported labels and annotations of all pods, keys and values.',
  },
  'max-descriptors': {
    value: 'COUNT',
    default: '16384',
    help:
      'Maximum number of cgroup directories kept open between scrapes. ' +
      'Each uses about 0.2 kB of kernel memory and saves the lookup of the paths of its files.',
  },
  'collector.disable-defaults': {
    help: 'Disable all collectors that are not enabled by their own flag.',
  },
  'collector.network.interfaces': {
    value: 'REGEXP',
    default: '.*',
    help: 'Pod network interfaces to export; must match the whole name. lo is never exported.',
  },
  'collector.filesystem.mount-points-exclude': {
    value: 'REGEXP',
    default:
      '/(?:dev|proc|run/credentials/.+|run/containerd/.+|sys|var/lib/docker/.+|var/lib/containers/storage/.+)(?:/.*)?' +
      // Made per pod or volume, wherever the distribution keeps the directories of kubelet and container runtime.
      '|/.*(?:kubelet/(?:pods|plugins)|plugins/kubernetes\\.io|pods/[^/]+/volume(?:s|-subpaths|Devices)|io\\.containerd\\.[^/]+|overlay-containers|containerd/tmpmounts|[0-9a-f]{64})/.+',
    defaultAbout: 'mounts of the kernel, of container runtimes and of pods',
    help: 'Mount points to exclude; must match the whole path. Volumes of pods are exported as pod_volume_*.',
  },
  'collector.filesystem.fs-types-exclude': {
    value: 'REGEXP',
    default:
      'autofs|binfmt_misc|bpf|cgroup2?|configfs|debugfs|devpts|devtmpfs|fusectl|hugetlbfs|iso9660|mqueue|nsfs|overlay|proc|procfs|pstore|rpc_pipefs|securityfs|selinuxfs|squashfs|erofs|sysfs|tracefs',
    defaultAbout: 'pseudo file systems, overlays and read-only images',
    help: 'File system types to exclude; must match the whole type.',
  },
  'collector.volumes.timeout': {
    value: 'SECONDS',
    default: '2',
    help: 'Timeout for all network and FUSE file systems of a scrape together.',
  },
  'collector.disk.exclude': {
    value: 'REGEXP',
    default: '(?:z?ram|loop|fd)\\d+',
    help: 'Block devices to exclude; must match the whole name.',
  },
  'collector.disk.partitions': { help: 'Export partitions in addition to whole disks.' },
  'log.level': {
    value: 'LEVEL',
    default: 'info',
    help: 'Minimum severity of log lines: debug, info, warn or error.',
  },
  'log.format': { value: 'FORMAT', default: 'logfmt', help: 'Log format: logfmt or json.' },
  version: { help: 'Print the version and exit.' },
} as const satisfies OptionTable;

/** Flags of this program but those of the collectors. */
export const OPTIONS = { ...SERVE_OPTIONS, ...DOCTOR_OPTIONS, ...TOP_OPTIONS, ...COMMON_OPTIONS } as const;

export type OptionName = keyof typeof OPTIONS;

/** The flag of a collector, which is negated by `--no-`. */
export function collectorFlag(collector: string): string {
  return `collector.${collector}`;
}

/** Flags of the collectors, which every command has. */
export const COLLECTOR_OPTIONS: OptionTable = Object.fromEntries(
  collectors.map(({ name, about, enabled }) => [collectorFlag(name), { default: String(enabled), help: about }]),
);

/** What the environment variables of all flags begin with. */
export const ENVIRONMENT_PREFIX = 'POD_EXPORTER_';

/** The environment variable of a flag: `--web.listen-address` is `POD_EXPORTER_WEB_LISTEN_ADDRESS`. */
export function environmentName(flag: string): string {
  return ENVIRONMENT_PREFIX + flag.replaceAll(/[.-]/g, '_').toUpperCase();
}
