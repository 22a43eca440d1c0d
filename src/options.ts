import { cadvisorEndpoint } from './views/cadvisor/endpoint.ts';
import { metricsEndpoint } from './views/native/endpoint.ts';

/** A flag. Those of the collectors are not here: they follow from the table of collectors. */
export interface Option {
  readonly type: 'string' | 'boolean';
  readonly default?: string;
  /** A second variable that is read, as the downward API is usually mapped to it. */
  readonly variable?: string;
  /** A phrase for `--help` and the documentation. */
  readonly help: string;
}

/** Every flag, in the order in which they are documented. */
export const OPTIONS = {
  'web.listen-address': { type: 'string', default: ':9771', help: 'Address to listen on.' },
  'web.telemetry-path': { type: 'string', default: metricsEndpoint.path, help: 'Path under which metrics are served.' },
  'web.config.file': {
    type: 'string',
    help: 'Web configuration as Prometheus and its exporters share it: TLS, client certificates, basic authentication.',
  },
  'web.max-requests': {
    type: 'string',
    default: '40',
    help: 'Scrapes answered at the same time; more are refused with status 503. 0 means no limit.',
  },
  'path.procfs': { type: 'string', default: '/proc', help: "Where the node's /proc is mounted." },
  'path.sysfs': { type: 'string', default: '/sys', help: "Where the node's /sys is mounted." },
  'path.rootfs': { type: 'string', default: '/', help: "Where the node's root is mounted." },
  'path.kubelet': {
    type: 'string',
    default: '/var/lib/kubelet',
    help: "Where the kubelet's directory is mounted.",
  },
  'path.cgroup': {
    type: 'string',
    help: "Where the node's cgroup file systems are mounted; found in mountinfo if left out.",
  },
  scope: {
    type: 'string',
    default: 'node',
    help: 'What is exported: node (every pod of this node), pod (only the pod in which this runs, as its sidecar).',
  },
  pods: {
    type: 'string',
    default: 'auto',
    help:
      "Where pods' names come from: api (list and watch of this node's pods), kubelet (its /pods), " +
      'file:PATH (a List in JSON or YAML), ' +
      'none (pods are called by their UID), auto (api with in-cluster credentials, else none).',
  },
  kubeconfig: { type: 'string', help: 'Kubeconfig for --pods=api or kubelet; in-cluster credentials if left out.' },
  'kubelet-url': {
    type: 'string',
    help: 'Address of the kubelet for --pods=kubelet; https://NODE_IP:10250 by the variable NODE_IP if left out.',
  },
  'kubelet-insecure-tls': {
    type: 'boolean',
    help: "Do not verify the kubelet's certificate; the token is sent to whoever answers.",
  },
  'node-name': {
    type: 'string',
    variable: 'NODE_NAME',
    help: "This node's name in Kubernetes, also from NODE_NAME; needed for --pods=api.",
  },
  'pod-uid': {
    type: 'string',
    variable: 'POD_UID',
    help: 'For --scope=pod: metadata.uid of this pod, also from POD_UID; found by its own cgroup if left out.',
  },
  'pod-namespace': {
    type: 'string',
    variable: 'POD_NAMESPACE',
    help: 'For --scope=pod: metadata.namespace of this pod, also from POD_NAMESPACE.',
  },
  'pod-name': {
    type: 'string',
    variable: 'POD_NAME',
    help: 'For --scope=pod: metadata.name of this pod, also from POD_NAME.',
  },
  'pod-ip': {
    type: 'string',
    variable: 'POD_IP',
    help: 'For --scope=pod: status.podIP of this pod, also from POD_IP.',
  },
  'host-ip': {
    type: 'string',
    variable: 'HOST_IP',
    help: "For --scope=pod: status.hostIP, also from HOST_IP; equal to the pod's address, the pod has the node's network.",
  },
  'pod-labels': { type: 'string', help: 'Labels of pods to export on pod_labels, separated by commas; * for all.' },
  'pod-annotations': {
    type: 'string',
    help: 'Annotations of pods to export on pod_annotations, separated by commas; * for all.',
  },
  'collector.disable-defaults': {
    type: 'boolean',
    help: 'Switch off every collector that is not switched on by its flag.',
  },
  'collector.network.interfaces': {
    type: 'string',
    default: '.*',
    help: 'Interfaces of pods to export, a regular expression for the whole name; lo is never exported.',
  },
  'compat.pause-image': {
    type: 'string',
    default: 'registry.k8s.io/pause',
    help: `Image of sandboxes on ${cadvisorEndpoint.path}, which the kernel does not know and queries tell rows apart by.`,
  },
  'compat.host-network': {
    type: 'boolean',
    help: `Repeat the node's interfaces for every pod on its network on ${cadvisorEndpoint.path}, as the kubelet does.`,
  },
  'compat.zeros': {
    type: 'boolean',
    help: `Write what the kubelet always gives as 0 on ${cadvisorEndpoint.path} as well.`,
  },
  'collector.filesystem.mount-points-exclude': {
    type: 'string',
    default:
      '/(?:dev|proc|run/credentials/.+|run/containerd/.+|sys|var/lib/docker/.+|var/lib/containers/storage/.+|var/lib/kubelet/pods/.+)(?:/.*)?',
    help: 'Mount points to leave out, a regular expression for the whole path; those of volumes are told by pod_volume_*.',
  },
  'collector.filesystem.fs-types-exclude': {
    type: 'string',
    default:
      'autofs|binfmt_misc|bpf|cgroup2?|configfs|debugfs|devpts|devtmpfs|fusectl|hugetlbfs|iso9660|mqueue|nsfs|overlay|proc|procfs|pstore|rpc_pipefs|securityfs|selinuxfs|squashfs|erofs|sysfs|tracefs',
    help: 'Types of file systems to leave out, a regular expression for the whole type.',
  },
  'collector.volumes.timeout': {
    type: 'string',
    default: '2',
    help: 'Seconds that file systems on the network or in user space have to answer, all together.',
  },
  'collector.disk.exclude': {
    type: 'string',
    default: '(?:z?ram|loop|fd)\\d+',
    help: 'Block devices to leave out, a regular expression for the whole name.',
  },
  'collector.disk.partitions': { type: 'boolean', help: 'Export partitions besides the disks that they are on.' },
  'collector.ephemeral-storage.budget': {
    type: 'string',
    default: '50',
    help: 'Milliseconds of each second that the walk through directories may take, from 1 to 1000.',
  },
  'collector.ephemeral-storage.max-io-pressure': {
    type: 'string',
    default: '20',
    help: 'The walk pauses while tasks of the node wait for I/O for more than so many percent of the time.',
  },
  'max-descriptors': {
    type: 'string',
    default: '4096',
    help: 'Kernel files kept open between scrapes; each costs about 4.8 kB of kernel memory and saves opening it.',
  },
  once: { type: 'boolean', help: 'Print one scrape on standard output and leave.' },
  'log.level': {
    type: 'string',
    default: 'info',
    help: 'Least severe level that is logged: debug, info, warn or error.',
  },
  'log.format': { type: 'string', default: 'logfmt', help: 'Format of the log: logfmt or json.' },
  version: { type: 'boolean', help: 'Print the version and leave.' },
  help: { type: 'boolean', help: 'Print this help and leave.' },
} as const satisfies Readonly<Record<string, Option>>;

export type OptionName = keyof typeof OPTIONS;
