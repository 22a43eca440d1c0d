import type { Snapshot } from '../snapshot/snapshot.ts';
import type { Subject } from '../snapshot/subject.ts';

/** A pod of which a container runs. */
export interface RunningPod {
  readonly record: NonNullable<Subject['pod']>;
  /** Its position among the snapshot's pods. */
  readonly position: number;
  /** Positions of its running containers among the snapshot's. */
  readonly containers: readonly number[];
}

/**
 * The pods that the kubelet would show: those with a container that runs, init containers included, and of their
 * containers those that run. Pods without metadata are excluded.
 */
export function runningPods({ walked, subjects, gone }: Snapshot): readonly RunningPod[] {
  if (!walked) return [];
  const containers = new Map<Subject['pod'], number[]>();
  for (const [position, { pod, container }] of subjects.container.entries()) {
    if (gone.container.has(position) || pod === undefined || container?.startedAt === undefined) continue;
    const known = containers.get(pod);
    if (known === undefined) containers.set(pod, [position]);
    else known.push(position);
  }
  return subjects.pod.flatMap(({ pod }, position) => {
    const running = containers.get(pod);
    if (gone.pod.has(position) || pod === undefined || running === undefined) return [];
    return [{ record: pod, position, containers: running }];
  });
}
