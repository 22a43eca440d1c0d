import type { QosClass } from './cgroup-layout.ts';
import type { CgroupLimits } from './cgroup-limits.ts';
import type { Argv } from './workloads.ts';

/** Amounts of a container's requests or limits: cores and bytes. */
export interface Amounts {
  readonly cpu?: number;
  readonly memory?: number;
}

/** One container as its pod's spec has it, and what it really runs. */
export interface ContainerPlan {
  readonly name: string;
  readonly argv: Argv;
  readonly requests?: Amounts;
  readonly limits?: Amounts;
}

/** A PersistentVolumeClaim of a pod, on a file system of its own. */
export interface VolumePlan {
  /** Name of the volume in the pod's spec. */
  readonly name: string;
  readonly claim: string;
  readonly sizeMebibytes: number;
  readonly usedMebibytes: number;
  /** Written every second while the volume is mounted. */
  readonly growthKibibytes?: number;
}

/** One pod of a stand-in node. */
export interface PodPlan {
  readonly namespace: string;
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly owner?: { readonly kind: string; readonly name: string };
  readonly hostNetwork?: boolean;
  /** From a manifest on the node: its cgroup is named by a config hash, the API server shows a mirror pod. */
  readonly static?: boolean;
  /** The API server does not have it. */
  readonly unknown?: boolean;
  /**
   * `running` unless said: `completed` has no cgroup any more, `imageMissing` has a sandbox without containers,
   * `elsewhere` runs on another node.
   */
  readonly state?: 'running' | 'completed' | 'imageMissing' | 'elsewhere';
  /** They have run and are gone. */
  readonly initContainers?: readonly ContainerPlan[];
  readonly containers: readonly ContainerPlan[];
  /** Mounted only for an exporter that is started by `withVolumes`. */
  readonly volumes?: readonly VolumePlan[];
}

/** Requests with the API server's defaulting: a limit without a request is the request. */
export function requestsOf(container: ContainerPlan): Amounts {
  return { ...container.limits, ...container.requests };
}

/** The quality of service class that Kubernetes gives to such a pod. */
export function qosOf(plan: PodPlan): QosClass {
  const containers = [...(plan.initContainers ?? []), ...plan.containers];
  if (containers.every((container) => Object.keys(requestsOf(container)).length === 0)) {
    return 'BestEffort';
  }
  return containers.every(isGuaranteed) ? 'Guaranteed' : 'Burstable';
}

/** The limits that the kubelet and the runtime write for one container. */
export function containerLimits(container: ContainerPlan): CgroupLimits {
  const { cpu = 0 } = requestsOf(container);
  return { ...container.limits, cpuShares: Math.max(2, Math.floor(cpu * 1024)) };
}

/** The limits of the pod's own cgroup: sums, and only of what every container limits. */
export function podLimits(plan: PodPlan): CgroupLimits {
  const limits = plan.containers.map(containerLimits);
  const cpu = sum(limits.map((limit) => limit.cpu));
  const memory = sum(limits.map((limit) => limit.memory));
  return {
    ...(cpu === undefined ? {} : { cpu }),
    ...(memory === undefined ? {} : { memory }),
    cpuShares: Math.max(2, sum(limits.map((limit) => limit.cpuShares)) ?? 0),
    pids: 1000,
  };
}

function isGuaranteed(container: ContainerPlan): boolean {
  const { cpu, memory } = container.limits ?? {};
  const requests = requestsOf(container);
  if (cpu === undefined || memory === undefined) return false;
  return requests.cpu === cpu && requests.memory === memory;
}

/** `undefined` as soon as one amount is. */
function sum(amounts: readonly (number | undefined)[]): number | undefined {
  let total = 0;
  for (const amount of amounts) {
    if (amount === undefined) return undefined;
    total += amount;
  }
  return total;
}
