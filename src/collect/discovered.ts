import { perLevel, type Level } from '../metrics/row.ts';
import type { ContainerCgroup, PodCgroup } from '../node/cgroup-tree.ts';
import type { OutsideContainer } from '../node/outside-containers.ts';
import type { Subject } from '../snapshot/subject.ts';
import type { Stray } from './stray-reports.ts';
import type { Target } from './target.ts';
import type { TrackedCgroup } from './tracked-cgroups.ts';

/** An exported pod, with what is needed to read its network. */
export interface DiscoveredPod {
  readonly subject: Subject;
  readonly cgroup: PodCgroup;
  readonly pause: ContainerCgroup | undefined;
}

/** The result of a walk: what is kept between scrapes, at the positions of the snapshot's subjects. */
export interface Discovered {
  readonly targets: Readonly<Record<Level, readonly Target[]>>;
  readonly pods: readonly DiscoveredPod[];
  /** The containers outside of pods, at the positions of the subjects of level `netns`. */
  readonly outside: readonly OutsideContainer[];
}

/** Collects what is found, by level. */
export class Found implements Discovered {
  readonly subjects: Record<Level, Subject[]> = perLevel(() => []);
  readonly targets: Record<Level, Target[]> = perLevel(() => []);
  readonly pods: DiscoveredPod[] = [];
  readonly outside: OutsideContainer[] = [];
  readonly unmatched: string[] = [];
  readonly strays: Stray[] = [];
  /** Cgroups in a pod's own with the ID of another in it. */
  duplicates = 0;

  add(subject: Subject, { target }: TrackedCgroup): void {
    this.subjects[subject.level].push(subject);
    this.targets[subject.level].push(target);
  }
}
