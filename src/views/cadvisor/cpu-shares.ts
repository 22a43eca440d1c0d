import type { CadvisorSubject } from './family.ts';

type Container = NonNullable<CadvisorSubject['container']>;

/** The bounds that the kernel of cgroup v1 and the kubelet set for shares. */
const MIN_SHARES = 2;
const MAX_SHARES = 262_144;

/** cgroup v2 has weights up to 10,000. */
const MAX_WEIGHT = 10_000;

/**
 * Shares that the kubelet gives for a request of CPU time in cores. Weights are not turned back into them where it
 * can be helped: a weight has less precision, and which of two curves it was made with depends on the runtime's age.
 */
function sharesOf(cores: number): number {
  const shares = Math.floor((Math.round(cores * 1000) * 1024) / 1000);
  return Math.min(MAX_SHARES, Math.max(MIN_SHARES, shares));
}

/** Shares of a container, or of a pod as the sum of its containers, as the specification has them. */
export function requestedShares({ level, pod, container }: CadvisorSubject): number | undefined {
  if (level === 'container' && container !== undefined) return sharesOf(container.requests.cpu ?? 0);
  if (level === 'pod' && pod !== undefined) return sharesOf(podRequest(pod.containers));
  return undefined;
}

/**
 * What a pod needs at most at any time: an init container runs alone, but for the sidecars that were started before.
 * https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/#resource-sharing-within-containers
 */
function podRequest(containers: readonly Container[]): number {
  let running = 0;
  let starting = 0;
  for (const { type, requests } of containers) {
    const cores = requests.cpu ?? 0;
    if (type === 'init') starting = Math.max(starting, running + cores);
    else running += cores;
    if (type === 'sidecar') starting = Math.max(starting, running);
  }
  return Math.max(running, starting);
}

/** Shares for a weight, by the straight line that runtimes drew between the two scales for long. */
export function sharesOfWeight(weight: number): number {
  const slope = (MAX_SHARES - MIN_SHARES) / (MAX_WEIGHT - 1);
  return Math.floor(MIN_SHARES + (weight - 1) * slope);
}
