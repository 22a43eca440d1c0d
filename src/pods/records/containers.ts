import { countOomKills } from './oom-kills.ts';
import type { ContainerRecord, ContainerState, ContainerType, ResourceAmounts, Termination } from '../pod.ts';
import { readResourceAmounts } from './quantity.ts';
import { count, field, isObject, list, present, text, unixSeconds } from '../../base/untrusted-json.ts';

/** Fields of the pod spec and status by container type. */
const GROUPS = [
  { spec: 'initContainers', status: 'initContainerStatuses', type: 'init' },
  { spec: 'containers', status: 'containerStatuses', type: 'app' },
  { spec: 'ephemeralContainers', status: 'ephemeralContainerStatuses', type: 'ephemeral' },
] as const;

/** Reads the containers of a pod spec and merges their statuses. `previous` has the last records of the pod. */
export function readContainers(pod: unknown, previous: readonly ContainerRecord[]): readonly ContainerRecord[] {
  const previousByName = new Map(previous.map((container) => [container.name, container]));
  return GROUPS.flatMap((group) => {
    const statuses = byName(field(field(pod, 'status'), group.status));
    return [...byName(field(field(pod, 'spec'), group.spec))].map(([name, spec]) =>
      readContainer({ name, spec, status: statuses.get(name), group: group.type }, previousByName.get(name)),
    );
  });
}

interface ContainerSource {
  readonly name: string;
  readonly spec: unknown;
  readonly status: unknown;
  readonly group: ContainerType;
}

function readContainer(
  { name, spec, status, group }: ContainerSource,
  previous: ContainerRecord | undefined,
): ContainerRecord {
  return present({
    name,
    type: group === 'init' && field(spec, 'restartPolicy') === 'Always' ? 'sidecar' : group,
    id: trimRuntime(text(field(status, 'containerID'))),
    image: text(field(status, 'image')) ?? text(field(spec, 'image')),
    imageId: text(field(status, 'imageID')),
    ...stateOf(field(status, 'state')),
    restarts: count(field(status, 'restartCount')),
    requests: effective('requests', spec, status),
    limits: effective('limits', spec, status),
    ended: terminationOf(status),
    ...countOomKills(status, previous),
  });
}

const STATES = ['waiting', 'running', 'terminated'] as const satisfies readonly ContainerState[];

function stateOf(status: unknown) {
  const state = STATES.find((name) => isObject(field(status, name)));
  return {
    state,
    stateReason: state === undefined ? undefined : text(field(field(status, state), 'reason')),
    startedAt: unixSeconds(field(field(status, 'running'), 'startedAt')),
  };
}

/** That of the present container, else that of the one before it. */
function terminationOf(status: unknown): Termination | undefined {
  const found = [field(status, 'state'), field(status, 'lastState')]
    .map((state) => field(state, 'terminated'))
    .find(isObject);
  const id = trimRuntime(text(field(found, 'containerID')));
  if (id === undefined) return undefined;
  return present({ id, exitCode: count(field(found, 'exitCode')), reason: text(field(found, 'reason')) });
}

/**
 * Effective requests or limits: those of the status, which differ from the spec during a resize. Ephemeral storage cannot
 * be resized, and older kubelets omit it from the status.
 *
 * https://kubernetes.io/docs/tasks/configure-pod-container/resize-container-resources/
 */
function effective(which: 'requests' | 'limits', spec: unknown, status: unknown): ResourceAmounts {
  const specified = readResourceAmounts(field(field(spec, 'resources'), which));
  const actual = field(status, 'resources');
  const storage = specified.ephemeralStorage === undefined ? {} : { ephemeralStorage: specified.ephemeralStorage };
  if (isObject(field(actual, 'requests')) || isObject(field(actual, 'limits'))) {
    return { ...storage, ...readResourceAmounts(field(actual, which)) };
  }
  const allocated = field(status, 'allocatedResources');
  if (which === 'requests' && isObject(allocated)) return { ...storage, ...readResourceAmounts(allocated) };
  return specified;
}

/** Removes the `containerd://` prefix. */
function trimRuntime(id: string | undefined): string | undefined {
  return text(id?.replace(/^[^/]*:\/\//, ''));
}

function byName(entries: unknown): Map<string, unknown> {
  const named = new Map<string, unknown>();
  for (const entry of list(entries)) {
    const name = text(field(entry, 'name'));
    if (name !== undefined) named.set(name, entry);
  }
  return named;
}
