/**
 * A pod's UID as it is compared with the name of a cgroup. The systemd cgroup driver writes dashes as underscores
 * (`escapeSystemdCgroupName` in the kubelet's `pkg/kubelet/cm/cgroup_manager_linux.go`), so both are dashes here.
 */
export function toCgroupUid(uid: string): string {
  return uid.replaceAll('_', '-');
}
