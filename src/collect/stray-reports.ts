import type { ContainerCgroup } from '../node/cgroup-tree.ts';
import type { PodRecord } from '../pods/pod.ts';
import type { Notice } from '../snapshot/snapshot.ts';

/** A cgroup that belongs to no container of its pod. */
export interface Stray {
  readonly cgroup: ContainerCgroup;
  readonly pod: PodRecord;
}

/** Reports strays, each once: no list of pods will ever name them. */
export class StrayReports {
  readonly #reported = new WeakSet<ContainerCgroup>();

  /** The notices of those that were not reported before. */
  of(strays: readonly Stray[]): readonly Notice[] {
    const fresh = strays.filter(({ cgroup }) => !this.#reported.has(cgroup));
    return fresh.map(({ cgroup, pod: { namespace, name } }) => {
      this.#reported.add(cgroup);
      const cause = 'as after an attempt to start it that the runtime abandoned';
      const message = `processes in ${cgroup.path} belong to no container of pod ${namespace}/${name}, ${cause}`;
      return { cause: `stray ${cgroup.id}`, message };
    });
  }
}
