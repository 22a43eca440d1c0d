import { readdirSync, readFileSync, statSync } from 'node:fs';
import { parseCgroupName, type QosClass } from './cgroup-names.ts';

/** A container's cgroup. The same object comes back from every walk as long as the cgroup is there. */
export interface ContainerCgroup {
  readonly id: string;
  /** Below the mount of each hierarchy, beginning with a slash. */
  readonly path: string;
}

/** A pod's cgroup. The same object comes back from every walk as long as the cgroup is there. */
export interface PodCgroup {
  /** `metadata.uid`, or a static pod's config hash. */
  readonly uid: string;
  /** Empty, as are the containers, if no cgroup of the pod is to be seen. */
  readonly path: string;
  /** Absent if no cgroup of the pod is to be seen. */
  readonly qos?: QosClass;
  /** Sandbox included; in alphabetical order. */
  readonly containers: readonly ContainerCgroup[];
}

/** What a walk found. */
export interface CgroupInventory {
  readonly pods: readonly PodCgroup[];
  /**
   * Paths of the cgroups above the pods: the root (`/`), its children, kubepods and the QoS classes.
   * Where there is no kubepods at all, every slice, service, scope and container.
   */
  readonly slices: readonly string[];
  /** Paths that are called kubepods. */
  readonly kubepodsRoots: readonly string[];
}

/** Tells which cgroups there are to be measured. */
export interface CgroupFinder {
  /** The mount in which they are. A cgroup exists while its directory here does. */
  readonly directory: string;
  /** What exists now. */
  walk(): CgroupInventory;
}

/** Deeper than any known layout: rootless k3s has its kubepods at level 6. */
const MAXIMUM_DEPTH = 12;

/** A machine without Kubernetes may have thousands of session scopes; more than this tells nothing. */
const MAX_SLICES = 1000;

/** Container IDs have 64 hex digits, which no interface file's name is as long as. */
const MIN_CONTAINER_NAME_LENGTH = 64;

class Pod implements PodCgroup {
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

  /** Takes in the directory's names. */
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

/** What one walk through one hierarchy gathers. */
interface Findings {
  readonly pods: Pod[];
  readonly roots: string[];
  /** kubepods and the QoS classes in it. */
  readonly kubernetes: string[];
  /** Children of the root. */
  readonly top: string[];
  /** Everything else that is neither a pod's nor ignored, parents before children. */
  readonly others: string[];
  /** Containers that belong to no pod. */
  readonly containers: string[];
}

/**
 * Walks the cgroup tree of a node and keeps what it found for the next walk.
 * Directories are taken in alphabetical order, so that two walks of the same node tell the same.
 */
export class CgroupTree implements CgroupFinder {
  readonly #directories: readonly string[];
  #directory: string;
  #known = new Map<string, Pod>();

  /** `directories`: the mounts to walk, the preferred one first; one on v2, several on v1. */
  constructor(directories: readonly string[]) {
    this.#directories = directories;
    this.#directory = directories[0] ?? '';
  }

  /** The mount in which the last walk found the pods. A cgroup exists while its directory here does. */
  get directory(): string {
    return this.#directory;
  }

  /** Finds the pods and slices that exist now. A directory that vanishes meanwhile is left out. */
  walk(): CgroupInventory {
    const all: Findings[] = [];
    for (const directory of this.#directories) {
      const findings = this.#search(directory);
      if (findings.roots.length > 0) {
        this.#directory = directory;
        return this.#settle(directory, findings);
      }
      all.push(findings);
    }
    this.#known.clear();
    const slices = new Set(all.flatMap(({ others }) => ['/', ...others]));
    return { pods: [], slices: [...slices].slice(0, MAX_SLICES), kubepodsRoots: [] };
  }

  /** Takes in what has become of one pod of the last walk, without another walk. False if its cgroup is gone. */
  refreshPod({ path }: PodCgroup): boolean {
    const names = namesIn(this.#directory + path);
    if (names !== undefined) this.#known.get(path)?.update(names);
    return names !== undefined;
  }

  #settle(directory: string, findings: Findings): CgroupInventory {
    this.#known = new Map(findings.pods.map((pod) => [pod.path, pod]));
    const slices = new Set(['/', ...findings.top, ...findings.kubernetes]);
    return { pods: withoutTwins(directory, findings.pods), slices: [...slices], kubepodsRoots: findings.roots };
  }

  #search(directory: string): Findings {
    const findings: Findings = { pods: [], roots: [], kubernetes: [], top: [], others: [], containers: [] };
    this.#outside(directory, '', findings);
    // A node that is itself a container, seen from the machine it runs on.
    for (const path of findings.containers) {
      if (findings.roots.length > 0) break;
      this.#outside(directory, path, findings);
    }
    return findings;
  }

  /** `path` is no pod and not below kubepods. */
  #outside(directory: string, path: string, findings: Findings): void {
    const depth = path.split('/').length;
    if (depth > MAXIMUM_DEPTH || isLeaf(directory + path)) return;
    for (const name of listDirectories(directory + path)) {
      const child = `${path}/${name}`;
      const { kind } = parseCgroupName(name);
      if (kind === 'ignored') continue;
      if (kind === 'kubepods') {
        findings.roots.push(child);
        this.#inside(directory, { path: child, qos: 'Guaranteed' }, findings);
        continue;
      }
      if (depth === 1) findings.top.push(child);
      findings.others.push(child);
      if (kind === 'container') findings.containers.push(child);
      else this.#outside(directory, child, findings);
    }
  }

  /** `at` is kubepods or a QoS class in it. */
  #inside(directory: string, at: { path: string; qos: QosClass }, findings: Findings): void {
    findings.kubernetes.push(at.path);
    for (const name of namesIn(directory + at.path)?.toSorted() ?? []) {
      const path = `${at.path}/${name}`;
      const pod = this.#known.get(path) ?? newPod(name, path, at.qos);
      if (pod !== undefined) {
        const names = namesIn(directory + path);
        if (names === undefined) continue;
        pod.update(names);
        findings.pods.push(pod);
        continue;
      }
      const recognised = parseCgroupName(name);
      if (recognised.kind === 'qos') this.#inside(directory, { path, qos: recognised.qos }, findings);
    }
  }
}

function newPod(name: string, path: string, qos: QosClass): Pod | undefined {
  const recognised = parseCgroupName(name);
  return recognised.kind === 'pod' ? new Pod(recognised.uid, path, qos) : undefined;
}

/** Two drivers' trees may both be there with the same pods, one of them left over and empty. */
function withoutTwins(directory: string, pods: readonly Pod[]): readonly Pod[] {
  const byUid = new Map<string, Pod>();
  for (const pod of pods) {
    const twin = byUid.get(pod.uid);
    if (twin === undefined || outranks(directory, pod, twin)) byUid.set(pod.uid, pod);
  }
  return byUid.size === pods.length ? pods : [...byUid.values()];
}

function outranks(directory: string, pod: Pod, other: Pod): boolean {
  const difference = rank(directory, pod) - rank(directory, other);
  return difference === 0 ? pod.path.length < other.path.length : difference > 0;
}

function rank(directory: string, pod: Pod): number {
  const populated = [pod, ...pod.containers].some(({ path }) => readCgroupProcs(directory + path) !== '');
  return (populated ? 2 : 0) + (pod.containers.length > 0 ? 1 : 0);
}

/** Numbers of the processes in a cgroup, a line each; empty if they cannot be read. */
export function readCgroupProcs(directory: string): string {
  try {
    return readFileSync(`${directory}/cgroup.procs`, 'latin1');
  } catch {
    return '';
  }
}

/** A directory without directories has two links, on every file system that counts them; others say 1. */
function isLeaf(directory: string): boolean {
  return statSync(directory, { throwIfNoEntry: false })?.nlink === 2;
}

/** Names of the directories in a directory, in alphabetical order; none if it cannot be read. */
export function listDirectories(directory: string): string[] {
  try {
    const entries = readdirSync(directory, { withFileTypes: true });
    return entries.flatMap((entry) => (entry.isDirectory() ? [entry.name] : [])).toSorted();
  } catch {
    return [];
  }
}

/** Names in a directory; `undefined` if it is gone. */
function namesIn(directory: string): string[] | undefined {
  try {
    return readdirSync(directory);
  } catch {
    return undefined;
  }
}
