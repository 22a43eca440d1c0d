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

/**
 * Removes pods and containers below `user.slice` if the node has a kubepods elsewhere: a user of the node could otherwise
 * claim the name of a pod. The kubelet of a rootless node, where all pods are below `user.slice`, is not affected.
 */
export function withoutDelegated<P extends { readonly path: string }, T extends Delegated<P>>(findings: T): T {
  const { pods, roots, kubernetes, containers } = findings;
  if (!roots.some((path) => !isDelegated(path))) return findings;
  if (!roots.some(isDelegated) && !containers.some(isDelegated)) return findings;
  const isOwn = (path: string): boolean => !isDelegated(path);
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

function isDelegated(path: string): boolean {
  return path.startsWith(USER_SLICE);
}
