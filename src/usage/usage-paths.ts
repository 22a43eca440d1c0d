/** Mount paths of the node's file systems. */
export interface UsagePaths {
  readonly procfs: string;
  readonly rootfs: string;
  /** Root directory of the kubelet, usually `/var/lib/kubelet`. */
  readonly kubelet: string;
  /** The cgroup mount for reading `cgroup.procs`. */
  readonly cgroups: () => string;
}

/** Why something cannot be measured. */
export interface UsageFailure {
  /** System error code, or a short description. */
  readonly code: string;
  /** Path at which the failure occurred. */
  readonly path: string;
}
