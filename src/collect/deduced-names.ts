import { readCreationTime } from '../kernel/cgroup-creation.ts';
import type { ContainerCgroup } from '../node/cgroup-tree.ts';
import type { SandboxDecision } from '../node/sandbox-choice.ts';
import type { ContainerRecord, PodRecord } from '../pods/pod.ts';

/** A deduced name, and the record that it was made of. */
interface Deduced {
  readonly from: ContainerRecord;
  readonly record: ContainerRecord;
}

const NONE: ReadonlyMap<ContainerCgroup, ContainerRecord> = new Map();

/**
 * Names containers whose ID is not in the status yet, as of a restarted container while the API server is unavailable: if
 * one cgroup of a pod has no name and one container of its specification has no cgroup, they are the same.
 */
export class DeducedNames {
  readonly #known = new WeakMap<ContainerCgroup, Deduced>();
  readonly #directory: () => string;

  /** `directory` returns the walked mount. */
  constructor(directory: () => string) {
    this.#directory = directory;
  }

  /**
   * Records of those of `nameless` that can be named. `containers` are all of `pod`. Without a known sandbox none can:
   * one of them may be it.
   */
  of(
    pod: PodRecord | undefined,
    containers: readonly ContainerCgroup[],
    nameless: readonly ContainerCgroup[],
    { sandbox, strays }: SandboxDecision,
  ): ReadonlyMap<ContainerCgroup, ContainerRecord> {
    if (pod === undefined || sandbox === undefined) return NONE;
    const unnamed = nameless.filter((container) => container !== sandbox && !strays.includes(container));
    return unnamed.length === 0 ? NONE : this.#match(pod, containers, unnamed);
  }

  #match(
    pod: PodRecord,
    containers: readonly ContainerCgroup[],
    nameless: readonly ContainerCgroup[],
  ): ReadonlyMap<ContainerCgroup, ContainerRecord> {
    const found = new Map<ContainerCgroup, ContainerRecord>();
    const ids = new Set(containers.map(({ id }) => id));
    const missing = new Map(
      pod.containers.filter((each) => mayRun(each) && !ids.has(each.id ?? '')).map((each) => [each.name, each]),
    );
    for (const cgroup of nameless) {
      const from = missing.get(this.#known.get(cgroup)?.from.name ?? '');
      if (from === undefined) continue;
      found.set(cgroup, this.#recordOf(cgroup, from));
      missing.delete(from.name);
    }
    const [cgroup, ...others] = nameless.filter((each) => !found.has(each));
    const [from, ...further] = missing.values();
    const isOnlyOne = others.length + further.length === 0;
    if (cgroup !== undefined && from !== undefined && isOnlyOne) found.set(cgroup, this.#recordOf(cgroup, from));
    return found;
  }

  /** The record of the container before its restart, without what the restart has changed. */
  #recordOf(cgroup: ContainerCgroup, from: ContainerRecord): ContainerRecord {
    const known = this.#known.get(cgroup);
    if (known?.from === from) return known.record;
    const { stateReason: _, ...kept } = from;
    const startedAt = Math.floor(readCreationTime(this.#directory() + cgroup.path));
    const record: ContainerRecord = { ...kept, id: cgroup.id, state: 'running', startedAt };
    this.#known.set(cgroup, { from, record });
    return record;
  }
}

/** A completed init container is not started again while others run. */
function mayRun({ type, state }: ContainerRecord): boolean {
  return !(type === 'init' && state === 'terminated');
}
