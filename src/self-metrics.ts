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
import { readingsRegistry } from './self-readings.ts';
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
