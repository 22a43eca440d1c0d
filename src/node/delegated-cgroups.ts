/** What a walk found in one mount, as far as users of the node can add to it. */
interface Delegated<P extends { readonly path: string }> {
  readonly pods: readonly P[];
  readonly roots: readonly string[];
  readonly kubernetes: readonly string[];
  readonly containers: readonly string[];
  /** Number of pods that were removed. */
  readonly delegatedPods: number;
}

/** systemd delegates cgroups below it to users, who may give them any name. */
const USER_SLICE = '/user.slice/';

/** Below these, systemd-nspawn, libvirt, LXC and Incus delegate cgroups to what runs in their containers. */
const OF_CONTAINERS = /^\/(?:machine\.slice|lxc|lxc\.payload[^/]*)\//;

/**
 * Removes pods and containers below `user.slice` if the node has a kubepods elsewhere: a user of the node could otherwise
 * claim the name of a pod. The kubelet of a rootless node, where all pods are below `user.slice`, is not affected.
 */
export function withoutDelegated<P extends { readonly path: string }, T extends Delegated<P>>(findings: T): T {
  const { pods, roots, kubernetes, containers } = findings;
  if (!roots.some((path) => !isOfUser(path))) return findings;
  if (!roots.some(isOfUser) && !containers.some(isOfUser)) return findings;
  const isOwn = (path: string): boolean => !isOfUser(path);
  const own = pods.filter(({ path }) => isOwn(path));
  return {
    ...findings,
    pods: own,
    delegatedPods: pods.length - own.length,
    roots: roots.filter(isOwn),
    kubernetes: kubernetes.filter(isOwn),
    containers: containers.filter(isOwn),
  };
}

/** Whether the cgroup at `path` may have been made by a user of the node or in a container. */
export function isDelegated(path: string): boolean {
  return isOfUser(path) || OF_CONTAINERS.test(path);
}

function isOfUser(path: string): boolean {
  return path.startsWith(USER_SLICE);
}
