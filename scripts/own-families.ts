import type { SelfFamily } from '../src/self-family.ts';
import { SelfMetrics } from '../src/self-metrics.ts';

/** Families about the exporter itself, without those of the client library, from a response in which each occurs. */
export async function ownFamilies(): Promise<readonly SelfFamily[]> {
  const selfMetrics = new SelfMetrics('', {
    pods: () => ({
      indexed: 0,
      skippedMetadata: 0,
      status: { synced: true, lastListSeconds: 0, lastEventSeconds: 0, restarts: new Map([['', 0]]) },
    }),
    descriptors: () => 0,
    stuckMounts: () => 0,
    events: () => ({ counts: new Map([['', 1]]), unseenPods: 1 }),
    checks: () => [{ id: '', state: 'ok' }],
    engines: () => [{ socket: '', isSynced: true, containers: 0 }],
  });
  selfMetrics.scraped({ seconds: 0, errors: new Map([['', new Map([['', 1]])]]) });
  const families = await selfMetrics.families({
    outcomes: [{ collector: '', seconds: 0, success: true }],
    series: new Map([['', 0]]),
    cgroups: { '': 0 },
    missing: { pods: 0, containers: 0 },
  });
  return families.filter(({ name }) => name.startsWith('pod_exporter_'));
}

/** Names of the labels of a family's samples, without the bucket of a histogram. */
export function ownLabels({ samples }: SelfFamily): readonly string[] {
  const labels = new Set(samples.flatMap((sample) => sample.labels.map(([label]) => label)));
  return [...labels].filter((label) => label !== 'le');
}
