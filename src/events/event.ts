/** Every type of event, in the order of the documentation. */
export const EVENT_TYPES = [
  'pod_added',
  'pod_removed',
  'container_started',
  'container_ended',
  'oom_kill',
  'volume_appeared',
  'volume_stuck',
  'volume_gone',
] as const;

export type EventType = (typeof EVENT_TYPES)[number];

/** What a container had used when it ended; absent where it could not be read. */
export interface EndNumbers {
  readonly cpuSeconds?: number;
  readonly peakMemoryBytes?: number;
  readonly oomKills?: number;
}

/** Something that happened on this node. */
export interface NodeEvent {
  readonly type: EventType;
  /** Unix seconds at which it was seen. */
  readonly time: number;
  /** UID of the pod as in its cgroup: the config hash of a static pod. */
  readonly uid?: string;
  readonly namespace?: string;
  readonly pod?: string;
  readonly container?: string;
  readonly containerId?: string;
  readonly volume?: string;
  /** Number of OOM kills since the last such event. */
  readonly count?: number;
  readonly last?: EndNumbers;
  /** Of an ended container, if its status has them. */
  readonly exitCode?: number;
  readonly reason?: string;
}

/** An event that was published. */
export interface PublishedEvent extends NodeEvent {
  /** Grows by one from event to event. */
  readonly sequence: number;
}
