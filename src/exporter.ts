import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from './config.ts';
import { describePod } from './describe-pod.ts';
import type { KubeletParts } from './http/kubelet-endpoints.ts';
import { FileReader } from './kernel/file-reader.ts';
import type { Log } from './base/log.ts';
import { ephemeralStorage } from './metrics/ephemeral-storage.ts';
import { collectors, viewCollectors } from './metrics/index.ts';
import type { DownwardApiFields } from './pods/downward-api.ts';
import type { PodSource } from './pods/pod-source.ts';
import { Collections } from './collect/collections.ts';
import { CpuUsages } from './collect/cpu-usage.ts';
import { openNode, type OpenNode } from './collect/open-node.ts';
import type { Plan } from './plan/plan.ts';
import type { CgroupCounts, Snapshot } from './snapshot/snapshot.ts';
import { SelfMetrics } from './self-metrics.ts';
import type { UsageMeter } from './usage/usage-meter.ts';
import { openUsageMeter } from './usage/open-usage-meter.ts';
import { version } from './version.ts';
import { CadvisorView } from './views/cadvisor/cadvisor.ts';
import { MetricsView } from './views/native/metrics.ts';
import { NativeView } from './views/native/native.ts';
import { startPage } from './views/page/page.ts';
import { ResourceView } from './views/resource/resource.ts';
import { SummaryView } from './views/summary/summary.ts';
import { VolumeStatsView } from './views/volume-stats/volume-stats.ts';

/** Descriptors that are left to connections, the log and whatever else the process opens. */
const OTHER_DESCRIPTORS = 256;

/** The parts of a running exporter, put together. */
export interface Exporter {
  readonly node: OpenNode;
  /** What is known of the pod that we run in, if that alone is exported. */
  readonly ownPod?: DownwardApiFields;
  /** Measures between scrapes; absent where that is not wanted. */
  readonly usage?: UsageMeter;
  readonly collections: Collections;
  readonly view: MetricsView;
  /** What stands in for the kubelet; absent where one pod alone is exported. */
  readonly kubelet?: KubeletParts;
  readonly reader: FileReader;
  /** HTML of the start page. */
  page(): string;
}

/**
 * Opens the node and puts the parts together.
 *
 * @throws {Error} one line, if there is no cgroup hierarchy.
 */
export function openExporter(config: Config, source: PodSource, log: Log): Exporter {
  const reader = new FileReader({ maxCachedDescriptors: affordable(config.descriptors) });
  const storage = { ...config.storage, kubelet: config.paths.kubelet };
  const named = source.name === 'none' ? {} : { index: source.index };
  const own = config.ownPod === undefined ? {} : { ownPod: config.ownPod };
  const all = [...collectors.filter(({ name, slow }) => !slow || config.collectors.has(name)), ...viewCollectors];
  const measuring = openUsage(config, log, () => node.tree.directory);
  const node: OpenNode = openNode({ ...config, storage, collectors: all, reader, ...named, ...measuring });
  const self = new SelfMetrics(version, {
    pods: () => ({ indexed: source.index.size, status: source.status }),
    descriptors: () => reader.cachedDescriptors,
    stuckMounts: () => node.tables.stuck,
  });
  let counts: CgroupCounts | undefined;
  const collections = new Collections(node.scraper, (snapshot) => {
    ({ counts } = snapshot);
    self.scraped(snapshot);
    kubelet?.cpuUsages.record(snapshot);
    report(snapshot, log);
    if (snapshot.unmatched.length > 0) source.requestRelist(snapshot.unmatched);
  });
  const kubelet = config.ownPod === undefined ? kubeletParts(config, node.plan, collections) : undefined;
  const view = new MetricsView(new NativeView(node.plan), (answer) => self.families(answer));
  const page = (): string =>
    startPage({
      version,
      scope: config.ownPod === undefined ? 'node' : 'pod',
      telemetryPath: config.telemetryPath,
      cgroups: node.hierarchies.mode,
      pods: source.name,
      podsSynced: source.status.synced,
      collectors: [...config.collectors],
      ...(config.nodeName === undefined ? {} : { nodeName: config.nodeName }),
      ...(counts === undefined ? {} : { counts }),
    });
  return { node, ...own, ...measuring, collections, view, ...(kubelet === undefined ? {} : { kubelet }), reader, page };
}

/** What measures ephemeral storage, which a single scrape would not wait for. */
function openUsage(config: Config, log: Log, cgroups: () => string): { readonly usage?: UsageMeter } {
  if (!config.collectors.has(ephemeralStorage.name) || config.once) return {};
  return { usage: openUsageMeter({ ...config, ...config.walk, paths: { ...config.paths, cgroups }, log }) };
}

function kubeletParts({ nodeName, compat }: Config, plan: Plan, collections: Collections): KubeletParts {
  return {
    cadvisor: new CadvisorView(plan, { ...compat, version: `pod-exporter ${version}` }),
    resource: new ResourceView(),
    volumeStats: new VolumeStatsView(),
    summary: new SummaryView(nodeName),
    cpuUsages: new CpuUsages(collections),
  };
}

/** Says what a scrape met that concerns an operator, each cause rarely. */
function report(snapshot: Snapshot, log: Log): void {
  for (const { message, fields } of snapshot.notices) log.warn(message, fields);
  for (const [collector, codes] of snapshot.errors) {
    for (const [code, files] of codes) {
      log.warn('cannot read kernel files', { collector, code, files });
    }
  }
}

/** Fewer descriptors than asked for if the process may not have as many. */
function affordable(wanted: number): number {
  let limits: string;
  try {
    limits = readFileSync(join('/proc/self', 'limits'), 'latin1');
  } catch {
    return wanted;
  }
  const soft = Number(/^Max open files\s+(\d+)/m.exec(limits)?.[1] ?? Infinity);
  return Math.max(0, Math.min(wanted, soft - OTHER_DESCRIPTORS));
}

/** Says in one line what was found on the node, what was not, and why. */
export function describe(exporter: Exporter, source: PodSource, log: Log): void {
  if (exporter.ownPod !== undefined) {
    describePod(exporter.node, exporter.ownPod, source, log);
    return;
  }
  const { hierarchies, tree } = exporter.node;
  const found = tree.walk();
  const missing: string[] = [];
  if (found.kubepodsRoots.length === 0)
    missing.push('no kubepods cgroup, so slices, services and containers are exported as cgroup_*');
  if (source.name === 'none')
    missing.push(`no names of pods (${source.reason ?? '--pods=none'}), so pods are called by their UID`);
  if (hierarchies.mode === 'v1') missing.push('no cgroup v2 mount, so no pressure');
  log.info('found', {
    cgroups: hierarchies.mode,
    pods: found.pods.length,
    containers_and_sandboxes: found.pods.reduce((sum, pod) => sum + pod.containers.length, 0),
    slices: found.slices.length,
    kubepods: found.kubepodsRoots.join(',') || 'none',
    pods_source: source.name,
    pods_indexed: source.index.size,
    ...(missing.length === 0 ? {} : { missing: missing.join('; ') }),
  });
}
