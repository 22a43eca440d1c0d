import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

const folder = join(import.meta.dirname, '../../deploy/autoscaling');

function read(name: string): unknown {
  return parse(readFileSync(join(folder, name), 'utf8'));
}

/** A metric of the custom metrics API, as a rule of prometheus-adapter makes it. */
export interface CustomMetric {
  readonly name: string;
  /** Selects the series by which the metric is discovered. */
  readonly discovery: string;
  /** The query for some pods of a namespace; its result has the label `pod`. */
  readonly query: (namespace: string, pods: readonly string[]) => string;
}

/** The metrics that the shipped configuration of prometheus-adapter makes. */
export function customMetrics(): readonly CustomMetric[] {
  const { rules } = read('prometheus-adapter.yaml') as {
    rules: readonly { seriesQuery: string; name: { matches: string; as: string }; metricsQuery: string }[];
  };
  return rules.map(({ seriesQuery, name: { matches, as }, metricsQuery }) => {
    const series = seriesQuery.replace(/\{.*/, '');
    return {
      name: series.replace(new RegExp(matches), as.replace(/\$\{1\}/, '$1')),
      discovery: seriesQuery,
      query: (namespace, pods) =>
        metricsQuery
          .replaceAll('<<.Series>>', series)
          .replaceAll('<<.GroupBy>>', 'pod')
          .replaceAll('<<.LabelMatchers>>', `namespace="${namespace}",pod=~"${pods.join('|')}"`),
    };
  });
}

/** Names of the metrics that the shipped HorizontalPodAutoscaler requests. */
export function requestedMetrics(): readonly string[] {
  const { spec } = read('horizontal-pod-autoscaler.yaml') as {
    spec: { metrics: readonly { pods: { metric: { name: string } } }[] };
  };
  return spec.metrics.map(({ pods: { metric } }) => metric.name);
}

/** Queries of the triggers of the shipped ScaledObject of KEDA. */
export function kedaQueries(): readonly string[] {
  const { spec } = read('keda.yaml') as { spec: { triggers: readonly { metadata: { query: string } }[] } };
  return spec.triggers.map(({ metadata: { query } }) => query);
}
