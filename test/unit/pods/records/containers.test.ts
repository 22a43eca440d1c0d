import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { readContainers } from '../../../../src/pods/records/containers.ts';
import type { ContainerRecord } from '../../../../src/pods/pod.ts';
import { NULL } from '../pod-objects.ts';

/** Reads the only container of a pod with this spec and status. */
function container(spec: object, status?: object): ContainerRecord | undefined {
  const pod = {
    spec: { containers: [{ name: 'main', ...spec }] },
    status: status === undefined ? {} : { containerStatuses: [{ name: 'main', ...status }] },
  };
  return readContainers(pod, [])[0];
}

test('all container types with their statuses', () => {
  const pod = {
    spec: {
      initContainers: [{ name: 'setup' }, { name: 'proxy', restartPolicy: 'Always' }],
      containers: [{ name: 'main' }, { name: 'idle' }],
      ephemeralContainers: [{ name: 'debug' }],
    },
    status: {
      initContainerStatuses: [
        { name: 'proxy', containerID: 'containerd://b' },
        { name: 'setup', containerID: 'containerd://a' },
      ],
      containerStatuses: [{ name: 'main', containerID: 'cri-o://c' }],
      ephemeralContainerStatuses: [{ name: 'debug', containerID: 'docker://e' }],
    },
  };
  const read = readContainers(pod, []).map(({ name, type, id }) => [name, type, id]);
  assert.deepEqual(read, [
    ['setup', 'init', 'a'],
    ['proxy', 'sidecar', 'b'],
    ['main', 'app', 'c'],
    ['idle', 'app', undefined],
    ['debug', 'ephemeral', 'e'],
  ]);
});

const IDS: readonly (readonly [unknown, string | undefined])[] = [
  ['containerd://9cca53a482a7', '9cca53a482a7'],
  ['cri-o://9cca53a482a7', '9cca53a482a7'],
  ['docker://9cca53a482a7', '9cca53a482a7'],
  ['podman://9cca53a482a7', '9cca53a482a7'],
  ['9cca53a482a7', '9cca53a482a7'],
  ['', undefined],
  ['containerd://', undefined],
  [undefined, undefined],
  [17, undefined],
];

for (const [containerID, id] of IDS) {
  test(`container ID ${JSON.stringify(containerID)}`, () => {
    assert.equal(container({}, { containerID })?.id, id);
  });
}

test('a running container', () => {
  const status = {
    image: 'registry.local/bb@sha256:e7b7',
    imageID: 'sha256:e7b7',
    containerID: 'containerd://9cca',
    restartCount: 3,
    state: { running: { startedAt: '2026-11-21T05:18:02Z' } },
  };
  assert.deepEqual(container({ image: 'registry.local/bb:1' }, status), {
    name: 'main',
    type: 'app',
    id: '9cca',
    image: 'registry.local/bb@sha256:e7b7',
    imageId: 'sha256:e7b7',
    state: 'running',
    startedAt: 1_795_238_282,
    restarts: 3,
    oomKills: 0,
    requests: {},
    limits: {},
  });
});

test('a container that never started has only the image of its spec', () => {
  const status = { image: '', imageID: '', restartCount: 0, state: { waiting: { reason: 'ErrImagePull' } } };
  assert.deepEqual(container({ image: 'registry.local/bb:1' }, status), {
    name: 'main',
    type: 'app',
    image: 'registry.local/bb:1',
    state: 'waiting',
    stateReason: 'ErrImagePull',
    restarts: 0,
    oomKills: 0,
    requests: {},
    limits: {},
  });
});

test('the state is that of the status, with its reason', () => {
  const states = [
    { terminated: { reason: 'OOMKilled' } },
    { running: {} },
    { waiting: { reason: 7 } },
    { odd: {} },
    {},
    NULL,
  ];
  assert.deepEqual(
    states.map((state) => container({}, { state })).map((read) => [read?.state, read?.stateReason]),
    [
      ['terminated', 'OOMKilled'],
      ['running', undefined],
      ['waiting', undefined],
      [undefined, undefined],
      [undefined, undefined],
      [undefined, undefined],
    ],
  );
});

test('the restarts of a container without a status are absent, not 0', () => {
  assert.equal('restarts' in (container({}) ?? { restarts: 0 }), false);
});

test('a terminated container has no start time', () => {
  const terminated = { startedAt: '2026-11-21T05:18:02Z', finishedAt: '2026-11-21T05:18:05Z' };
  assert.equal(container({}, { state: { terminated } })?.startedAt, undefined);
});

const SPEC = {
  requests: { cpu: '100m', memory: '64Mi', 'ephemeral-storage': '1Gi' },
  limits: { cpu: '1', memory: '128Mi', 'ephemeral-storage': '2Gi' },
};

interface Resize {
  readonly what: string;
  readonly status: object;
  readonly requests: object;
  readonly limits: object;
}

const RESIZES: readonly Resize[] = [
  {
    what: 'the spec applies if the status has no resources',
    status: {},
    requests: { cpu: 0.1, memory: 67_108_864, ephemeralStorage: 1_073_741_824 },
    limits: { cpu: 1, memory: 134_217_728, ephemeralStorage: 2_147_483_648 },
  },
  {
    what: 'the resources of the status apply during a resize',
    status: {
      allocatedResources: { cpu: '300m' },
      resources: { requests: { cpu: '200m', memory: '32Mi' }, limits: { cpu: '2', memory: '256Mi' } },
    },
    requests: { cpu: 0.2, memory: 33_554_432, ephemeralStorage: 1_073_741_824 },
    limits: { cpu: 2, memory: 268_435_456, ephemeralStorage: 2_147_483_648 },
  },
  {
    what: 'a limit that is not in effect yet is absent',
    status: { resources: { requests: { cpu: '200m', memory: '32Mi', 'ephemeral-storage': '3Gi' } } },
    requests: { cpu: 0.2, memory: 33_554_432, ephemeralStorage: 3_221_225_472 },
    limits: { ephemeralStorage: 2_147_483_648 },
  },
  {
    what: 'a request that is not in effect yet is absent',
    status: { resources: { limits: { cpu: '2' } } },
    requests: { ephemeralStorage: 1_073_741_824 },
    limits: { cpu: 2, ephemeralStorage: 2_147_483_648 },
  },
  {
    what: 'allocatedResources are the requests',
    status: { allocatedResources: { cpu: '300m', memory: '48Mi' } },
    requests: { cpu: 0.3, memory: 50_331_648, ephemeralStorage: 1_073_741_824 },
    limits: { cpu: 1, memory: 134_217_728, ephemeralStorage: 2_147_483_648 },
  },
  {
    what: 'an empty or invalid status has no effect',
    status: { resources: { requests: 'none' }, allocatedResources: 7 },
    requests: { cpu: 0.1, memory: 67_108_864, ephemeralStorage: 1_073_741_824 },
    limits: { cpu: 1, memory: 134_217_728, ephemeralStorage: 2_147_483_648 },
  },
];

for (const { what, status, requests, limits } of RESIZES) {
  test(what, () => {
    const read = container({ resources: SPEC }, status);
    assert.deepEqual({ requests: read?.requests, limits: read?.limits }, { requests, limits });
  });
}

for (const odd of [NULL, 'x', 3, [], { spec: NULL, status: 9 }, { spec: { containers: [NULL, {}, { name: 4 }] } }]) {
  test(`no containers in ${JSON.stringify(odd)}`, () => {
    assert.deepEqual(readContainers(odd, []), []);
  });
}
