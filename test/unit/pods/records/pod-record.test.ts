import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { diskEmptyDirNames } from '../../../../src/pods/records/volumes.ts';
import { toPodRecord } from '../../../../src/pods/records/pod-record.ts';
import { mainStatus, NULL, OPTIONS, podObject } from '../pod-objects.ts';
import { mirrorMetadata } from '../../../support/pod-object.ts';

test('a complete pod of a Deployment', () => {
  const pod = podObject('web-fd877bfd7-6k86v', {
    metadata: {
      uid: 'd2b8ef40-2efb-48c3-823e-168e5d19dd94',
      labels: { app: 'web', 'pod-template-hash': 'fd877bfd7' },
      annotations: { note: 'kept', other: 'not kept' },
      ownerReferences: [{ kind: 'ReplicaSet', name: 'web-fd877bfd7', controller: true }],
    },
    spec: { runtimeClassName: 'kata', priorityClassName: 'high' },
    status: {
      qosClass: 'Burstable',
      hostIP: '192.0.2.1',
      podIP: '10.0.0.7',
      startTime: '2026-11-21T05:18:02.5Z',
      ...mainStatus({ containerID: 'containerd://f117', restartCount: 0 }),
    },
  });
  const record = toPodRecord(pod, { podLabels: ['app', 'absent'], podAnnotations: ['note'] });
  assert.deepEqual(record, {
    uid: 'd2b8ef40-2efb-48c3-823e-168e5d19dd94',
    namespace: 'shop',
    name: 'web-fd877bfd7-6k86v',
    node: 'node1',
    qosClass: 'Burstable',
    hostNetwork: false,
    workloadKind: 'Deployment',
    workload: 'web',
    runtimeClass: 'kata',
    priorityClass: 'high',
    hostIp: '192.0.2.1',
    podIp: '10.0.0.7',
    startTime: 1_795_238_282.5,
    resources: { requests: {}, limits: {} },
    labels: { app: 'web' },
    annotations: { note: 'kept' },
    metadataBytes: 14,
    containers: [
      {
        name: 'main',
        type: 'app',
        id: 'f117',
        image: 'registry.local/bb:1',
        restarts: 0,
        oomKills: 0,
        requests: {},
        limits: {},
      },
    ],
  });
});

test('absent fields of a minimal pod stay absent', () => {
  const record = toPodRecord({ metadata: { uid: 'u', namespace: 'n', name: 'p' } }, OPTIONS);
  const expected = {
    uid: 'u',
    namespace: 'n',
    name: 'p',
    hostNetwork: false,
    resources: { requests: {}, limits: {} },
    labels: {},
    annotations: {},
    containers: [],
  };
  assert.deepEqual(record, expected);
});

const MIRROR = mirrorMetadata('e846');
const [OWNER] = MIRROR.ownerReferences;
const HASHES: readonly (readonly [string, object, string | undefined])[] = [
  [
    'is that of a static pod from the kubelet',
    { uid: 'e846', annotations: { 'kubernetes.io/config.hash': 'e846' } },
    'e846',
  ],
  ['is that of a mirror pod', MIRROR, 'e846'],
  ['is absent for other pods', { annotations: { 'kubernetes.io/config.source': 'api' } }, undefined],
  ['is absent if only the annotations claim it', { annotations: MIRROR.annotations }, undefined],
  [
    'is absent if the pod is not a mirror pod',
    { ...MIRROR, annotations: { 'kubernetes.io/config.hash': 'e846' } },
    undefined,
  ],
  ['is absent for the mirror pod of another node', mirrorMetadata('e846', 'node2'), undefined],
  ['is absent if the owner is no Node', { ...MIRROR, ownerReferences: [{ ...OWNER, kind: 'Job' }] }, undefined],
  [
    'is absent if the owner has another API group',
    { ...MIRROR, ownerReferences: [{ ...OWNER, apiVersion: 'x.io/v1' }] },
    undefined,
  ],
  ['is absent if it is not a string', { ...MIRROR, annotations: { 'kubernetes.io/config.mirror': 12 } }, undefined],
];

for (const [what, metadata, expected] of HASHES) {
  test(`the config hash ${what}`, () => {
    assert.equal(toPodRecord(podObject('p', { metadata: { ...metadata } }), OPTIONS)?.configHash, expected);
  });
}

test('an asterisk allows all string labels and annotations', () => {
  const metadata = { labels: { a: '1', b: 2, c: '' }, annotations: { d: '4', e: NULL } };
  const record = toPodRecord(podObject('p', { metadata }), { podLabels: ['*'], podAnnotations: ['*'] });
  assert.deepEqual([record?.labels, record?.annotations], [{ a: '1', c: '' }, { d: '4' }]);
});

test('a label named like an object property is an ordinary label', () => {
  const pod: unknown = JSON.parse(
    '{"metadata":{"uid":"u","namespace":"n","name":"p","labels":{"__proto__":"x","constructor":"y"}}}',
  );
  const labels = toPodRecord(pod, { podLabels: ['*'], podAnnotations: [] })?.labels ?? {};
  assert.deepEqual(Object.entries(labels), [
    ['__proto__', 'x'],
    ['constructor', 'y'],
  ]);
  assert.deepEqual(toPodRecord(podObject('p'), { podLabels: ['toString'], podAnnotations: [] })?.labels, {});
});

test('the volumes of a pod with their claims and mount paths', () => {
  const volumes = [
    { name: 'a', emptyDir: {} },
    { name: 'b', emptyDir: { medium: 'Memory' } },
    { name: 'c', emptyDir: { medium: '', sizeLimit: '1Gi' } },
    { name: 'd', persistentVolumeClaim: { claimName: 'data-p' } },
    { name: 'e', ephemeral: { volumeClaimTemplate: {} } },
    { name: 'f', nfs: { server: 's', path: '/' } },
    { name: 'g', projected: {} },
    { name: 'h', configMap: {} },
    { name: 'i', emptyDir: NULL },
    { emptyDir: {} },
    NULL,
  ];
  const volumeMounts = [
    { name: 'd', mountPath: '/data' },
    { name: 'd', mountPath: '/part', subPath: 'x' },
    { name: 'a', mountPath: '/tmp' },
    NULL,
  ];
  const record = toPodRecord(
    podObject('p', { spec: { volumes, containers: [{ name: 'app', volumeMounts }] } }),
    OPTIONS,
  );
  assert.ok(record !== undefined);
  assert.deepEqual(record.volumes, [
    { name: 'a', type: 'emptyDir', memory: false },
    { name: 'b', type: 'emptyDir', memory: true },
    { name: 'c', type: 'emptyDir', memory: false },
    { name: 'd', type: 'persistentVolumeClaim', claim: 'data-p', memory: false, paths: ['/data'] },
    { name: 'e', type: 'ephemeral', claim: `${record.name}-e`, memory: false },
    { name: 'f', type: 'nfs', memory: false },
  ]);
  assert.deepEqual(diskEmptyDirNames(record), ['a', 'c']);
  for (const none of [[], volumes.slice(6), NULL, 'a']) {
    const without = toPodRecord(podObject('p', { spec: { volumes: none } }), OPTIONS);
    assert.ok(without !== undefined);
    assert.equal('volumes' in without, false);
  }
});

test('a pod with hostNetwork', () => {
  assert.equal(toPodRecord(podObject('p', { spec: { hostNetwork: true } }), OPTIONS)?.hostNetwork, true);
  assert.equal(toPodRecord(podObject('p', { spec: { hostNetwork: 'true' } }), OPTIONS)?.hostNetwork, false);
});

const ODD: readonly unknown[] = [
  undefined,
  NULL,
  0,
  'pod',
  [],
  {},
  { metadata: NULL },
  { metadata: { uid: '', namespace: 'n', name: 'p' } },
  { metadata: { uid: 'u', namespace: 'n' } },
  { metadata: { uid: 'u', name: 'p' } },
  { metadata: { uid: ['u'], namespace: 'n', name: 'p' } },
];

for (const odd of ODD) {
  test(`${JSON.stringify(odd)} is not a pod`, () => {
    assert.equal(toPodRecord(odd, OPTIONS), undefined);
  });
}

/** Values of unexpected types. */
const JUNK: readonly unknown[] = [
  undefined,
  NULL,
  true,
  -1,
  Number.NaN,
  'x',
  '',
  [],
  [NULL],
  [[]],
  {},
  { name: {} },
  { name: 'main' },
];

/** Paths of all fields of a pod. */
function paths(value: unknown, path: readonly string[] = []): readonly (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, child]) => paths(child, [...path, key]))];
}

function replaced(value: unknown, [key, ...rest]: readonly string[], by: unknown): unknown {
  if (key === undefined) return by;
  const copy = Array.isArray(value) ? [...(value as unknown[])] : { ...(value as object) };
  const current: unknown = Reflect.get(copy, key);
  Reflect.set(copy, key, replaced(current, rest, by));
  return copy;
}

test('an invalid value in any field never throws, and only in the identity it rejects the pod', () => {
  const pod = podObject('p', {
    metadata: { labels: { a: 'b' }, annotations: {}, ownerReferences: [{ kind: 'Job', name: 'x', controller: true }] },
    spec: { containers: [{ name: 'main', resources: { requests: { cpu: '1' }, limits: {} } }], initContainers: [] },
    status: mainStatus({
      state: { running: { startedAt: 'now' } },
      lastState: { terminated: { reason: 'OOMKilled' } },
      resources: {},
    }),
  });
  const previous = toPodRecord(pod, OPTIONS);
  const lost = new Set<string>();
  for (const path of paths(pod)) {
    for (const junk of JUNK) {
      const record = toPodRecord(replaced(pod, path, junk), { podLabels: ['*'], podAnnotations: ['*'] }, previous);
      if (record === undefined) lost.add(path.join('.'));
    }
  }
  assert.deepEqual([...lost].toSorted(), ['', 'metadata', 'metadata.name', 'metadata.namespace', 'metadata.uid']);
});

test('a pod without a relevant change keeps its record', () => {
  const before = toPodRecord(podObject('p'), OPTIONS);
  const touched = podObject('p', { metadata: { resourceVersion: '8', annotations: { a: 'b' } } });
  assert.equal(toPodRecord(touched, OPTIONS, before), before);
  const moved = podObject('p', { status: { podIP: '10.0.0.8' } });
  assert.notEqual(toPodRecord(moved, OPTIONS, before), before);
});

test('OOM kill counts continue from the previous record of the same UID', () => {
  const before = toPodRecord(podObject('p'), OPTIONS);
  const status = mainStatus({ state: { terminated: { reason: 'OOMKilled', containerID: 'c://1' } } });
  const after = toPodRecord(podObject('p', { status }), OPTIONS, before);
  assert.equal(after?.containers[0]?.oomKills, 1);
  const recreated = toPodRecord(podObject('p', { metadata: { uid: 'new' }, status }), OPTIONS, after);
  assert.equal(recreated?.containers[0]?.oomKills, 0);
});
