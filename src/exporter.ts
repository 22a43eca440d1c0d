import type { Log } from './base/log.ts';
import { Collections } from './collect/collections.ts';
import { CpuUsages } from './collect/cpu-usage.ts';
import { openNode, type OpenNode } from './collect/open-node.ts';
import type { Config } from './config.ts';
import { collectorsOf } from './endpoints.ts';
import { FileReader } from './kernel/file-reader.ts';
import { readOpenFilesLimit, UNLIMITED_FILES } from './kernel/open-files.ts';
import { ephemeralStorage } from './metrics/ephemeral-storage.ts';
import { collectors, viewCollectors } from './metrics/index.ts';
import type { Collector } from './metrics/row.ts';
import type { DownwardApiFields } from './pods/downward-api.ts';
import type { PodSource } from './pods/pod-source.ts';
import { SelfMetrics, type SelfReadings } from './self-metrics.ts';
import type { CgroupCounts, Snapshot } from './snapshot/snapshot.ts';
import type { UsageMeter } from './usage/usage-meter.ts';
import { openUsageMeter } from './usage/open-usage-meter.ts';
import { version } from './version.ts';
import type { EndpointParts } from './views/endpoint-definition.ts';
import type { Scope } from './views/endpoint.ts';

/** Descriptors that are left to connections, the log and whatever else the process opens. */
const OTHER_DESCRIPTORS = 256;

/** A node that is open, and what its endpoints are made with. */
export interface Exporter {
  readonly node: OpenNode;
  /** What is known of the pod in which the exporter runs, if that alone is exported. */
  readonly ownPod?: DownwardApiFields;
  readonly collections: Collections;
  readonly endpointParts: Omit<EndpointParts, 'served'>;
  /** Releases what it holds; no collection may be running. */
  close(): Promise<void>;
}

/**
 * Opens the node and what its endpoints are made with.
 *
 * @throws {Error} one line, if there is no cgroup hierarchy.
 */
export function openExporter(config: Config, source: PodSource, log: Log): Exporter {
  const reader = new FileReader({ maxCachedDescriptors: affordable(config.descriptors) });
  const usage = openUsage(config, log, () => node.tree.directory);
  const node: OpenNode = openConfigured(config, source, { reader, ...usage });
  const self = openSelfMetrics(source, node, { reader, ofProcess: config.exporterMetrics });
  let counts: CgroupCounts | undefined;
  const finished = (snapshot: Snapshot): void => {
    ({ counts } = snapshot);
    self.scraped(snapshot);
    cpuUsages.record(snapshot);
    report(snapshot, log);
    logCollection(snapshot, { descriptors: reader.cachedDescriptors, indexed_pods: source.index.size }, log);
    if (snapshot.unmatched.length > 0) source.requestRelist(snapshot.unmatched);
  };
  const collections = new Collections(node.scraper, finished, (isBusy) => self.answering(isBusy));
  const cpuUsages = new CpuUsages(collections);
  return {
    node,
    ...(config.ownPod === undefined ? {} : { ownPod: config.ownPod }),
    collections,
    endpointParts: {
      ...settingsOf(config),
      plan: node.plan,
      ownFamilies: (answer) => self.families(answer),
      collect: (wanted, deadline, work) => collections.use(wanted, deadline, work),
      cpuUsage: (snapshot, deadline) => cpuUsages.of(snapshot, deadline),
      processes: (path) => node.processes.read(path),
      status: () => ({
        cgroups: node.hierarchies.mode,
        podSource: source.name,
        isSynced: source.status.synced,
        ...(counts === undefined ? {} : { counts }),
      }),
    },
    close: () => release({ ...usage, reader, node }),
  };
}

interface Held {
  readonly node: OpenNode;
  readonly reader: FileReader;
  readonly usage?: UsageMeter;
}

async function release({ usage, reader, node }: Held): Promise<void> {
  await usage?.stop();
  reader.close();
  node.tables.close();
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
  parts: { readonly reader: FileReader; readonly usage?: UsageMeter },
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

function openSelfMetrics(
  source: PodSource,
  node: OpenNode,
  { reader, ofProcess }: { readonly reader: FileReader; readonly ofProcess: boolean },
): SelfMetrics {
  const readings: SelfReadings = {
    pods: () => ({
      indexed: source.index.size,
      skippedMetadata: source.index.skippedMetadata,
      status: source.status,
    }),
    descriptors: () => reader.cachedDescriptors,
    stuckMounts: () => node.tables.stuck,
  };
  return new SelfMetrics(version, readings, { ofProcess });
}

/** Measures ephemeral storage between scrapes, if that is enabled; a single scrape would not wait for it. */
function openUsage(config: Config, log: Log, cgroups: () => string): { readonly usage?: UsageMeter } {
  if (!config.collectors.has(ephemeralStorage.name) || config.once) return {};
  return { usage: openUsageMeter({ ...config, ...config.walk, paths: { ...config.paths, cgroups }, log }) };
}

/** Logs what a collection met that concerns an operator, each cause at a limited rate. */
function report(snapshot: Snapshot, log: Log): void {
  for (const { message, fields } of snapshot.notices) log.warn(message, fields);
  for (const [collector, codes] of snapshot.errors) {
    for (const [code, files] of codes) {
      log.warn('cannot read kernel files', { collector, code, files });
    }
  }
}

/** Logs how long a collection took, and how much is cached for the next one. */
function logCollection(snapshot: Snapshot, caches: Readonly<Record<string, number>>, log: Log): void {
  const [first] = snapshot.began.keys();
  const failed = snapshot.outcomes.filter(({ success }) => !success).map(({ collector }) => collector);
  log.debug('collected metrics', {
    duration_ms: milliseconds(snapshot.seconds),
    ...(first === undefined ? {} : { walk_ms: milliseconds(snapshot.readAt(first) - snapshot.time) }),
    collectors: snapshot.outcomes.length,
    ...(failed.length === 0 ? {} : { failed: failed.join(',') }),
    subjects: Object.values(snapshot.subjects).reduce((sum, { length }) => sum + length, 0),
    unmatched: snapshot.unmatched.length,
    ...caches,
  });
}

function milliseconds(seconds: number): number {
  return Math.round(seconds * 10_000) / 10;
}

/** The configured number of descriptors, or fewer if the limit of the process is lower. */
function affordable(configured: number): number {
  const limit = readOpenFilesLimit('/proc', 'self') ?? UNLIMITED_FILES;
  return limit === UNLIMITED_FILES ? configured : Math.max(0, Math.min(configured, limit - OTHER_DESCRIPTORS));
}
