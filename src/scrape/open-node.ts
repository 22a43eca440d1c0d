import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { FileReader } from '../kernel/file-reader.ts';
import { findHierarchies, type Hierarchies, type NodePaths } from '../kernel/hierarchies.ts';
import type { Collector } from '../metrics/row.ts';
import { CgroupTree } from '../node/cgroup-tree.ts';
import { Sandboxes } from '../node/sandbox.ts';
import type { PodIndex } from '../pods/pod-index.ts';
import { Discovery } from './discovery.ts';
import { compilePlan } from './compile-plan.ts';
import type { PathOf } from './parts.ts';
import type { Plan } from './plan.ts';
import { Scraper } from './scrape.ts';

export interface NodeOptions {
  readonly paths: NodePaths;
  readonly collectors: readonly Collector[];
  /** Names pods; without it they are named by their UID. */
  readonly index?: PodIndex;
  readonly interfaces: RegExp;
  readonly reader: FileReader;
  readonly random?: () => number;
}

/** A node that can be scraped. */
export interface OpenNode {
  readonly hierarchies: Hierarchies;
  readonly tree: CgroupTree;
  readonly plan: Plan;
  readonly scraper: Scraper;
}

/**
 * Hierarchies in which a v1 node is walked, the first that has pods. That of pids comes first because its
 * directories have the fewest files; a hierarchy that nobody uses shows no services.
 */
const WALKED = ['pids', 'memory', 'cpuacct', 'cpu', 'name=systemd'];

/**
 * Finds this node's hierarchies and puts together what scrapes them.
 *
 * @throws {Error} one line, if there is no cgroup hierarchy.
 */
export function openNode(options: NodeOptions): OpenNode {
  const { paths, reader } = options;
  const hierarchies = findHierarchies(paths);
  const plan = compilePlan(options.collectors, {
    version: hierarchies.mode === 'v2' ? 'v2' : 'v1',
    pageSizes: pageSizes(hierarchies),
  });
  const tree = new CgroupTree(walkedDirectories(hierarchies));
  const walked = (): string => tree.directory;
  const sandboxes = new Sandboxes({ procfs: paths.procfs, cgroups: walked }, reader);
  const scraper = new Scraper({
    plan,
    reader,
    sandboxes,
    discovery: new Discovery({ tree, sandboxes, reader, plan, index: options.index }),
    procfs: paths.procfs,
    pathOf: pathsIn(hierarchies, walked),
    walked,
    interfaces: options.interfaces,
    now: () => performance.now(),
    time: () => Date.now() / 1000,
    random: options.random ?? Math.random,
  });
  return { hierarchies, tree, plan, scraper };
}

function walkedDirectories({ unified, controllers, mode }: Hierarchies): string[] {
  if (mode === 'v2') return unified === undefined ? [] : [unified];
  const preferred = WALKED.flatMap((name) => controllers.get(name) ?? []);
  return [...new Set([...preferred, ...controllers.values()])];
}

function pathsIn({ mode, controllers, unified }: Hierarchies, walked: () => string): PathOf {
  if (mode === 'v2') return (_, cgroup, file) => `${unified}${cgroup}/${file}`;
  return (controller, cgroup, file) => {
    const directory =
      controller === 'unified' ? unified : controller === 'cgroup' ? walked() : controllers.get(controller);
    return directory === undefined ? undefined : `${directory}${cgroup}/${file}`;
  };
}

/** Which sizes of huge pages there are files for, in whatever cgroup comes first. */
function pageSizes({ mode, controllers, unified }: Hierarchies): string[] {
  const directory = mode === 'v2' ? unified : controllers.get('hugetlb');
  if (directory === undefined) return [];
  try {
    const child = readdirSync(directory, { withFileTypes: true }).find((entry) => entry.isDirectory());
    const files = readdirSync(join(directory, child?.name ?? ''));
    return files.flatMap((file) => /^hugetlb\.(\w+)\.(?:current|usage_in_bytes)$/.exec(file)?.[1] ?? []);
  } catch {
    return [];
  }
}
