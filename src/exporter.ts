import { systemClock } from './base/clock.ts';
import type { Log } from './base/log.ts';
import type { DescriptorUse } from './checks/check.ts';
import { Checks, type ChecksParts } from './checks/checks.ts';
import { logCollection } from './collection-log.ts';
import { Collections } from './collect/collections.ts';
import { CpuUsages } from './collect/cpu-usage.ts';
import { openNode, type NodeOptions, type OpenNode } from './collect/open-node.ts';
import type { Config } from './config.ts';
import { collectorsOf } from './endpoints.ts';
import type { Engines } from './engine/engines.ts';
import type { NodeEvents } from './events/node-events.ts';
import { openEvents } from './open-events.ts';
import { FileReader } from './kernel/file-reader.ts';
import { loadNative, type NativeFunctions } from './kernel/native.ts';
import { readOpenFilesLimit, UNLIMITED_FILES } from './kernel/open-files.ts';
import { StartMemory } from './kernel/start-memory.ts';
import { ephemeralStorage } from './metrics/ephemeral-storage.ts';
import { collectors, viewCollectors } from './metrics/index.ts';
import type { Collector } from './metrics/row.ts';
import type { DownwardApiFields } from './pods/downward-api.ts';
import type { PodSource } from './pods/pod-source.ts';
import type { SelfReadings } from './self-facts.ts';
import { SelfMetrics } from './self-metrics.ts';
import type { CgroupCounts, Snapshot } from './snapshot/snapshot.ts';
import type { UsageMeter } from './usage/usage-meter.ts';
import { openUsageMeter } from './usage/open-usage-meter.ts';
import { version } from './version.ts';
import type { EndpointParts, ExporterStatus } from './views/endpoint-definition.ts';
import type { Scope } from './views/endpoint.ts';

/** Descriptors that are left to connections, the log and whatever else the process opens. */
const OTHER_DESCRIPTORS = 256;

/** A node that is open, and what its endpoints are made with. */
export interface Exporter {
  readonly node: OpenNode;
  /** What is known of the pod in which the exporter runs, if that alone is exported. */
  readonly ownPod?: DownwardApiFields;
  readonly checks: Checks;
  readonly collections: Collections;
  readonly endpointParts: Omit<EndpointParts, 'served'>;
  /** Releases what it holds; no collection may be running. */
  close(): Promise<void>;
}

export interface ExporterOptions {
  /** See {@link ChecksParts.graceSeconds}. */
  readonly graceSeconds?: number;
  /** Names containers outside of pods. */
  readonly engines?: Engines | undefined;
}

/**
 * Opens the node and what its endpoints are made with. `engines` name containers outside of pods.
 *
 * @throws {Error} one line, if there is no cgroup hierarchy.
 */
export function openExporter(config: Config, source: PodSource, log: Log, options: ExporterOptions = {}): Exporter {
  const native = openNative(log);
  const reader = new FileReader({ maxCachedDescriptors: affordable(config.descriptors), native });
  const usage = openUsage(config, log, () => node.tree.directory);
  const node: OpenNode = openConfigured(config, source, { reader, ...usage, containerNames: options.engines });
  const events = openEvents(config, node, source, { log, names: options.engines });
  const checks = openChecks(config, reader, { node, source, events, ...options });
  const own = { reader, checks, events, engines: options.engines };
  const self = openSelfMetrics(source, node, { ...own, ofProcess: config.exporterMetrics });
  let counts: CgroupCounts | undefined;
  const finished = (snapshot: Snapshot): void => {
    ({ counts } = snapshot);
    self.scraped(snapshot);
    checks.record(snapshot);
    events?.record(snapshot);
    cpuUsages.record(snapshot);
    logCollection(snapshot, { descriptors: reader.cachedDescriptors, indexed_pods: source.index.size }, log);
    if (snapshot.unmatched.length > 0) source.requestRelist(snapshot.unmatched);
  };
  const collections = new Collections(node.scraper, finished, answering(self, new StartMemory(native)));
  const cpuUsages = new CpuUsages(collections);
  return {
    node,
    ...(config.ownPod === undefined ? {} : { ownPod: config.ownPod }),
    checks,
    collections,
    endpointParts: {
      ...settingsOf(config),
      plan: node.plan,
      ownFamilies: (answer) => self.families(answer),
      collect: (wanted, deadline, work) => collections.use(wanted, deadline, work),
      cpuUsage: (snapshot, deadline) => cpuUsages.of(snapshot, deadline),
      processes: (path) => node.processes.read(path),
      ...(events === undefined ? {} : { events: events.store }),
      checks: () => checks.results(),
      status: () => statusOf(node, source, counts),
    },
    close: () => release({ ...usage, reader, node, events }),
  };
}

function answering(self: SelfMetrics, startMemory: StartMemory): (isBusy: boolean) => void {
  return (isBusy) => {
    self.answering(isBusy);
    if (!isBusy) startMemory.release();
  };
}

function openNative(log: Log): NativeFunctions | undefined {
  const { native, cause } = loadNative();
  if (native === undefined) log.info('no native functions, which costs CPU time and memory', { cause });
  return native;
}

interface Held {
  readonly node: OpenNode;
  readonly reader: FileReader;
  readonly usage?: UsageMeter;
  readonly events: NodeEvents | undefined;
}

async function release({ usage, reader, node, events }: Held): Promise<void> {
  events?.close();
  await usage?.stop();
  reader.close();
  node.tables.close();
}

function statusOf({ hierarchies }: OpenNode, { name, status }: PodSource, counts?: CgroupCounts): ExporterStatus {
  const { mode: cgroups } = hierarchies;
  return { cgroups, podSource: name, isSynced: status.synced, ...(counts === undefined ? {} : { counts }) };
}

interface CheckedParts extends Pick<ChecksParts, 'node' | 'source' | 'graceSeconds'> {
  readonly events: NodeEvents | undefined;
  readonly engines?: Engines | undefined;
}

function openChecks(
  { paths, collectors: enabled, ownPod, descriptors: configured }: Config,
  reader: FileReader,
  { events, engines, ...parts }: CheckedParts,
): Checks {
  const allowed = affordable(configured);
  const descriptors = (): DescriptorUse => ({ cached: reader.cachedDescriptors, configured, allowed });
  const own = ownPod === undefined ? {} : { ownPod };
  return new Checks({
    ...parts,
    ...own,
    ...(events === undefined ? {} : { eventWatches: () => events.status }),
    ...(engines === undefined ? {} : { engines: () => engines.status }),
    version,
    paths,
    collectors: enabled,
    clock: systemClock,
    descriptors,
  });
}

/** What of the configuration endpoints depend on. */
function settingsOf(config: Config): Pick<EndpointParts, 'scope' | 'version' | 'nodeName' | 'collectors' | 'compat'> {
  const { nodeName, collectors: enabled, compat } = config;
  const named = nodeName === undefined ? {} : { nodeName };
  return { scope: scopeOf(config), version, ...named, collectors: enabled, compat };
}

function scopeOf({ ownPod }: Config): Scope {
  return ownPod === undefined ? 'node' : 'pod';
}

/** The node as the configuration has it. */
function openConfigured(
  config: Config,
  { name, index }: PodSource,
  parts: Pick<NodeOptions, 'reader' | 'containerNames'> & { readonly usage?: UsageMeter },
): OpenNode {
  return openNode({
    ...config,
    ...parts,
    storage: { ...config.storage, kubelet: config.paths.kubelet },
    collectors: readCollectors(config),
    ...(name === 'none' ? {} : { index }),
  });
}

/** The collectors that some endpoint needs; slow ones only if they are enabled. */
function readCollectors(config: Config): readonly Collector[] {
  const needed = collectorsOf(scopeOf(config));
  return [...collectors.filter(({ name, slow }) => !slow || config.collectors.has(name)), ...viewCollectors].filter(
    ({ name }) => needed.has(name),
  );
}

interface SelfParts extends Pick<ExporterOptions, 'engines'> {
  readonly reader: FileReader;
  readonly checks: Checks;
  readonly events: NodeEvents | undefined;
  readonly ofProcess: boolean;
}

function openSelfMetrics(
  source: PodSource,
  node: OpenNode,
  { reader, checks, events, engines, ofProcess }: SelfParts,
): SelfMetrics {
  const readings: SelfReadings = {
    pods: () => ({
      indexed: source.index.size,
      skippedMetadata: source.index.skippedMetadata,
      status: source.status,
    }),
    engines: () => engines?.status ?? [],
    descriptors: () => reader.cachedDescriptors,
    stuckMounts: () => node.tables.stuck,
    checks: () => checks.results(),
    ...(events === undefined ? {} : { events: () => ({ counts: events.store.counts, unseenPods: events.unseenPods }) }),
  };
  return new SelfMetrics(version, readings, { ofProcess });
}

/** Measures ephemeral storage between scrapes, if that is enabled; a single scrape would not wait for it. */
function openUsage(config: Config, log: Log, cgroups: () => string): { readonly usage?: UsageMeter } {
  if (!config.collectors.has(ephemeralStorage.name) || config.once) return {};
  return { usage: openUsageMeter({ ...config, ...config.walk, paths: { ...config.paths, cgroups }, log }) };
}

/** The configured number of descriptors, or fewer if the limit of the process is lower. */
function affordable(configured: number): number {
  const limit = readOpenFilesLimit('/proc', 'self') ?? UNLIMITED_FILES;
  return limit === UNLIMITED_FILES ? configured : Math.max(0, Math.min(configured, limit - OTHER_DESCRIPTORS));
}
