import type { OutsideRecord } from '../engine/outside-record.ts';
import type { Level } from '../metrics/row.ts';
import type { ContainerRecord, PodRecord } from '../pods/pod.ts';

/** Labels of a series, in the order in which they are written. */
export type Labels = readonly (readonly [name: string, value: string])[];

/**
 * The identity of a measured cgroup. A subject never changes: when anything about the cgroup changes, the next snapshot
 * has another object. As long as nothing changes, snapshots share the object, so that views can cache by it.
 */
export interface Subject {
  /** Stays the same while the cgroup exists, whatever it is called; no other cgroup ever gets it. */
  readonly id: number;
  readonly level: Level;
  /** Path of the cgroup below the mount of each hierarchy. */
  readonly path: string;
  /** The runtime's ID of a container or sandbox. */
  readonly containerId?: string | undefined;
  /** Labels of every series: namespace, pod, container; outside of pods only container; or cgroup. */
  readonly labels: Labels;
  /** What Kubernetes reports about the pod; absent where pods are not known. */
  readonly pod?: PodRecord | undefined;
  readonly container?: ContainerRecord | undefined;
  /** The sandbox of a pod, if it has one. */
  readonly sandbox?: Subject | undefined;
  /** What is known about a container outside of pods; absent for all other subjects. */
  readonly outside?: OutsideRecord | undefined;
}
