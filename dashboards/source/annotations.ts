import { AnnotationQueryBuilder } from '@grafana/grafana-foundation-sdk/dashboard';

import { DATASOURCE } from './panel.ts';
import { chosenPods, EXPORTER, maxBy } from './queries.ts';
import type { VariableName } from './variables.ts';

/** What is marked in the graphs of a page. */
export type EventName = 'OOM kills' | 'Restarts' | 'Started pods';

const STEP = '60s';

interface Event {
  readonly color: string;
  readonly text: string;
  /** Series with a value above 0 in the minute of the event. */
  readonly expr: (selector: string) => string;
}

const CONTAINER = 'namespace, pod, container';

const EVENTS: Readonly<Record<EventName, Event>> = {
  'OOM kills': {
    color: 'red',
    text: 'OOM kill: {{pod}} {{container}}',
    expr: (selector) =>
      [`container_oom_kills_total{${selector}}`, `container_terminated_oom_total{${selector}}`]
        .map((series) => `${maxBy(CONTAINER, `increase(${series}[1m])`)} > 0`)
        .join(' or '),
  },
  Restarts: {
    color: 'orange',
    text: 'Restart: {{pod}} {{container}}',
    expr: (selector) => `${maxBy(CONTAINER, `increase(container_restarts_total{${selector}}[1m])`)} > 0`,
  },
  'Started pods': {
    color: 'blue',
    text: 'Started: {{pod}}',
    expr: (selector) => `${maxBy('namespace, pod', `(time() - pod_start_time_seconds{${selector}} < bool 60)`)} > 0`,
  },
};

/** An annotation of the pods that the variables of a page choose. */
export function annotation(name: EventName, variables: readonly VariableName[]): AnnotationQueryBuilder {
  const { color, text, expr } = EVENTS[name];
  return new AnnotationQueryBuilder()
    .name(name)
    .datasource(DATASOURCE)
    .enable(true)
    .iconColor(color)
    .expr(ofWorkload(expr(selectorOf(variables)), variables))
    .step(STEP)
    .titleFormat(text);
}

function selectorOf(variables: readonly VariableName[]): string {
  const labels = variables.filter((name) => name === 'node' || name === 'namespace' || name === 'pod');
  return [EXPORTER, ...labels.map((name) => `${name}=~"$${name}"`)].join(',');
}

/** Series of pods do not have the label `workload`. */
function ofWorkload(expr: string, variables: readonly VariableName[]): string {
  if (!variables.includes('workload')) return expr;
  return `(${expr}) and on (namespace, pod) ${chosenPods(`${EXPORTER},namespace=~"$namespace"`)}`;
}
