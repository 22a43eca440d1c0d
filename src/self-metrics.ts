import {
  collectDefaultMetrics,
  Counter,
  Gauge,
  Histogram,
  Registry,
  type MetricObjectWithValues,
  type MetricValue,
} from 'prom-client';
import { EventLoopDelay, LAG_STATISTICS } from './event-loop-delay.ts';
import type { AnswerFacts, ScrapeFacts, SelfReadings } from './self-facts.ts';
import type { SelfFamily } from './self-family.ts';

/**
 * Registries with the library's metrics of the process; a program has one. They live as long as the process, or Node 24 may
 * abort while it lists active handles.
 */
const RETAINED: Registry[] = [];

/** Intervals of the library's timers for the event loop: so long that they never wake the process between scrapes. */
const WITHOUT_TIMERS = { eventLoopMonitoringPrecision: 2 ** 31 - 1, eventLoopUtilizationTimeout: 2 ** 31 - 1 };

/** Families of the library that Prometheus' linter rejects: gauges called `_total`, and types in a name. */
const REJECTED = [
  'nodejs_active_resources_total',
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_eventloop_utilization_histogram',
  'nodejs_eventloop_utilization_summary',
];

/** Of the library: the delay of the event loop when it was measured last; 0 until then. */
const LAG = 'nodejs_eventloop_lag_seconds';

/** Metrics about the exporter itself, on the library's registry. */
export class SelfMetrics {
  readonly #registry = new Registry();
  readonly #duration: Histogram;
  readonly #errors: Counter<'collector' | 'code'>;
  readonly #readings: SelfReadings;
  /** Absent if metrics of the process are excluded. */
  readonly #eventLoop: EventLoopDelay | undefined;

  /** `ofProcess` is whether to export process_* and nodejs_*. */
  constructor(version: string, readings: SelfReadings, { ofProcess } = { ofProcess: true }) {
    const registers = [this.#registry];
    const build = new Gauge({
      name: 'pod_exporter_build_info',
      help: 'Build information; always 1.',
      labelNames: ['version', 'node_version'],
      registers,
    });
    build.set({ version, node_version: process.version }, 1);
    this.#duration = new Histogram({
      name: 'pod_exporter_scrape_duration_seconds',
      help: 'Duration of scrapes, from the cgroup walk to the last read.',
      buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers,
    });
    this.#errors = new Counter({
      name: 'pod_exporter_read_errors_total',
      help: 'Failed or malformed reads of kernel files, by collector and error code.',
      labelNames: ['collector', 'code'],
      registers,
    });
    this.#readings = readings;
    if (!ofProcess) return;
    this.#eventLoop = new EventLoopDelay();
    collectDefaultMetrics({ register: this.#registry, ...WITHOUT_TIMERS });
    RETAINED.push(this.#registry);
    for (const name of [...REJECTED, ...LAG_STATISTICS]) this.#registry.removeSingleMetric(name);
  }

  /** Measures the delay of the event loop while `isBusy`. */
  answering(isBusy: boolean): void {
    this.#eventLoop?.sample(isBusy);
  }

  /** Takes in a finished scrape. */
  scraped(facts: ScrapeFacts): void {
    this.#duration.observe(facts.seconds);
    for (const [collector, codes] of facts.errors) {
      for (const [code, count] of codes) this.#errors.inc({ collector, code }, count);
    }
  }

  /** Every family, with those of one answer. */
  async families(answer: AnswerFacts): Promise<SelfFamily[]> {
    const registries = [answerRegistry(answer), readingsRegistry(this.#readings), this.#registry];
    const families = (await Promise.all(registries.map(familiesOf))).flat();
    const measured = families.filter(({ name, samples }) => name !== LAG || samples[0]?.value !== 0);
    return [...measured, ...(this.#eventLoop?.families() ?? [])];
  }
}

async function familiesOf(registry: Registry): Promise<SelfFamily[]> {
  return (await registry.getMetricsAsJSON()).map(toFamily);
}

function toFamily({ name, type, help, values }: MetricObjectWithValues<MetricValue<string>>): SelfFamily {
  return {
    name,
    type,
    help: help.endsWith('.') ? help : `${help}.`,
    samples: values.map((sample) => ({
      name: 'metricName' in sample && typeof sample.metricName === 'string' ? sample.metricName : name,
      labels: Object.entries(labelsOf(sample)).map(([label, value]) => [label, String(value)] as const),
      value: sample.value,
    })),
  };
}

/** The library leaves labels out where there are none, although its types say otherwise. */
function labelsOf(sample: object): object {
  return 'labels' in sample && sample.labels instanceof Object ? sample.labels : {};
}

/** Facts of one answer live in a registry of their own: two answers may be written at the same time. */
function answerRegistry(answer: AnswerFacts): Registry {
  const registry = new Registry();
  const gauge = (name: string, help: string, label: string): Gauge<string> =>
    new Gauge({ name, help, labelNames: [label], registers: [registry] });
  const duration = gauge(
    'pod_exporter_collector_duration_seconds',
    'Duration of the collector in this scrape.',
    'collector',
  );
  const success = gauge(
    'pod_exporter_collector_success',
    'Whether the collector succeeded; 0 if it failed or was cut off by the deadline.',
    'collector',
  );
  const series = gauge('pod_exporter_series', 'Series of the collector in this response.', 'collector');
  const cgroups = gauge(
    'pod_exporter_cgroups',
    'Cgroups found, by kind. Outside are containers that belong to no pod. Unmatched cgroups belong to no known pod; nested nodes in containers and duplicate cgroups of a pod are not read.',
    'kind',
  );
  for (const outcome of answer.outcomes) {
    if (outcome.seconds !== undefined) duration.set({ collector: outcome.collector }, outcome.seconds);
    success.set({ collector: outcome.collector }, outcome.success ? 1 : 0);
  }
  for (const [collector, count] of answer.series) series.set({ collector }, count);
  for (const [kind, count] of Object.entries(answer.cgroups)) cgroups.set({ kind }, count);
  if (answer.missing !== undefined) addMissing(answer.missing, registry);
  return registry;
}

function addMissing(missing: NonNullable<AnswerFacts['missing']>, registry: Registry): void {
  const gauge = (name: string, help: string, value: number): void =>
    new Gauge({ name, help, registers: [registry] }).set(value);
  gauge(
    'pod_exporter_pods_without_cgroup',
    'Pods of this node with a running container that have no cgroup of their own. Absent without pod metadata.',
    missing.pods,
  );
  gauge(
    'pod_exporter_containers_without_cgroup',
    'Containers of this node that run according to their status and have no cgroup. Absent without pod metadata.',
    missing.containers,
  );
}

/** What the other parts say now; what they do not know is left out, which a gauge that stays could not. */
function readingsRegistry(readings: SelfReadings): Registry {
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
  gauge('pod_exporter_descriptors_cached', 'Cached file descriptors of kernel files.', readings.descriptors());
  gauge('pod_exporter_stuck_mounts', 'File systems on which statfs has not returned.', readings.stuckMounts());
  addChecks(readings.checks(), registry);
  const restarts = 'Restarts of the pod list and watch, by reason.';
  addCounts(registry, ['pod_exporter_pods_restarts_total', 'reason', restarts], status.restarts);
  const events = 'Events on this node since the exporter started, by type. Absent without --events.';
  addCounts(registry, ['pod_exporter_events_total', 'type', events], readings.events?.());
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
