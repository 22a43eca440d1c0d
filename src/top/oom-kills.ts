import { numberAt, sum, type PodDocument } from './document.ts';

/** OOM kills of a pod: its cgroup's counter survives those of containers; Kubernetes reports those that ended one. */
export function oomKillsOf(pod: PodDocument): number | undefined {
  const counted = numberAt(pod, 'memory', 'oom_kills_total');
  const reported = sum(pod.containers.map((container) => numberAt(container, 'terminated_oom_total')));
  return counted === undefined && reported === undefined ? undefined : Math.max(counted ?? 0, reported ?? 0);
}
