import {
  QueryVariableBuilder,
  VariableHide,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';

import { DATASOURCE } from './panel.ts';
import { EXPORTER, namedWorkload } from './queries.ts';

/** Template variables, from the widest to the narrowest scope. */
export type VariableName = 'node' | 'namespace' | 'workload' | 'pod' | 'container';

const NAMESPACE = 'namespace=~"$namespace"';

/** The series whose label of the same name holds the values of a variable, filtered by the variables before it. */
const FOUND_IN: Readonly<Record<Exclude<VariableName, 'workload'>, string>> = {
  node: `up{${EXPORTER}}`,
  namespace: `pod_info{${EXPORTER}}`,
  pod: `pod_info{${EXPORTER},${NAMESPACE}}`,
  container: `container_info{${EXPORTER},${NAMESPACE},pod=~"$pod"}`,
};

/** The workloads in the time range. One of them is the pods without a controller, which no label names. */
const WORKLOADS = `count by (workload) (${namedWorkload(`last_over_time(pod_info{${EXPORTER},${NAMESPACE}}[$__range])`)})`;

/** The job under which Prometheus scrapes the exporter. */
export const DEFAULT_JOB = 'pod-exporter';

/** A variable of a page: a single value, or several and All. */
export function pageVariable(name: VariableName, isSingle: boolean): QueryVariableBuilder {
  if (name === 'workload') return variable(name, `query_result(${WORKLOADS})`).regex('/workload="([^"]+)"/');
  const builder = variable(name, `label_values(${FOUND_IN[name]}, ${name})`);
  if (isSingle) return builder;
  // Series of a scrape configuration without the label `node` are selected as well; containers outside of pods are not.
  const all = name === 'node' ? '.*' : '.+';
  return builder.multi(true).includeAll(true).allValue(all).current({ text: 'All', value: '$__all' });
}

/** One cluster at a time. Where series have no label `cluster`, the value is empty and selects them all. */
export function clusterVariable(): QueryVariableBuilder {
  return variable('cluster', 'label_values(pod_exporter_build_info{job="$job"}, cluster)');
}

/** The job of the exporter, which keeps series of the same names from the kubelet apart. */
export function jobVariable(): QueryVariableBuilder {
  return variable('job', 'label_values(pod_exporter_build_info, job)').current({
    text: DEFAULT_JOB,
    value: DEFAULT_JOB,
  });
}

/**
 * The scrape interval in seconds, in steps of 15, from the number of scrapes of the last ten minutes. A fresh
 * Prometheus has fewer; the interval is then longer, never too short for a rate.
 */
export function scrapeVariable(): QueryVariableBuilder {
  const scrapes = `max(count_over_time(up{${EXPORTER}}[10m]))`;
  return variable('scrape', `query_result(clamp_min(round(600 / ${scrapes}, 15), 15) or vector(60))`)
    .regex('/ (\\d+)/')
    .hide(VariableHide.HideVariable);
}

function variable(name: string, query: string): QueryVariableBuilder {
  return new QueryVariableBuilder(name)
    .label(name.charAt(0).toUpperCase() + name.slice(1))
    .datasource(DATASOURCE)
    .query(query)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc);
}
