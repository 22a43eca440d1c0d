import type { ContainerCgroup } from '../node/cgroup-tree.ts';
import type { PodRecord } from '../pods/pod.ts';
import type { Notice } from '../snapshot/snapshot.ts';

/** A cgroup that belongs to no container of its pod. */
export interface Stray {
  readonly cgroup: ContainerCgroup;
  readonly pod: PodRecord;
}

/** Reports strays, each once: no list of pods contains them. */
export class StrayReports {
  readonly #reported = new WeakSet<ContainerCgroup>();

  /** Notices of those that were not reported before. */
  of(strays: readonly Stray[]): readonly Notice[] {
    const unreported = strays.filter(({ cgroup }) => !this.#reported.has(cgroup));
    return unreported.map(({ cgroup, pod: { namespace, name: pod } }) => {
      this.#reported.add(cgroup);
      const cause = 'its processes belong to no container of the pod, as after an aborted start';
      return { message: 'skipped a cgroup', fields: { cgroup: cgroup.path, namespace, pod, cause } };
    });
  }
}
