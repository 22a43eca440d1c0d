import { present } from '../base/untrusted-json.ts';
import type { NodeEvent } from './event.ts';

/** The fields of an event but its time, as JSON and the log have them; without those that do not apply. */
export function eventFields(event: NodeEvent): Readonly<Record<string, string | number>> {
  const { type, namespace, pod, uid, container, containerId, volume, count, last, exitCode, reason } = event;
  return present({
    type,
    namespace,
    pod,
    uid,
    container,
    container_id: containerId,
    volume,
    count,
    cpu_seconds: last?.cpuSeconds,
    peak_memory_bytes: last?.peakMemoryBytes,
    oom_kills: last?.oomKills,
    exit_code: exitCode,
    reason,
  });
}
