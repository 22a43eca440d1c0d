import { readdirSync, readFileSync, statSync } from 'node:fs';
import { parseCgroupName, type QosClass } from './cgroup-names.ts';

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
  /**
   * Paths of the `cgroup` level: the root (`/`), its children, kubepods and the QoS classes.
   * Without any kubepods, every slice, service, scope and container.
   */
  readonly slices: readonly string[];
  /** Paths of the kubepods cgroups. */
  readonly kubepodsRoots: readonly string[];
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
  readonly pods: CachedPod[];
  readonly roots: string[];
  /** kubepods and the QoS classes in it. */
  readonly kubernetes: string[];
  /** Children of the root. */
  readonly top: string[];
  /** All other cgroups that are neither part of a pod nor ignored, parents before children. */
  readonly others: string[];
  /** Containers outside of pods. */
  readonly containers: string[];
}

/**
 * Walks the cgroup tree of a node and reuses the objects of the last walk. The order is alphabetical, so that walks of
 * an unchanged tree return equal results.
 */
export class CgroupTree implements CgroupFinder {
  readonly #directories: readonly string[];
  #directory: string;
  /** By path. */
  #podsByPath = new Map<string, CachedPod>();

  /** `directories`: the mounts to walk, in order of preference; one on v2, several on v1. */
  constructor(directories: readonly string[]) {
    this.#directories = directories;
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
      if (findings.roots.length > 0) {
        this.#directory = directory;
        return this.#toInventory(directory, findings);
      }
      all.push(findings);
    }
    this.#podsByPath.clear();
    const slices = new Set(all.flatMap(({ others }) => ['/', ...others]));
    return { pods: [], slices: [...slices].slice(0, MAX_SLICES), kubepodsRoots: [] };
  }

  /** Updates one pod of the last walk without another walk. Returns false if its cgroup is gone. */
  refreshPod({ path }: PodCgroup): boolean {
    const names = namesIn(this.#directory + path);
    if (names !== undefined) this.#podsByPath.get(path)?.update(names);
    return names !== undefined;
  }

  #toInventory(directory: string, findings: Findings): CgroupInventory {
    this.#podsByPath = new Map(findings.pods.map((pod) => [pod.path, pod]));
    const slices = new Set(['/', ...findings.top, ...findings.kubernetes]);
    return { pods: withoutDuplicates(directory, findings.pods), slices: [...slices], kubepodsRoots: findings.roots };
  }

  #search(directory: string): Findings {
    const findings: Findings = { pods: [], roots: [], kubernetes: [], top: [], others: [], containers: [] };
    this.#walkOutsideKubepods(directory, '', findings);
    if (findings.roots.length > 0) return findings;
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
      if (depth === 1) findings.top.push(child);
      findings.others.push(child);
      if (kind === 'container') findings.containers.push(child);
      else this.#walkOutsideKubepods(directory, child, findings);
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
      const recognised = parseCgroupName(name);
      if (recognised.kind === 'qos') this.#walkKubepods(directory, { path, qos: recognised.qos }, findings);
    }
  }
}

function newPod(name: string, path: string, qos: QosClass): CachedPod | undefined {
  const recognised = parseCgroupName(name);
  return recognised.kind === 'pod' ? new CachedPod(recognised.uid, path, qos) : undefined;
}

/** Removes duplicates: after a change of the cgroup driver the old tree may remain, empty, with the same pods. */
function withoutDuplicates(directory: string, pods: readonly CachedPod[]): readonly CachedPod[] {
  const byUid = new Map<string, CachedPod>();
  for (const pod of pods) {
    const other = byUid.get(pod.uid);
    if (other === undefined || outranks(directory, pod, other)) byUid.set(pod.uid, pod);
  }
  return byUid.size === pods.length ? pods : [...byUid.values()];
}

function outranks(directory: string, pod: CachedPod, other: CachedPod): boolean {
  const difference = rank(directory, pod) - rank(directory, other);
  return difference === 0 ? pod.path.length < other.path.length : difference > 0;
}

function rank(directory: string, pod: CachedPod): number {
  const populated = [pod, ...pod.containers].some(({ path }) => readCgroupProcs(directory + path) !== '');
  return (populated ? 2 : 0) + (pod.containers.length > 0 ? 1 : 0);
}

/** Reads `cgroup.procs`, one PID per line; empty if the file cannot be read. */
export function readCgroupProcs(directory: string): string {
  try {
    return readFileSync(`${directory}/cgroup.procs`, 'latin1');
  } catch {
    return '';
  }
}

/** Whether a directory has no subdirectories. It then has link count 2; file systems that do not count links report 1. */
export function isLeaf(directory: string): boolean {
  return statSync(directory, { throwIfNoEntry: false })?.nlink === 2;
}

/** Lists the names of subdirectories in alphabetical order; empty if the directory cannot be read. */
export function listDirectories(directory: string): string[] {
  try {
    const entries = readdirSync(directory, { withFileTypes: true });
    return entries.flatMap((entry) => (entry.isDirectory() ? [entry.name] : [])).toSorted();
  } catch {
    return [];
  }
}

/** Lists the names in a directory; `undefined` if it is gone. */
function namesIn(directory: string): string[] | undefined {
  try {
    return readdirSync(directory);
  } catch {
    return undefined;
  }
}
