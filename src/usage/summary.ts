import { count, field, list, text, unixSeconds } from '../base/untrusted-json.ts';
import type { Usage, UsageKey } from './usage-cache.ts';

/** One measurement of a summary. */
export interface SummaryUsage {
  readonly key: UsageKey;
  readonly usage: Usage;
}

/**
 * Parses the ephemeral storage in the kubelet's `/stats/summary`. Its volumes have no type, so `emptyDirs` returns the
 * names of a pod's emptyDir volumes on disk. Missing and invalid fields are skipped.
 *
 *     {"podRef": {"uid": "…"}, "containers": [{"name": "app", "rootfs": {"time": "…", "usedBytes": 24576}, "logs": {…}}],
 *      "volume": [{"name": "cache", "time": "…", "usedBytes": 8192}]}
 *
 * https://pkg.go.dev/k8s.io/kubelet/pkg/apis/stats/v1alpha1#PodStats
 */
export function parseSummaryUsage(summary: unknown, emptyDirs: (uid: string) => readonly string[]): SummaryUsage[] {
  return list(field(summary, 'pods')).flatMap((pod) => {
    const uid = text(field(field(pod, 'podRef'), 'uid'));
    if (uid === undefined) return [];
    const volumes = volumeUsage(list(field(pod, 'volume')), emptyDirs(uid));
    const containers = list(field(pod, 'containers')).flatMap((container) => containerUsages(uid, container));
    return [...keyed({ uid, type: 'empty_dir' }, volumes), ...containers];
  });
}

function containerUsages(uid: string, stats: unknown): SummaryUsage[] {
  const container = text(field(stats, 'name'));
  if (container === undefined) return [];
  return [
    ...keyed({ uid, container, type: 'writable_layer' }, usageOf(field(stats, 'rootfs'))),
    ...keyed({ uid, container, type: 'logs' }, usageOf(field(stats, 'logs'))),
  ];
}

function volumeUsage(volumes: readonly unknown[], names: readonly string[]): Usage | undefined {
  return sumUsage(names.map((name) => usageOf(volumes.find((volume) => text(field(volume, 'name')) === name))));
}

function usageOf(stats: unknown): Usage | undefined {
  const bytes = count(field(stats, 'usedBytes'));
  const time = unixSeconds(field(stats, 'time'));
  return bytes === undefined || time === undefined ? undefined : { bytes, time };
}

function keyed(key: UsageKey, usage: Usage | undefined): SummaryUsage[] {
  return usage === undefined ? [] : [{ key, usage }];
}

/** Sums measurements; the time is that of the oldest. `undefined` if there are none or one is missing. */
export function sumUsage(usages: readonly (Usage | undefined)[]): Usage | undefined {
  let sum: Usage | undefined;
  for (const usage of usages) {
    if (usage === undefined) return undefined;
    sum = { bytes: (sum?.bytes ?? 0) + usage.bytes, time: Math.min(sum?.time ?? usage.time, usage.time) };
  }
  return sum;
}
