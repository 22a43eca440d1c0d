import { numberAt, sum, type PodDocument } from './document.ts';

/**
 * OOM kills of a pod by the source that has the most: the counter of its cgroup survives those of containers, on cgroup v1
 * only those of containers count, and Kubernetes reports kills that ended a container.
 */
export function oomKillsOf(pod: PodDocument): number | undefined {
  const { containers } = pod;
  const counts = [
    numberAt(pod, 'memory', 'oom_kills_total'),
    sum(containers.map((container) => numberAt(container, 'memory', 'oom_kills_total'))),
    sum(containers.map((container) => numberAt(container, 'terminated_oom_total'))),
  ].filter((count) => count !== undefined);
  return counts.length === 0 ? undefined : Math.max(...counts);
}
