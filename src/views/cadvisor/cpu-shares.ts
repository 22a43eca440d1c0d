import type { CadvisorSubject } from './family.ts';

type Container = NonNullable<CadvisorSubject['container']>;
type Resources = NonNullable<NonNullable<CadvisorSubject['pod']>['resources']>;

/** The range of shares in cgroup v1 and the kubelet. */
const MIN_SHARES = 2;
const MAX_SHARES = 262_144;

/** The maximum weight in cgroup v2. */
const MAX_WEIGHT = 10_000;

/**
 * Shares of a cgroup with a weight. The kubelet makes the weight of pods, and older runtimes that of containers, from the
 * shares by a linear conversion, newer runtimes by another one. Both lose precision, so the shares that the kubelet
 * computes from the requests are returned if either conversion gives this weight. Otherwise they are made of the weight
 * by the linear conversion.
 */
export function sharesOf(weight: number, subject: CadvisorSubject): number {
  const shares = requestedShares(subject);
  if (shares !== undefined && isWeightOf(shares, weight)) return shares;
  return Math.floor(MIN_SHARES + ((weight - 1) * (MAX_SHARES - MIN_SHARES)) / (MAX_WEIGHT - 1));
}

/** https://github.com/kubernetes/enhancements/tree/master/keps/sig-node/2254-cgroup-v2 · https://github.com/opencontainers/cgroups */
function isWeightOf(shares: number, weight: number): boolean {
  const linear = Math.floor(1 + ((shares - MIN_SHARES) * (MAX_WEIGHT - 1)) / (MAX_SHARES - MIN_SHARES));
  const logarithm = Math.log2(shares);
  const curved = 10 ** ((logarithm ** 2 + 125 * logarithm) / 612 - 7 / 34);
  // runc rounds up; other runtimes may round to the nearest weight.
  return weight === linear || Math.abs(curved - weight) < 1;
}

/** Shares that the kubelet sets; `undefined` without a pod object. */
function requestedShares({ level, pod, container }: CadvisorSubject): number | undefined {
  if (pod?.resources === undefined) return undefined;
  if (level === 'pod') return pod.qosClass === 'BestEffort' ? MIN_SHARES : sharesOfCores(pod.resources.requests.cpu);
  return level === 'container' && container !== undefined ? sharesOfContainer(container, pod.resources) : undefined;
}

/** A container without a request gets shares by its limit, which may be that of its pod. */
function sharesOfContainer({ requests, limits }: Container, { ownLimits }: Resources): number {
  if (requests.cpu !== undefined) return sharesOfCores(requests.cpu);
  return sharesOfCores(limits.cpu === undefined || limits.cpu === 0 ? ownLimits?.cpu : limits.cpu);
}

function sharesOfCores(cores = 0): number {
  const shares = Math.floor((Math.ceil(cores * 1000 - 1e-6) * 1024) / 1000);
  return Math.min(MAX_SHARES, Math.max(MIN_SHARES, shares));
}
