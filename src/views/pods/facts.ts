import type { Subject } from '../../snapshot/subject.ts';

type Pod = NonNullable<Subject['pod']>;
type Container = NonNullable<Subject['container']>;
type Outside = NonNullable<Subject['outside']>;

/** A type of JSON Schema. */
export type JsonType = 'string' | 'number' | 'boolean' | Readonly<Record<string, unknown>>;

/** A field that is known from Kubernetes; absent where `of` gives `undefined`. */
export interface Fact<Source> {
  readonly field: string;
  readonly type: JsonType;
  /** A noun phrase with a full stop. */
  readonly about: string;
  readonly of: (source: Source) => unknown;
}

const TEXT_BY_KEY = { type: 'object', additionalProperties: { type: 'string' } };

const AMOUNTS = {
  type: 'object',
  properties: {
    cpu_cores: { type: 'number', minimum: 0 },
    memory_bytes: { type: 'number', minimum: 0 },
    ephemeral_storage_bytes: { type: 'number', minimum: 0 },
  },
};

export const POD_FACTS: readonly Fact<Pod>[] = [
  { field: 'namespace', type: 'string', about: 'Namespace.', of: (pod) => pod.namespace },
  { field: 'name', type: 'string', about: 'Name; absent without pod metadata.', of: (pod) => pod.name },
  { field: 'uid', type: 'string', about: 'UID; of a static pod that of its mirror pod.', of: (pod) => pod.uid },
  { field: 'node', type: 'string', about: 'Name of the node.', of: (pod) => pod.node },
  { field: 'qos_class', type: 'string', about: 'Guaranteed, Burstable or BestEffort.', of: (pod) => pod.qosClass },
  {
    field: 'host_network',
    type: 'boolean',
    about: 'Whether the pod uses the network namespace of the node; then it has no section network.',
    of: (pod) => pod.hostNetwork,
  },
  {
    field: 'workload',
    type: {
      type: 'object',
      properties: { kind: { type: 'string' }, name: { type: 'string' } },
      required: ['kind', 'name'],
    },
    about: 'What manages the pod, such as a Deployment; absent for a pod without an owner.',
    of: ({ workloadKind: kind, workload: name }) =>
      kind === undefined || name === undefined ? undefined : { kind, name },
  },
  { field: 'runtime_class', type: 'string', about: 'Runtime class.', of: (pod) => pod.runtimeClass },
  { field: 'priority_class', type: 'string', about: 'Priority class.', of: (pod) => pod.priorityClass },
  { field: 'host_ip', type: 'string', about: 'Address of the node.', of: (pod) => pod.hostIp },
  { field: 'pod_ip', type: 'string', about: 'Address of the pod.', of: (pod) => pod.podIp },
  {
    field: 'start_time_seconds',
    type: 'number',
    about: 'Unix time at which the kubelet acknowledged the pod.',
    of: (pod) => pod.startTime,
  },
  {
    field: 'requests',
    type: AMOUNTS,
    about: 'Effective resource requests, overhead included.',
    of: ({ resources }) => amounts(resources?.requests),
  },
  {
    field: 'limits',
    type: AMOUNTS,
    about: 'Effective resource limits, overhead included; containers without a limit are not part of the sum.',
    of: ({ resources }) => amounts(resources?.limits),
  },
  { field: 'labels', type: TEXT_BY_KEY, about: 'Labels that --pod-labels allows.', of: (pod) => filled(pod.labels) },
  {
    field: 'annotations',
    type: TEXT_BY_KEY,
    about: 'Annotations that --pod-annotations allows.',
    of: (pod) => filled(pod.annotations),
  },
];

export const CONTAINER_FACTS: readonly Fact<Container>[] = [
  { field: 'name', type: 'string', about: 'Name; absent without pod metadata.', of: (container) => container.name },
  {
    field: 'type',
    type: { enum: ['init', 'sidecar', 'app', 'ephemeral'] },
    about: 'Kind of the container; a sidecar is an init container with restartPolicy Always.',
    of: (container) => container.type,
  },
  {
    field: 'id',
    type: 'string',
    about: 'ID of the container runtime, without the name of the runtime.',
    of: (container) => container.id,
  },
  { field: 'image', type: 'string', about: 'Image.', of: (container) => container.image },
  { field: 'image_id', type: 'string', about: 'ID of the image.', of: (container) => container.imageId },
  {
    field: 'state',
    type: { enum: ['waiting', 'running', 'terminated'] },
    about: 'State in the status of the pod; absent without a status.',
    of: (container) => container.state,
  },
  {
    field: 'state_reason',
    type: 'string',
    about: 'Reason of the state, such as CrashLoopBackOff.',
    of: (container) => container.stateReason,
  },
  {
    field: 'start_time_seconds',
    type: 'number',
    about: 'Unix time at which the running container started.',
    of: (container) => container.startedAt,
  },
  {
    field: 'restarts_total',
    type: 'number',
    about: 'Restarts counted by the kubelet.',
    of: (container) => container.restarts,
  },
  {
    field: 'terminated_oom_total',
    type: 'number',
    about: 'Terminations with reason OOMKilled that Kubernetes reported since the exporter started.',
    of: (container) => container.oomKills,
  },
  { field: 'requests', type: AMOUNTS, about: 'Effective resource requests.', of: ({ requests }) => amounts(requests) },
  { field: 'limits', type: AMOUNTS, about: 'Effective resource limits.', of: ({ limits }) => amounts(limits) },
];

/** Of a container outside of pods. Its name is that of its series. */
export const OUTSIDE_FACTS: readonly Fact<Outside>[] = [
  {
    field: 'name',
    type: 'string',
    about: 'Name in the engine; the short ID if no engine reports the container.',
    of: ({ name }) => name,
  },
  { field: 'id', type: 'string', about: 'ID of the container.', of: ({ id }) => id },
  { field: 'runtime', type: 'string', about: 'Engine: docker or podman.', of: ({ runtime }) => runtime },
  { field: 'image', type: 'string', about: 'Image.', of: ({ image }) => image },
  { field: 'image_id', type: 'string', about: 'ID of the image.', of: ({ imageId }) => imageId },
  {
    field: 'compose_project',
    type: 'string',
    about: 'Project of Docker Compose.',
    of: ({ composeProject }) => composeProject,
  },
  {
    field: 'compose_service',
    type: 'string',
    about: 'Service of Docker Compose.',
    of: ({ composeService }) => composeService,
  },
  {
    field: 'created_time_seconds',
    type: 'number',
    about: 'Unix time at which the container was created.',
    of: ({ createdAt }) => createdAt,
  },
  {
    field: 'labels',
    type: TEXT_BY_KEY,
    about: 'Labels that --container-labels allows.',
    of: ({ labels }) => filled(labels),
  },
];

/** The facts of a source by their fields. */
export function factsOf<Source>(facts: readonly Fact<Source>[], source: Source): Record<string, unknown> {
  return Object.fromEntries(facts.map(({ field, of }) => [field, of(source)]));
}

function amounts({ cpu, memory, ephemeralStorage }: Container['requests'] = {}): object | undefined {
  return filled({ cpu_cores: cpu, memory_bytes: memory, ephemeral_storage_bytes: ephemeralStorage });
}

/** Nothing instead of an empty object. */
function filled(values: Readonly<Record<string, unknown>>): object | undefined {
  return Object.values(values).some((value) => value !== undefined) ? values : undefined;
}
