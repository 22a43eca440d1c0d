import type { CadvisorSubject } from './family.ts';

type Container = NonNullable<CadvisorSubject['container']>;

/** The range of shares in cgroup v1 and the kubelet. */
const MIN_SHARES = 2;
const MAX_SHARES = 262_144;

/** The maximum weight in cgroup v2. */
const MAX_WEIGHT = 10_000;

/**
 * Shares that the kubelet sets for a CPU request in cores. Preferred over a conversion from the weight, which has less
 * precision and was computed with one of two formulas, depending on the version of the runtime.
 */
function sharesOf(cores: number): number {
  const shares = Math.floor((Math.round(cores * 1000) * 1024) / 1000);
  return Math.min(MAX_SHARES, Math.max(MIN_SHARES, shares));
}

/** Shares of a container, or of a pod as the sum of its containers, from the pod spec. */
export function requestedShares({ level, pod, container }: CadvisorSubject): number | undefined {
  if (level === 'container' && container !== undefined) return sharesOf(container.requests.cpu ?? 0);
  if (level === 'pod' && pod !== undefined) return sharesOf(podRequest(pod.containers));
  return undefined;
}

/**
 * The effective request of a pod: an init container runs alone, except for the sidecars started before it.
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

/** Shares for a weight, by the linear conversion of older runtimes. */
export function sharesOfWeight(weight: number): number {
  const slope = (MAX_SHARES - MIN_SHARES) / (MAX_WEIGHT - 1);
  return Math.floor(MIN_SHARES + (weight - 1) * slope);
}
