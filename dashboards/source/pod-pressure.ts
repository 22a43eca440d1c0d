import type { Row } from './dashboards.ts';
import { graph } from './graph.ts';
import { maxBy, PODS, rate } from './queries.ts';

const CONTAINERS = `${PODS},container=~"$container"`;

function pressure(title: string, resource: 'cpu' | 'memory' | 'io'): ReturnType<typeof graph> {
  const ofPod = (kind: string): string => maxBy('pod', rate(`pod_pressure_${resource}_${kind}_seconds_total{${PODS}}`));
  const ofContainers = rate(`container_pressure_${resource}_waiting_seconds_total{${CONTAINERS}}`);
  return graph({
    title,
    description:
      'Share of time in which at least one task of the pod or container waited (some), or all non-idle tasks of the pod (full).',
    unit: 'percentunit',
    queries: [
      { legend: 'pod, some', expr: ofPod('waiting') },
      { legend: 'pod, full', expr: ofPod('stalled') },
      { legend: '{{container}}, some', expr: maxBy('container', ofContainers) },
    ],
    span: 8,
    noValue: 'The kernel reports no PSI',
  });
}

/** Pressure stall information of the pod and its containers. */
export const podPressure: Row = {
  title: 'Pressure',
  panels: [pressure('CPU pressure', 'cpu'), pressure('Memory pressure', 'memory'), pressure('I/O pressure', 'io')],
};
