import type { FileReader } from '../kernel/file-reader.ts';
import { readBootTime, TICKS_PER_SECOND } from '../kernel/processes.ts';
import { CgroupProcesses, type NetworkProcess, type ProcessPaths } from './cgroup-processes.ts';
import type { ContainerCgroup, PodCgroup } from './cgroup-tree.ts';
import { chooseSandbox, mayLackSandbox, type SandboxDecision, type VisibleContainer } from './sandbox-choice.ts';

/** A container of which Kubernetes reports something. */
export interface ReportedContainer {
  /** Unix seconds of the running container's start. */
  readonly startedAt?: number;
}

/** Decides what the containers of a pod are that no status names. */
export interface SandboxFinder {
  /**
   * `candidates`: the containers of `pod` that no status names. `reported`: those of specification and status; empty if
   * nothing is known about them.
   */
  decide(
    pod: PodCgroup,
    candidates: readonly ContainerCgroup[],
    reported: readonly ReportedContainer[],
  ): SandboxDecision;
}

interface Decision extends SandboxDecision {
  readonly candidates: readonly ContainerCgroup[];
  /** All containers of the pod at that time. */
  readonly containers: readonly ContainerCgroup[];
}

const NOTHING: SandboxDecision = { sandbox: undefined, strays: [] };

/** Status and `/proc/stat` round times to seconds. */
const ROUNDING_SECONDS = 1;

/** Finds the sandbox by its process, and the process through which a pod's network is read. */
export class ProcessSandboxFinder implements SandboxFinder {
  readonly #procfs: string;
  readonly #processes: CgroupProcesses;
  readonly #decisions = new WeakMap<PodCgroup, Decision>();

  constructor(paths: ProcessPaths, reader: FileReader) {
    this.#procfs = paths.procfs;
    this.#processes = new CgroupProcesses(paths, reader);
  }

  /** A decision that found a sandbox holds until the containers of the pod change. */
  decide(
    pod: PodCgroup,
    candidates: readonly ContainerCgroup[],
    reported: readonly ReportedContainer[],
  ): SandboxDecision {
    if (candidates.length === 0) {
      this.#decisions.delete(pod);
      return NOTHING;
    }
    const { containers } = pod;
    const last = this.#decisions.get(pod);
    if (
      last?.sandbox !== undefined &&
      sameMembers(last.candidates, candidates) &&
      sameMembers(last.containers, containers)
    ) {
      return last;
    }
    const decision = { ...this.#decide(containers, candidates, reported), candidates, containers };
    this.#decisions.set(pod, decision);
    return decision;
  }

  #decide(
    containers: readonly ContainerCgroup[],
    candidates: readonly ContainerCgroup[],
    reported: readonly ReportedContainer[],
  ): SandboxDecision {
    const [first] = candidates;
    // A runtime that always starts a sandbox has started this one: its other containers have names.
    if (candidates.length === 1 && reported.length > 0 && first !== undefined && !mayLackSandbox(first)) {
      return { sandbox: first, strays: [] };
    }
    const visible = this.#visible(candidates);
    if (visible.length === 0) return NOTHING;
    return chooseSandbox({
      candidates: visible,
      named: this.#visible(containers.filter((container) => !candidates.includes(container))),
      hasStatus: reported.length > 0,
      reportedStart: this.#reportedStart(reported),
    });
  }

  #visible(containers: readonly ContainerCgroup[]): VisibleContainer[] {
    return containers.flatMap((cgroup) => {
      const oldest = this.#processes.oldest(cgroup.path);
      return oldest === undefined ? [] : [{ ...oldest, cgroup }];
    });
  }

  #reportedStart(reported: readonly ReportedContainer[]): number | undefined {
    const starts = reported.flatMap(({ startedAt }) => startedAt ?? []);
    if (starts.length === 0) return undefined;
    const seconds = Math.min(...starts) + ROUNDING_SECONDS - readBootTime(this.#procfs);
    return Number.isNaN(seconds) ? undefined : seconds * TICKS_PER_SECOND;
  }

  /**
   * A live process of the pod: the sandbox's, else that of a container with a name, else of one without, else one in a
   * cgroup below them. `undefined` if none is visible, as without hostPID.
   */
  networkProcess(pod: PodCgroup, sandbox: ContainerCgroup | undefined): NetworkProcess | undefined {
    const { candidates = [], strays = [] } = this.#decisions.get(pod) ?? {};
    const isNamed = (container: ContainerCgroup): boolean => !candidates.includes(container);
    const containers = pod.containers.filter((container) => container !== sandbox && !strays.includes(container));
    const ordered = [...containers.filter(isNamed), ...containers.filter((container) => !isNamed(container))];
    const paths = [...(sandbox === undefined ? [] : [sandbox]), ...ordered].map(({ path }) => path);
    // A pod without a cgroup of its own has no path; an empty one would be the root cgroup.
    const own = pod.path === '' ? [] : [pod.path];
    return this.#processes.network([...paths, ...own]) ?? this.#processes.networkBelow(paths);
  }
}

function sameMembers<T>(left: readonly T[], right: readonly T[]): boolean {
  return left.length === right.length && left.every((member, index) => member === right[index]);
}
