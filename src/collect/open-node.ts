import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ContainerNames } from '../engine/engines.ts';
import type { FileReader } from '../kernel/file-reader.ts';
import type { Hierarchies, NodePaths } from '../kernel/hierarchies.ts';
import type { Collector } from '../metrics/row.ts';
import type { MissingController } from '../kernel/missing-controllers.ts';
import { readNetworkInode } from '../kernel/processes.ts';
import { CgroupProcesses } from '../node/cgroup-processes.ts';
import type { CgroupFinder } from '../node/cgroup-tree.ts';
import { OwnSandboxFinder } from '../node/own-sandbox-finder.ts';
import { ProcessSandboxFinder } from '../node/sandbox.ts';
import { recordFromDownwardApi, type DownwardApiFields } from '../pods/downward-api.ts';
import type { PodRecord } from '../pods/pod.ts';
import type { PodIndex } from '../pods/pod-index.ts';
import { Discovery } from './discovery.ts';
import type { VersionTraits } from '../plan/choose-origin.ts';
import { compilePlan } from '../plan/compile-plan.ts';
import { Networks } from './network.ts';
import { openNodeCgroups, openOwnPodCgroups, type CgroupAccess } from '../node/open-cgroups.ts';
import { OutsideNetworks } from './outside-networks.ts';
import { OwnNetwork } from './own-network.ts';
import type { PathOf } from './cgroup-path.ts';
import type { ScrapeParts } from './parts.ts';
import type { Plan } from '../plan/plan.ts';
import { ProcessNumbers } from './process-numbers.ts';
import { ContainerProcesses } from './container-processes.ts';
import { NodeTables } from './node-tables.ts';
import type { Blindness } from '../snapshot/snapshot.ts';
import type { StorageChoice } from '../storage/storage-choice.ts';
import type { UsageReader } from '../usage/usage-cache.ts';
import { Scraper } from './scraper.ts';

export interface NodeOptions {
  readonly paths: NodePaths;
  readonly collectors: readonly Collector[];
  /** Names pods; without it their names are their UIDs. */
  readonly index?: PodIndex;
  /** Names containers outside of pods. */
  readonly containerNames?: ContainerNames | undefined;
  /** What is known about our own pod, if only that is exported. */
  readonly ownPod?: DownwardApiFields;
  readonly interfaces: RegExp;
  readonly storage: StorageChoice;
  readonly reader: FileReader;
  /** Has what is measured between scrapes. */
  readonly usage?: UsageReader;
  readonly random?: () => number;
}

/** A node that can be scraped, or our own pod of it. */
export interface OpenNode {
  readonly hierarchies: Hierarchies;
  readonly tree: CgroupFinder;
  /** Why no cgroup is read, if none is. */
  readonly missingReason?: string;
  /** Controllers that no hierarchy has. */
  readonly missingControllers?: readonly MissingController[];
  readonly plan: Plan;
  readonly tables: NodeTables;
  readonly processes: ContainerProcesses;
  readonly scraper: Scraper;
}

/**
 * Finds the node's cgroup hierarchies and opens everything that scrapes them.
 *
 * @throws {Error} one line, if there is no cgroup hierarchy and not only our own pod is exported, or if it is unknown
 * which pod that is.
 */
export function openNode(options: NodeOptions): OpenNode {
  const { paths, reader, ownPod } = options;
  const cgroups = ownPod === undefined ? openNodeCgroups(paths) : openOwnPodCgroups(paths, ownPod.uid);
  const { hierarchies, tree, places } = cgroups;
  const plan = compilePlan(options.collectors, {
    ...versionOf(hierarchies),
    pageSizes: pageSizes(hierarchies),
    hierarchyOf: (controller) => hierarchies.controllers.get(controller) ?? controller,
  });
  const pathOf = pathsIn(hierarchies, () => tree.directory, places);
  const { procfs } = paths;
  const processes = new ProcessNumbers({ procfs, pathOf, reader });
  const processesOf = (path: string): readonly number[] => processes.list(path, { isContainer: true });
  const tables = new NodeTables({ paths, choice: options.storage }, processesOf);
  const scraper = new Scraper({
    plan,
    reader,
    ...finders(options, tree, plan),
    processes,
    tables,
    hidden: hiddenCollectors(cgroups.missingControllers),
    ...(options.usage === undefined ? {} : { usage: options.usage }),
    procfs,
    pathOf,
    interfaces: options.interfaces,
    now: () => performance.now(),
    time: () => Date.now() / 1000,
    random: options.random ?? Math.random,
  });
  return { ...cgroups, plan, tables, processes: new ContainerProcesses({ procfs, list: processesOf }), scraper };
}

/** Collectors with the name of the one controller that they read. CPU time has other sources. */
const OF_ONE_CONTROLLER = new Set(['memory', 'io', 'pids']);

function hiddenCollectors(missing: readonly MissingController[] = []): ReadonlyMap<string, Blindness> {
  const hidden = missing.filter(({ controller, isHidden }) => isHidden && OF_ONE_CONTROLLER.has(controller));
  return new Map(hidden.map(({ controller, cause, hint }) => [controller, { cause, hint }]));
}

/** Without controllers in the v2 mount of a hybrid node, all numbers are those of v1. */
function versionOf({ mode, controllers, unifiedControllers: v2 = new Set() }: Hierarchies): VersionTraits {
  if (mode !== 'hybrid' || v2.size === 0) return { version: mode === 'v2' ? 'v2' : 'v1' };
  return { version: 'v1', split: { v1: new Set(controllers.keys()), v2 } };
}

/** The parts that find and name pods, and that find their networks. */
function finders(
  { paths, reader, index, ownPod, containerNames: names }: NodeOptions,
  tree: CgroupFinder,
  plan: Plan,
): Pick<ScrapeParts, 'discovery' | 'networks'> {
  const walked = (): string => tree.directory;
  const { procfs } = paths;
  const sandboxes = new ProcessSandboxFinder({ procfs, cgroups: walked }, reader);
  const containers = new CgroupProcesses({ procfs, cgroups: walked }, reader);
  const processes = {
    oldest: (path: string) => containers.oldest(path),
    hostInode: () => readNetworkInode(procfs, 1),
  };
  const parts = { tree, reader, plan, index, processes };
  if (ownPod === undefined) {
    const discovery = new Discovery({ ...parts, sandboxes, names });
    return { discovery, networks: new Networks(procfs, sandboxes, new OutsideNetworks(containers)) };
  }
  const ownSandbox = new OwnSandboxFinder({ cgroups: walked, pid: process.pid, byProcess: sandboxes });
  const discovery = new Discovery({ ...parts, sandboxes: ownSandbox, record: recordOf(ownPod) });
  return { discovery, networks: new OwnNetwork() };
}

/** The record of our own pod, made once. */
function recordOf(own: DownwardApiFields): (cgroupUid: string) => PodRecord | undefined {
  let record: PodRecord | undefined;
  return (cgroupUid) => (record ??= recordFromDownwardApi(own, cgroupUid));
}

function pathsIn(
  { mode, controllers, unified }: Hierarchies,
  walked: () => string,
  places: CgroupAccess['places'],
): PathOf {
  if (mode === 'none') return () => undefined;
  if (mode === 'v2') return (_, cgroup, file) => `${unified}${cgroup}/${file}`;
  const mountOf = (controller: string, cgroup: string): string | undefined => {
    if (controller === 'cgroup') return places?.home(cgroup) ?? walked();
    return controller === 'unified' ? unified : controllers.get(controller);
  };
  return (controller, cgroup, file) => {
    const mount = mountOf(controller, cgroup);
    if (mount === undefined) return undefined;
    return `${places?.directory(mount, cgroup) ?? mount + cgroup}/${file}`;
  };
}

/** The sizes of huge pages, taken from the files of any cgroup. */
function pageSizes({ controllers, unified }: Hierarchies): string[] {
  const directory = controllers.get('hugetlb') ?? unified;
  if (directory === undefined) return [];
  try {
    const child = readdirSync(directory, { withFileTypes: true }).find((entry) => entry.isDirectory());
    const files = readdirSync(join(directory, child?.name ?? ''));
    return files.flatMap((file) => /^hugetlb\.(\w+)\.(?:current|usage_in_bytes)$/.exec(file)?.[1] ?? []);
  } catch {
    return [];
  }
}
