import { numberAt, sum, type PodDocument } from './document.ts';

/** OOM kills by source, which count the same ones. */
type OomCounts = readonly (number | undefined)[];

/**
 * OOM kills of a pod: the counter of its cgroup, which survives those of containers; those of its containers, which alone
 * count on cgroup v1; and those that Kubernetes reports, which ended a container.
 */
export function oomCountsOf(pod: PodDocument): OomCounts {
  const { containers } = pod;
  return [
    numberAt(pod, 'memory', 'oom_kills_total'),
    sum(containers.map((container) => numberAt(container, 'memory', 'oom_kills_total'))),
    sum(containers.map((container) => numberAt(container, 'terminated_oom_total'))),
  ];
}

/** OOM kills by the source that has the most. */
export function oomKillsOf(pod: PodDocument): number | undefined {
  const counts = oomCountsOf(pod).filter((count) => count !== undefined);
  return counts.length === 0 ? undefined : Math.max(...counts);
}
