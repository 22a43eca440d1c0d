/**
 * What is kept of a pod: the fields that name and describe a measurement, nothing else.
 * A record is immutable; a change of the pod gives a new record, so that identity of the
 * object tells whether anything that was derived from it (escaped labels, limits) is still valid.
 */

/** Effective amounts of one container; a resource that the spec does not name is left out. */
export interface ResourceAmounts {
  /** Cores. */
  readonly cpu?: number;
  /** Bytes. */
  readonly memory?: number;
  /** Bytes. */
  readonly ephemeralStorage?: number;
}

/** The four kinds of containers; `sidecar` is an init container with restartPolicy Always. */
export type ContainerType = 'init' | 'sidecar' | 'app' | 'ephemeral';

/** The state of a container in the status of its pod. */
export type ContainerState = 'waiting' | 'running' | 'terminated';

/** One container of a pod, as spec and status describe it together. */
export interface ContainerRecord {
  readonly name: string;
  readonly type: ContainerType;
  /** The runtime's ID without its `containerd://` prefix; absent until the first start. */
  readonly id?: string;
  readonly image?: string;
  readonly imageId?: string;
  /** Absent until there is a status. */
  readonly state?: ContainerState;
  /** Why the container is in this state, such as `CrashLoopBackOff`. */
  readonly stateReason?: string;
  /** Unix seconds of the running container's start. */
  readonly startedAt?: number;
  /** `status.restartCount`; absent until there is a status. */
  readonly restarts?: number;
  /** OOM kills seen since this program began to watch; 0 for a container that had none. */
  readonly oomKills: number;
  /** Which OOM kills were seen, the latest first, so that none is counted twice. Of interest to the index alone. */
  readonly seenOomKills?: readonly string[];
  readonly requests: ResourceAmounts;
  readonly limits: ResourceAmounts;
}

/** A volume of a pod that holds data. */
export interface VolumeRecord {
  /** In the pod's specification. */
  readonly name: string;
  /** The field that says what it is: `emptyDir`, `persistentVolumeClaim`, `nfs`. */
  readonly type: string;
  /** The name of its persistent volume claim. */
  readonly claim?: string;
  /** An emptyDir in memory. */
  readonly memory: boolean;
  /** Where containers see a claim; absent if only parts of it are seen. */
  readonly paths?: readonly string[];
}

/** One pod of this node. */
export interface PodRecord {
  /** `metadata.uid`. */
  readonly uid: string;
  /** The UID that the cgroup of a static pod carries (`kubernetes.io/config.hash`). */
  readonly configHash?: string;
  readonly namespace: string;
  readonly name: string;
  readonly node?: string;
  readonly qosClass?: string;
  /** Absent where nobody said so or otherwise. */
  readonly hostNetwork?: boolean;
  /** Kind of the workload, e.g. `Deployment`; absent for a pod without an owner. */
  readonly workloadKind?: string;
  readonly workload?: string;
  readonly runtimeClass?: string;
  readonly priorityClass?: string;
  readonly hostIp?: string;
  readonly podIp?: string;
  /** Unix seconds. */
  readonly startTime?: number;
  /** Absent if it has none. */
  readonly volumes?: readonly VolumeRecord[];
  /** Only what the allow-list names, keys as Kubernetes has them. */
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** None while only the pod itself is known. */
  readonly containers: readonly ContainerRecord[];
}
