import type { ContainerRecord, ResourceAmounts } from '../pods/pod.ts';
import type { Collector, FactRow, FactSample } from './row.ts';

const rows = [
  {
    of: 'pod',
    name: 'pod_start_time_seconds',
    type: 'gauge',
    help: 'Unix time at which the kubelet acknowledged the pod.',
    samples: (pod) => value(pod.startTime),
  },
  {
    of: 'pod',
    name: 'pod_resource_requests',
    type: 'gauge',
    help: 'Effective resource requests of the pod: its own or the sum of its containers, plus the overhead of its RuntimeClass.',
    by: ['resource', 'unit'],
    samples: (pod) => samples(pod.resources?.requests),
  },
  {
    of: 'pod',
    name: 'pod_resource_limits',
    type: 'gauge',
    help: 'Effective resource limits of the pod: its own or the sum of its containers, plus the overhead of its RuntimeClass. Containers without a limit are not included in the sum.',
    by: ['resource', 'unit'],
    samples: (pod) => samples(pod.resources?.limits),
  },
  {
    of: 'container',
    while: 'running',
    name: 'container_start_time_seconds',
    type: 'gauge',
    help: 'Unix time at which the container was started.',
    samples: (container) => value(container.startedAt),
  },
  {
    of: 'container',
    while: 'known',
    name: 'container_restarts_total',
    type: 'counter',
    help: 'Container restarts counted by the kubelet.',
    samples: (container) => value(container.restarts),
  },
  {
    of: 'container',
    while: 'known',
    name: 'container_terminated_oom_total',
    type: 'counter',
    help: 'OOM-killed terminations that Kubernetes reported since the exporter first observed the container.',
    samples: (container) => value(container.oomKills),
  },
  {
    of: 'container',
    while: 'known',
    name: 'container_resource_requests',
    type: 'gauge',
    help: 'Effective resource requests of the container. Those of the pod itself are in pod_resource_requests.',
    by: ['resource', 'unit'],
    samples: (container) => amounts(container, container.requests),
  },
  {
    of: 'container',
    while: 'known',
    name: 'container_resource_limits',
    type: 'gauge',
    help: 'Effective resource limits of the container. Those of the pod itself are in pod_resource_limits.',
    by: ['resource', 'unit'],
    samples: (container) => amounts(container, container.limits),
  },
] as const satisfies readonly FactRow[];

function value(number: number | undefined): readonly FactSample[] {
  return number === undefined ? [] : [{ value: number }];
}

/** Excludes init containers: they release their resources when they complete and would inflate sums. */
function amounts(container: ContainerRecord, of: ResourceAmounts): readonly FactSample[] {
  return container.type === 'init' ? [] : samples(of);
}

function samples(of: ResourceAmounts = {}): readonly FactSample[] {
  const resources = [
    ['cpu', 'core', of.cpu],
    ['memory', 'byte', of.memory],
    ['ephemeral_storage', 'byte', of.ephemeralStorage],
  ] as const;
  return resources.flatMap(([resource, unit, amount]) =>
    amount === undefined ? [] : [{ labels: { resource, unit }, value: amount }],
  );
}

/** State, from the Pod object. */
export const state = {
  name: 'state',
  about: 'Start times, restarts, OOM kills, requests and limits reported by Kubernetes.',
  enabled: true,
  facts: rows,
} as const satisfies Collector;
