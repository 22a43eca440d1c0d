import { Counter, Gauge, Registry } from 'prom-client';
import type { SelfReadings } from './self-facts.ts';

/** What the other parts report now; what they do not have is absent, which a gauge that stays could not be. */
export function readingsRegistry(readings: SelfReadings): Registry {
  const registry = new Registry();
  const { indexed, skippedMetadata, status } = readings.pods();
  const gauge = (name: string, help: string, value: number | undefined): void => {
    if (value !== undefined) new Gauge({ name, help, registers: [registry] }).set(value);
  };
  gauge('pod_exporter_pods_indexed', 'Pods in the index.', indexed);
  gauge(
    'pod_exporter_pod_metadata_skipped',
    'Pod labels and annotations that are not exported because they exceed a limit of --pod-metadata.',
    skippedMetadata,
  );
  gauge('pod_exporter_pods_synced', 'Whether the first pod list is complete.', Number(status.synced));
  gauge(
    'pod_exporter_pods_last_list_timestamp_seconds',
    'Unix time of the last complete pod list.',
    status.lastListSeconds,
  );
  gauge(
    'pod_exporter_pods_last_event_timestamp_seconds',
    'Unix time of the last pod list, watch event or bookmark.',
    status.lastEventSeconds,
  );
  gauge('pod_exporter_descriptors_cached', 'Cached descriptors of cgroup directories.', readings.descriptors());
  gauge('pod_exporter_stuck_mounts', 'File systems on which statfs has not returned.', readings.stuckMounts());
  addChecks(readings.checks(), registry);
  const restarts = 'Restarts of the pod list and watch, by reason.';
  addCounts(registry, ['pod_exporter_pods_restarts_total', 'reason', restarts], status.restarts);
  addEvents(readings.events?.(), registry);
  addEngines(readings.engines(), registry);
  return registry;
}

type Counts = ReadonlyMap<string, number>;

/** A counter with one label; none without counts. */
function addCounts(registry: Registry, [name = '', label = '', help = '']: readonly string[], counts?: Counts): void {
  if (counts === undefined) return;
  const counter = new Counter<string>({ name, help, labelNames: [label], registers: [registry] });
  for (const [value, count] of counts) counter.inc({ [label]: value }, count);
}

function addEvents(events: ReturnType<NonNullable<SelfReadings['events']>> | undefined, registry: Registry): void {
  if (events === undefined) return;
  const help = 'Events on this node since the exporter started, by type. Absent without --events.';
  addCounts(registry, ['pod_exporter_events_total', 'type', help], events.counts);
  const unseen = new Counter({
    name: 'pod_exporter_events_unseen_pods_total',
    help: 'Pods that were removed before a container of theirs was seen: they had none, or these were gone before the cgroup of the pod could be listed. Absent without --events.',
    registers: [registry],
  });
  unseen.inc(events.unseenPods);
}

function addChecks(checks: ReturnType<SelfReadings['checks']>, registry: Registry): void {
  const gauge = new Gauge({
    name: 'pod_exporter_check',
    help: 'Result of a check, at most a minute old: 1 if it passed, 0 if it failed. Absent where it does not apply. The command doctor prints what was seen and the remedy.',
    labelNames: ['check'],
    registers: [registry],
  });
  for (const { id: check, state } of checks) if (state !== 'skipped') gauge.set({ check }, state === 'ok' ? 1 : 0);
}

function addEngines(engines: ReturnType<SelfReadings['engines']>, registry: Registry): void {
  if (engines.length === 0) return;
  const gauge = (name: string, help: string): Gauge<'socket'> =>
    new Gauge({ name, help, labelNames: ['socket'], registers: [registry] });
  const synced = gauge(
    'pod_exporter_engine_synced',
    'Whether the last request to the container engine succeeded. Absent without --containers.',
  );
  const containers = gauge(
    'pod_exporter_engine_containers',
    'Running containers that the container engine has listed last. Absent without --containers.',
  );
  for (const { socket, isSynced, containers: count } of engines) {
    synced.set({ socket }, Number(isSynced));
    containers.set({ socket }, count);
  }
}
