/**
 * The part of a pod object that the exporter uses for labels and metrics.
 * Records are immutable and every change of a pod creates a new record, so object identity is the cache key of derived
 * data such as escaped labels and limits.
 */

/** Effective requests or limits of a container or pod. A resource without one is absent. */
export interface ResourceAmounts {
  /** Cores. */
  readonly cpu?: number;
  /** Bytes. */
  readonly memory?: number;
  /** Bytes. */
  readonly ephemeralStorage?: number;
}

/** Effective requests and limits of a pod, the overhead of its RuntimeClass included. */
export interface PodResources {
  readonly requests: ResourceAmounts;
  readonly limits: ResourceAmounts;
  /**
   * Limits of the pod itself, without overhead; absent without pod-level resources. The kubelet writes them into the
   * cgroups of the containers that have none of their own.
   */
  readonly ownLimits?: ResourceAmounts;
}

/** `sidecar` is an init container with restartPolicy Always. */
export type ContainerType = 'init' | 'sidecar' | 'app' | 'ephemeral';

/** The state of a container in the status of its pod. */
export type ContainerState = 'waiting' | 'running' | 'terminated';

/** How a container ended. */
export interface Termination {
  /** Container ID without the runtime prefix. */
  readonly id: string;
  readonly exitCode?: number;
  /** `Completed`, `Error`, `OOMKilled`. */
  readonly reason?: string;
}

/** One container of a pod, merged from its spec and status. */
export interface ContainerRecord {
  readonly name: string;
  readonly type: ContainerType;
  /** Container ID without the runtime prefix (`containerd://`); absent until the first start. */
  readonly id?: string;
  readonly image?: string;
  readonly imageId?: string;
  /** Absent without a status. */
  readonly state?: ContainerState;
  /** Why the container is in this state, such as `CrashLoopBackOff`. */
  readonly stateReason?: string;
  /** Unix seconds; absent unless the container runs. */
  readonly startedAt?: number;
  /** `restartCount` of the container status; absent without a status. */
  readonly restarts?: number;
  /** The last termination that the status has. */
  readonly ended?: Termination;
  /** OOM kills observed since the exporter started. */
  readonly oomKills: number;
  /** Identities of the counted OOM kills, newest first. Only the index uses them, to count each kill once. */
  readonly seenOomKills?: readonly string[];
  readonly requests: ResourceAmounts;
  readonly limits: ResourceAmounts;
}

/** A volume of a pod, except those that only project API objects (`configMap`, `secret`, …). */
export interface VolumeRecord {
  /** Name in the pod specification. */
  readonly name: string;
  /** Field name of the volume source: `emptyDir`, `persistentVolumeClaim`, `nfs`. */
  readonly type: string;
  /** Name of the persistent volume claim. */
  readonly claim?: string;
  /** Whether the volume is an emptyDir on tmpfs. */
  readonly memory: boolean;
  /** Mount paths of a claim in the containers; absent if all mounts have a subPath. */
  readonly paths?: readonly string[];
}

/** One pod of this node. */
export interface PodRecord {
  /** `metadata.uid`. */
  readonly uid: string;
  /** `kubernetes.io/config.hash` of a static pod, which its cgroup has in place of the UID. */
  readonly configHash?: string;
  /** The same of a mirror pod without an owner, which any user can create. Only the index uses it. */
  readonly unprovenConfigHash?: string;
  readonly namespace: string;
  readonly name: string;
  readonly node?: string;
  readonly qosClass?: string;
  /** Absent if unknown. */
  readonly hostNetwork?: boolean;
  /** Kind of the workload, e.g. `Deployment`; absent for a pod without a controller. */
  readonly workloadKind?: string;
  readonly workload?: string;
  readonly runtimeClass?: string;
  readonly priorityClass?: string;
  readonly hostIp?: string;
  readonly podIp?: string;
  /** Unix seconds. */
  readonly startTime?: number;
  /** Absent if the pod has none. */
  readonly volumes?: readonly VolumeRecord[];
  /** Labels on the allow-list, with their Kubernetes keys. */
  readonly labels: Readonly<Record<string, string>>;
  /** Annotations on the allow-list, with their Kubernetes keys. */
  readonly annotations: Readonly<Record<string, string>>;
  /** Bytes of the keys and values of `labels` and `annotations`; absent without any. */
  readonly metadataBytes?: number;
  /** Number of allowed labels and annotations that exceed a limit and are not in this record; absent if none. */
  readonly skippedMetadata?: number;
  /** Absent for a record from the downward API. */
  readonly resources?: PodResources;
  /** Empty for a record from the downward API. */
  readonly containers: readonly ContainerRecord[];
}
