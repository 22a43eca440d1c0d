import type { PodResources, ResourceAmounts } from '../pod.ts';
import { addAmounts, largestAmounts } from './amounts.ts';
import { readResourceAmounts } from './quantity.ts';
import { field, isObject, list } from '../../base/untrusted-json.ts';

/** Reads the amounts of a container that count. Returns `undefined` if it has none. */
type ContainerAmounts = (spec: unknown, status: unknown) => ResourceAmounts | undefined;

/**
 * Effective requests and limits of a pod: per resource its own amount (`spec.resources`) or the sum of its containers,
 * plus the overhead of its RuntimeClass. During a resize the largest of the desired, the allocated and the actual amount
 * counts, as in the scheduler; the desired amount does not count if the kubelet reports the resize as infeasible.
 *
 * https://kubernetes.io/docs/tasks/configure-pod-container/assign-pod-level-resources/
 * https://pkg.go.dev/k8s.io/component-helpers/resource#PodRequests
 */
export function readPodResources(pod: unknown): PodResources {
  const [spec, status] = [field(pod, 'spec'), field(pod, 'status')];
  const isInfeasible = isResizeInfeasible(status);
  const overhead = readResourceAmounts(field(spec, 'overhead'));
  const own = field(spec, 'resources');
  const containers = { spec, status, isInfeasible };
  const requests = {
    ...containerRequests(containers),
    ...(hasOwn(field(own, 'requests')) ? ownAmounts('requests', containers) : {}),
  };
  const isOwn = hasOwn(field(own, 'requests')) || hasOwn(field(own, 'limits'));
  const ownLimits = isOwn ? ownAmounts('limits', containers) : undefined;
  const limits = { ...containerLimits(containers), ...ownLimits };
  return {
    requests: addAmounts(requests, overhead),
    limits: addOverhead(limits, overhead),
    ...(ownLimits === undefined ? {} : { ownLimits }),
  };
}

/** What the amounts are read from. */
interface Source {
  readonly spec: unknown;
  readonly status: unknown;
  /** The desired amounts do not count. */
  readonly isInfeasible: boolean;
}

function containerRequests({ spec, status, isInfeasible }: Source): ResourceAmounts {
  const allocatedOf: ContainerAmounts = (container, containerStatus) =>
    reported(field(containerStatus, 'allocatedResources')) ??
    (isInfeasible ? undefined : specified('requests')(container, undefined));
  const actualOf: ContainerAmounts = (container, containerStatus) =>
    reported(field(field(containerStatus, 'resources'), 'requests')) ?? allocatedOf(container, containerStatus);
  const sum = (amounts: ContainerAmounts): ResourceAmounts => sumOfContainers(spec, status, amounts);
  const [allocated, actual] = [
    reported(field(status, 'allocatedResources')),
    reported(field(field(status, 'resources'), 'requests')),
  ];
  // The kubelet reports both sums together.
  const known =
    allocated === undefined || actual === undefined ? [sum(allocatedOf), sum(actualOf)] : [allocated, actual];
  return isInfeasible ? largestAmounts(known) : largestAmounts([sum(specified('requests')), ...known]);
}

function containerLimits({ spec, status, isInfeasible }: Source): ResourceAmounts {
  const actualOf: ContainerAmounts = (container, containerStatus) =>
    reported(field(field(containerStatus, 'resources'), 'limits')) ??
    (isInfeasible ? undefined : specified('limits')(container, undefined));
  const actual = reported(field(field(status, 'resources'), 'limits')) ?? sumOfContainers(spec, status, actualOf);
  return isInfeasible ? actual : largestAmounts([sumOfContainers(spec, status, specified('limits')), actual]);
}

/** The pod's own amounts. Only CPU, memory and huge pages can be specified for a pod. */
function ownAmounts(which: 'requests' | 'limits', { spec, status, isInfeasible }: Source): ResourceAmounts {
  const desired = readResourceAmounts(field(field(spec, 'resources'), which));
  const actual = field(status, 'resources');
  const amounts = isObject(actual)
    ? largestAmounts([
        isInfeasible ? {} : desired,
        readResourceAmounts(field(actual, which)),
        which === 'requests' ? readResourceAmounts(field(status, 'allocatedResources')) : {},
      ])
    : desired;
  const { cpu, memory } = amounts;
  return { ...(cpu === undefined ? {} : { cpu }), ...(memory === undefined ? {} : { memory }) };
}

function hasOwn(amounts: unknown): boolean {
  return (
    isObject(amounts) &&
    Object.keys(amounts).some((name) => name === 'cpu' || name === 'memory' || name.startsWith('hugepages-'))
  );
}

/**
 * An init container runs alone, except for the sidecars started before it.
 *
 * https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/#resource-sharing-within-containers
 */
function sumOfContainers(spec: unknown, status: unknown, amountsOf: ContainerAmounts): ResourceAmounts {
  const statuses = [...list(field(status, 'containerStatuses')), ...list(field(status, 'initContainerStatuses'))];
  const amounts = (container: unknown): ResourceAmounts => {
    const name = field(container, 'name');
    return (
      amountsOf(
        container,
        statuses.find((each) => field(each, 'name') === name),
      ) ?? {}
    );
  };
  let running: ResourceAmounts = {};
  let sidecars: ResourceAmounts = {};
  let starting: ResourceAmounts = {};
  for (const container of list(field(spec, 'containers'))) running = addAmounts(running, amounts(container));
  for (const container of list(field(spec, 'initContainers'))) {
    const together = addAmounts(sidecars, amounts(container));
    if (field(container, 'restartPolicy') === 'Always') {
      running = addAmounts(running, amounts(container));
      sidecars = together;
    }
    starting = largestAmounts([starting, together]);
  }
  return largestAmounts([running, starting]);
}

function specified(which: 'requests' | 'limits'): ContainerAmounts {
  return (container) => readResourceAmounts(field(field(container, 'resources'), which));
}

/** Amounts of a status, which may be empty; `undefined` if the kubelet reports none. */
function reported(amounts: unknown): ResourceAmounts | undefined {
  return isObject(amounts) ? readResourceAmounts(amounts) : undefined;
}

/** Overhead is added to a limit, not to the absence of one. */
function addOverhead(limits: ResourceAmounts, overhead: ResourceAmounts): ResourceAmounts {
  const limited = Object.entries(overhead).filter(([name]) => (limits[name as keyof ResourceAmounts] ?? 0) > 0);
  return addAmounts(limits, Object.fromEntries(limited));
}

function isResizeInfeasible(status: unknown): boolean {
  const pending = list(field(status, 'conditions')).find(
    (condition) => field(condition, 'type') === 'PodResizePending',
  );
  return field(pending, 'reason') === 'Infeasible';
}
