import { isLeaf, listDirectories, namesIn } from './cgroup-directories.ts';
import { parseCgroupName, parsePodName, type QosClass } from './cgroup-names.ts';
import type { ContainerPlaces } from './container-places.ts';
import { withoutDelegated } from './delegated-cgroups.ts';
import { NestedNodes } from './nested-nodes.ts';
import { OutsideContainers, type MountContainers, type OutsideContainer } from './outside-containers.ts';
import { withoutDuplicates } from './pod-duplicates.ts';

/** The cgroup of a container. Every walk returns the same object while the cgroup exists. */
export interface ContainerCgroup {
  readonly id: string;
  /** Relative to the mount of each hierarchy, with a leading slash. */
  readonly path: string;
}

/** The cgroup of a pod. Every walk returns the same object while the cgroup exists. */
export interface PodCgroup {
  /** `metadata.uid`, or the config hash of a static pod; with dashes in place of underscores. */
  readonly uid: string;
  /** Empty, like `containers`, if the cgroup of the pod is not visible. */
  readonly path: string;
  /** Absent if the cgroup of the pod is not visible. */
  readonly qos?: QosClass;
  /** Sandbox included; sorted by name. */
  readonly containers: readonly ContainerCgroup[];
}

/** Result of a walk. */
export interface CgroupInventory {
  readonly pods: readonly PodCgroup[];
  /** Number of further cgroups of pods, which are not measured: with the UID of another, or below `user.slice`. */
  readonly duplicates: number;
  /**
   * Paths of the `cgroup` level: the root (`/`), its children, kubepods and the QoS classes.
   * Without any kubepods, every slice, service and scope. Never a container.
   */
  readonly slices: readonly string[];
  /** Paths of the kubepods cgroups. */
  readonly kubepodsRoots: readonly string[];
  /** Containers in no pod's cgroup: those of other programs, and of pods if the runtime places them elsewhere. */
  readonly outside: readonly OutsideContainer[];
  /** Paths of containers that are nodes themselves and whose pods are not among {@link pods}. */
  readonly nestedNodes: readonly string[];
}

/** Finds the cgroups to measure. */
export interface CgroupFinder {
  /** The mount that contains them. A cgroup exists while its directory in this mount exists. */
  readonly directory: string;
  /** Finds the current cgroups. */
  walk(): CgroupInventory;
}

/** The deepest known layout is rootless k3s, with kubepods at depth 6. */
const MAX_DEPTH = 12;

/** Limits the series of a machine without Kubernetes, which may have thousands of session scopes. */
const MAX_SLICES = 1000;

/** A container ID has 64 hex digits; the names of interface files are shorter. */
const MIN_CONTAINER_NAME_LENGTH = 64;

class CachedPod implements PodCgroup {
  readonly uid: string;
  readonly path: string;
  readonly qos: QosClass;
  containers: readonly ContainerCgroup[] = [];
  #children = new Map<string, ContainerCgroup>();

  constructor(uid: string, path: string, qos: QosClass) {
    this.uid = uid;
    this.path = path;
    this.qos = qos;
  }

  /** Updates the containers from the names in the pod's directory. */
  update(names: readonly string[]): void {
    const candidates = names.filter((name) => name.length >= MIN_CONTAINER_NAME_LENGTH).toSorted();
    if (candidates.length === this.#children.size && candidates.every((name) => this.#children.has(name))) return;
    const children = new Map<string, ContainerCgroup>();
    for (const name of candidates) {
      const known = this.#children.get(name) ?? this.#container(name);
      if (known !== undefined) children.set(name, known);
    }
    this.#children = children;
    this.containers = [...children.values()];
  }

  #container(name: string): ContainerCgroup | undefined {
    const recognised = parseCgroupName(name);
    return recognised.kind === 'container' ? { id: recognised.id, path: `${this.path}/${name}` } : undefined;
  }
}

/** Findings of a walk in one hierarchy. */
interface Findings {
  readonly directory: string;
  readonly pods: CachedPod[];
  readonly roots: string[];
  /** kubepods and the QoS classes in it. */
  readonly kubernetes: string[];
  /** Children of the root, without containers. */
  readonly top: string[];
  /** All other cgroups that are neither part of a pod nor a container nor ignored, parents before children. */
  readonly others: string[];
  /** Containers outside of pods. */
  readonly containers: string[];
  /** Pods that {@link withoutDelegated} removed. */
  readonly delegatedPods: number;
}

/**
 * Walks the cgroup tree of a node and reuses the objects of the last walk. The order is alphabetical, so that walks of
 * an unchanged tree return equal results.
 */
export class CgroupTree implements CgroupFinder {
  readonly #directories: readonly string[];
  readonly #places: ContainerPlaces | undefined;
  #directory: string;
  /** By path. */
  #podsByPath = new Map<string, CachedPod>();
  readonly #outside = new OutsideContainers();
  readonly #nestedNodes = new NestedNodes();

  /** `directories`: the mounts to walk, in order of preference; one on v2, several on v1. */
  constructor(directories: readonly string[], places?: ContainerPlaces) {
    this.#directories = directories;
    this.#places = places;
    this.#directory = directories[0] ?? '';
  }

  /** The mount in which the last walk found the pods. */
  get directory(): string {
    return this.#directory;
  }

  /** Finds the current pods and slices. A directory that vanishes during the walk is skipped. */
  walk(): CgroupInventory {
    const all: Findings[] = [];
    for (const directory of this.#directories) {
      const findings = this.#search(directory);
      if (findings.pods.length > 0) return this.#toInventory(findings);
      all.push(findings);
    }
    const empty = all.find(({ roots }) => roots.length > 0);
    if (empty !== undefined) return this.#toInventory(empty);
    this.#podsByPath.clear();
    const slices = new Set(all.flatMap(({ others }) => ['/', ...others]));
    return {
      pods: [],
      duplicates: 0,
      slices: [...slices].slice(0, MAX_SLICES),
      kubepodsRoots: [],
      outside: this.#outsideOf(all),
      nestedNodes: [],
    };
  }

  #outsideOf(found: readonly MountContainers[]): readonly OutsideContainer[] {
    const outside = this.#outside.update(found);
    this.#places?.update(outside, found);
    return outside;
  }

  /** Updates one pod of the last walk without another walk. Returns false if its cgroup is gone. */
  refreshPod({ path }: PodCgroup): boolean {
    const names = namesIn(this.#directory + path);
    if (names !== undefined) this.#podsByPath.get(path)?.update(names);
    return names !== undefined;
  }

  #toInventory(findings: Findings): CgroupInventory {
    const { directory } = findings;
    this.#directory = directory;
    this.#podsByPath = new Map(findings.pods.map((pod) => [pod.path, pod]));
    const slices = new Set(['/', ...findings.top, ...findings.kubernetes]);
    const isNested = (path: string): boolean => findings.roots.some((root) => root.startsWith(`${path}/`));
    const others = findings.containers.filter((path) => !isNested(path));
    const pods = withoutDuplicates(directory, findings.pods, findings.roots);
    return {
      pods,
      duplicates: findings.pods.length - pods.length + findings.delegatedPods,
      slices: [...slices],
      kubepodsRoots: findings.roots,
      outside: this.#outsideOf([findings]),
      nestedNodes: this.#nestedNodes.find(directory, others),
    };
  }

  #search(directory: string): Findings {
    const findings = noFindings(directory);
    this.#walkOutsideKubepods(directory, '', findings);
    if (findings.roots.length > 0) return withoutDelegated(findings);
    // Nodes may run in containers of this machine, e.g. those of kind and k3d. The walk adds nested containers.
    for (const path of findings.containers) this.#walkOutsideKubepods(directory, path, findings);
    return findings;
  }

  #walkOutsideKubepods(directory: string, path: string, findings: Findings): void {
    const depth = path.split('/').length;
    if (depth > MAX_DEPTH || isLeaf(directory + path)) return;
    for (const name of listDirectories(directory + path)) {
      const child = `${path}/${name}`;
      const { kind } = parseCgroupName(name);
      if (kind === 'ignored') continue;
      if (kind === 'kubepods') {
        findings.roots.push(child);
        this.#walkKubepods(directory, { path: child, qos: 'Guaranteed' }, findings);
        continue;
      }
      if (kind === 'container') {
        findings.containers.push(child);
        continue;
      }
      if (depth === 1) findings.top.push(child);
      findings.others.push(child);
      this.#walkOutsideKubepods(directory, child, findings);
    }
  }

  /** `parent` is kubepods or a QoS class in it. */
  #walkKubepods(directory: string, parent: { path: string; qos: QosClass }, findings: Findings): void {
    findings.kubernetes.push(parent.path);
    for (const name of namesIn(directory + parent.path)?.toSorted() ?? []) {
      const path = `${parent.path}/${name}`;
      const pod = this.#podsByPath.get(path) ?? newPod(name, path, parent.qos);
      if (pod !== undefined) {
        const names = namesIn(directory + path);
        if (names === undefined) continue;
        pod.update(names);
        findings.pods.push(pod);
        continue;
      }
      const recognised = parsePodName(name);
      if (recognised.kind === 'qos') this.#walkKubepods(directory, { path, qos: recognised.qos }, findings);
      if (recognised.kind === 'container') findings.containers.push(path);
    }
  }
}

function noFindings(directory: string): Findings {
  const lists = { pods: [], roots: [], kubernetes: [], top: [], others: [], containers: [] };
  return { directory, ...lists, delegatedPods: 0 };
}

function newPod(name: string, path: string, qos: QosClass): CachedPod | undefined {
  const recognised = parsePodName(name);
  return recognised.kind === 'pod' ? new CachedPod(recognised.uid, path, qos) : undefined;
}
