import { existsSync, linkSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { PagePool } from '../../../src/exposition/page-pool.ts';
import { ExpositionWriter } from '../../../src/exposition/writer.ts';
import type { ContainerNames } from '../../../src/engine/engines.ts';
import type { FileReader } from '../../../src/kernel/file-reader.ts';
import { readNetworkInode } from '../../../src/kernel/processes.ts';
import type { Collector } from '../../../src/metrics/row.ts';
import { CgroupProcesses } from '../../../src/node/cgroup-processes.ts';
import { CgroupTree } from '../../../src/node/cgroup-tree.ts';
import { ProcessSandboxFinder } from '../../../src/node/sandbox.ts';
import { PodIndex } from '../../../src/pods/pod-index.ts';
import { compilePlan, type KernelTraits } from '../../../src/plan/compile-plan.ts';
import { Discovery, type DiscoveryParts } from '../../../src/collect/discovery.ts';
import { Networks } from '../../../src/collect/network.ts';
import { OutsideNetworks } from '../../../src/collect/outside-networks.ts';
import type { ScrapeParts } from '../../../src/collect/parts.ts';
import { ProcessNumbers } from '../../../src/collect/process-numbers.ts';
import { Scraper } from '../../../src/collect/scraper.ts';
import type { Snapshot } from '../../../src/snapshot/snapshot.ts';
import type { Plan } from '../../../src/plan/plan.ts';
import type { UsageReader } from '../../../src/usage/usage-cache.ts';
import { NativeView } from '../../../src/views/native/native.ts';
import { addFiles, fileTree, type Files } from '../kernel/file-tree.ts';
import { NodeTables } from '../../../src/collect/node-tables.ts';
import { STORAGE } from '../../support/storage-choice.ts';
import { HookedReader } from '../../support/hooked-reader.ts';

export const UID = '2c48913c-b29f-11e7-9350-020968147796';
export const ID = 'a'.repeat(64);
export const PAUSE_ID = 'b'.repeat(64);

/** Paths of the pod with {@link UID} and of its containers, below each hierarchy. */
export const POD = `/kubepods/pod${UID}`;
export const CONTAINER = `${POD}/${ID}`;
export const PAUSE = `${POD}/${PAUSE_ID}`;

export interface FakeNodeOptions {
  /** Files below `proc/` and `cgroup/`; on v1 the name of the hierarchy follows. */
  readonly files: Files;
  readonly collectors: readonly Collector[];
  readonly kernel?: Partial<KernelTraits>;
  /** Pods as returned by the API server; without them the names of pods are their UIDs. */
  readonly pods?: readonly unknown[];
  /** Names containers outside of pods. */
  readonly names?: ContainerNames;
  readonly interfaces?: RegExp;
  readonly descriptors?: number;
  readonly usage?: UsageReader;
  /** Called before a file of a cgroup is opened. */
  readonly opening?: (cgroup: string, file: string) => void;
}

/** The result of a scrape. */
export interface Scraped {
  /** Samples as they are exported, in order. */
  readonly lines: readonly string[];
  /** Number of failed reads, by `collector code`. */
  readonly errors: Readonly<Record<string, number>>;
  readonly counts: Snapshot['counts'];
  /** Names of what runs without a cgroup: pods, and containers as `pod/container`. */
  readonly missing: readonly string[];
  /** Whether each collector succeeded. */
  readonly success: Readonly<Record<string, boolean>>;
  readonly notices: Snapshot['notices'];
  /** UIDs and IDs that require a new list of pods. */
  readonly unmatched: readonly string[];
}

/** A node of plain files with a clock that the test moves. */
export interface FakeNode {
  readonly root: string;
  /** Milliseconds. */
  readonly clock: { now: number };
  /** The random number. */
  readonly random: { value: number };
  readonly index: PodIndex;
  readonly reader: FileReader;
  readonly plan: Plan;
  readonly scraper: Scraper;
  readonly write: (files: Files) => void;
  readonly remove: (path: string) => void;
  readonly scrape: (wanted?: readonly string[]) => Promise<Scraped>;
}

export function fakeNode(t: TestContext, options: FakeNodeOptions): FakeNode {
  const root = fileTree(t, { 'proc/': '', 'cgroup/': '', ...options.files });
  const kernel: KernelTraits = { version: 'v2', pageSizes: [], ...options.kernel };
  const cgroups = join(root, 'cgroup');
  const reader = new HookedReader({ maxCachedDescriptors: options.descriptors ?? 100 }, (path) => {
    if (path.startsWith(cgroups)) options.opening?.(dirname(path).slice(cgroups.length), basename(path));
  });
  t.after(() => reader.close());
  const index = new PodIndex({ podLabels: ['*'], podAnnotations: ['*'] });
  index.replace(options.pods ?? []);
  const clock = { now: 1_000_000 };
  const random = { value: 1 };
  const parts = partsOf(
    { root, kernel, reader, clock, random, ...(options.pods === undefined ? {} : { index }) },
    options,
  );
  const scraper = new Scraper(parts);
  return {
    root,
    clock,
    random,
    index,
    reader,
    plan: parts.plan,
    scraper,
    write: (files) => addFiles(root, files),
    remove: (path) => rmSync(join(root, path), { recursive: true }),
    scrape: (wanted = options.collectors.map(({ name }) => name)) => scrape(scraper, parts, wanted),
  };
}

/** Puts a process into the network namespace of another: the files are the same. */
export function share({ root }: FakeNode, pid: number, other: number): void {
  const from = join(root, `proc/${other}/net`);
  const to = join(root, `proc/${pid}/net`);
  mkdirSync(to, { recursive: true });
  for (const name of readdirSync(from)) linkSync(join(from, name), join(to, name));
}

interface Basics {
  readonly root: string;
  readonly kernel: KernelTraits;
  readonly reader: FileReader;
  readonly clock: { now: number };
  readonly random: { value: number };
  readonly index?: PodIndex;
}

function partsOf({ root, kernel, reader, clock, random, index }: Basics, options: FakeNodeOptions): ScrapeParts {
  const cgroups = join(root, 'cgroup');
  const v2 = kernel.version === 'v2';
  const walked = (): string => (v2 ? cgroups : join(cgroups, 'pids'));
  const plan = compilePlan(options.collectors, kernel);
  const procfs = join(root, 'proc');
  const tree = new CgroupTree([walked()]);
  const sandboxes = new ProcessSandboxFinder({ procfs, cgroups: walked }, reader);
  const pathOf: ScrapeParts['pathOf'] = (controller, cgroup, file) => {
    const mount = v2 ? cgroups : join(cgroups, controller === 'cgroup' ? 'pids' : controller);
    return existsSync(mount) ? `${mount}${cgroup}/${file}` : undefined;
  };
  const names = options.names === undefined ? {} : { names: options.names };
  const processes = new ProcessNumbers({ procfs, pathOf, reader });
  return {
    plan,
    reader,
    processes,
    networks: new Networks(
      procfs,
      sandboxes,
      new OutsideNetworks(new CgroupProcesses({ procfs, cgroups: walked }, reader)),
    ),
    discovery: new Discovery({
      tree,
      sandboxes,
      reader,
      plan,
      index,
      ...names,
      processes: processesOf(procfs, walked, reader),
    }),
    tables: new NodeTables({ paths: { procfs, sysfs: procfs, rootfs: procfs }, choice: STORAGE }, (path) =>
      processes.list(path, { isContainer: true }),
    ),
    procfs,
    pathOf,
    interfaces: options.interfaces ?? /^/,
    ...(options.usage === undefined ? {} : { usage: options.usage }),
    now: () => clock.now,
    time: () => clock.now / 1000,
    random: () => random.value,
  };
}

function processesOf(procfs: string, cgroups: () => string, reader: FileReader): DiscoveryParts['processes'] {
  const processes = new CgroupProcesses({ procfs, cgroups }, reader);
  return { oldest: (path) => processes.oldest(path), hostInode: () => readNetworkInode(procfs, 1) };
}

/** A scrape without a deadline. */
async function scrape(scraper: Scraper, { plan }: ScrapeParts, wanted: readonly string[]): Promise<Scraped> {
  const builder = scraper.builder();
  const snapshot = await scraper.scrape(builder, new Set(wanted), { at: Number.POSITIVE_INFINITY });
  const lines = await linesOf(new NativeView(plan), snapshot, wanted);
  const errors = [...snapshot.errors].flatMap(([collector, codes]) =>
    [...codes].map(([code, count]) => [`${collector} ${code}`, count]),
  );
  const scraped: Scraped = {
    lines,
    errors: Object.fromEntries(errors) as Record<string, number>,
    counts: snapshot.counts,
    missing: [...(snapshot.missing?.pods ?? []), ...(snapshot.missing?.containers ?? [])].map(({ pod, container }) =>
      container === undefined ? pod.name : `${pod.name}/${container}`,
    ),
    success: Object.fromEntries(snapshot.outcomes.map(({ collector, success }) => [collector, success])),
    notices: snapshot.notices,
    unmatched: [...snapshot.unmatched],
  };
  scraper.recycle(builder);
  return scraped;
}

/** The samples that a view writes. */
export async function linesOf(
  view: NativeView,
  snapshot: Snapshot,
  wanted: readonly string[],
): Promise<readonly string[]> {
  const writer = new ExpositionWriter('text', new PagePool());
  await view.write(snapshot, new Set(wanted), writer, { shouldYield: false, yield: () => Promise.resolve() });
  const text = Buffer.concat(writer.finish()).toString();
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

/** A pod as returned by the API server, with the container of {@link ID}. */
export function podObject(overrides: Readonly<Record<string, unknown>> = {}, uid = UID): unknown {
  return {
    metadata: { uid, namespace: 'shop', name: 'web-0', ...(overrides['metadata'] as object | undefined) },
    spec: { nodeName: 'node1', containers: [{ name: 'app' }], ...(overrides['spec'] as object | undefined) },
    status: {
      containerStatuses: [{ name: 'app', containerID: `containerd://${ID}`, restartCount: 0, state: { running: {} } }],
      ...(overrides['status'] as object | undefined),
    },
  };
}
