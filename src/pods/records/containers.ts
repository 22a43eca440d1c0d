import { countOomKills } from './oom-kills.ts';
import type { ContainerRecord, ContainerState, ContainerType, ResourceAmounts } from '../pod.ts';
import { readResourceAmounts } from './quantity.ts';
import { count, field, isObject, list, present, text, unixSeconds } from '../../base/untrusted-json.ts';

/** Where specification and status keep the containers of each kind. */
const GROUPS = [
  { spec: 'initContainers', status: 'initContainerStatuses', type: 'init' },
  { spec: 'containers', status: 'containerStatuses', type: 'app' },
  { spec: 'ephemeralContainers', status: 'ephemeralContainerStatuses', type: 'ephemeral' },
] as const;

/** The containers that a pod's specification names, with what its status says of them. */
export function readContainers(pod: unknown, previous: readonly ContainerRecord[]): readonly ContainerRecord[] {
  const known = new Map(previous.map((container) => [container.name, container]));
  return GROUPS.flatMap((group) => {
    const statuses = byName(field(field(pod, 'status'), group.status));
    return [...byName(field(field(pod, 'spec'), group.spec))].map(([name, spec]) =>
      readContainer({ name, spec, status: statuses.get(name), group: group.type }, known.get(name)),
    );
  });
}

interface Described {
  readonly name: string;
  readonly spec: unknown;
  readonly status: unknown;
  readonly group: ContainerType;
}

function readContainer(
  { name, spec, status, group }: Described,
  previous: ContainerRecord | undefined,
): ContainerRecord {
  return present({
    name,
    type: group === 'init' && field(spec, 'restartPolicy') === 'Always' ? 'sidecar' : group,
    id: bareId(text(field(status, 'containerID'))),
    image: text(field(status, 'image')) ?? text(field(spec, 'image')),
    imageId: text(field(status, 'imageID')),
    ...stateOf(field(status, 'state')),
    restarts: count(field(status, 'restartCount')),
    requests: effective('requests', spec, status),
    limits: effective('limits', spec, status),
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

/**
 * What is in force, which during a resize is not what the specification asks for. Ephemeral storage cannot be
 * resized, and older kubelets leave it out of the status.
 *
 * https://kubernetes.io/docs/tasks/configure-pod-container/resize-container-resources/
 */
function effective(which: 'requests' | 'limits', spec: unknown, status: unknown): ResourceAmounts {
  const wanted = readResourceAmounts(field(field(spec, 'resources'), which));
  const actual = field(status, 'resources');
  const storage = wanted.ephemeralStorage === undefined ? {} : { ephemeralStorage: wanted.ephemeralStorage };
  if (isObject(field(actual, 'requests')) || isObject(field(actual, 'limits'))) {
    return { ...storage, ...readResourceAmounts(field(actual, which)) };
  }
  const allocated = field(status, 'allocatedResources');
  if (which === 'requests' && isObject(allocated)) return { ...storage, ...readResourceAmounts(allocated) };
  return wanted;
}

/** `containerd://<id>` without the runtime's name. */
function bareId(id: string | undefined): string | undefined {
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
