import { strict as assert } from 'node:assert';
import { describe, test } from 'node:test';
import { parseCgroupName, parsePodName, type CgroupName } from '../../../src/node/cgroup-names.ts';

const UID = '2c48913c-b29f-11e7-9350-020968147796';
const UNDERSCORED = UID.replaceAll('-', '_');
const HASH = '5a7e4f1d8c3b2a69f0e1d2c3b4a59687';
const ID = 'c0ffee'.padEnd(64, '0123456789abcdef');

const CASES: readonly (readonly [dialect: string, name: string, expected: CgroupName])[] = [
  ['cgroupfs driver', 'kubepods', { kind: 'kubepods' }],
  ['systemd driver', 'kubepods.slice', { kind: 'kubepods' }],
  ['kind', 'kubelet-kubepods.slice', { kind: 'kubepods' }],
  ['a cgroup root with two components', 'a-b-kubepods.slice', { kind: 'kubepods' }],

  ['cgroupfs driver', 'burstable', { kind: 'qos', qos: 'Burstable' }],
  ['cgroupfs driver', 'besteffort', { kind: 'qos', qos: 'BestEffort' }],
  ['systemd driver', 'kubepods-burstable.slice', { kind: 'qos', qos: 'Burstable' }],
  ['systemd driver', 'kubepods-besteffort.slice', { kind: 'qos', qos: 'BestEffort' }],
  ['kind', 'kubelet-kubepods-besteffort.slice', { kind: 'qos', qos: 'BestEffort' }],

  ['cgroupfs driver', `pod${UID}`, { kind: 'pod', uid: UID }],
  ['cgroupfs driver, static pod', `pod${HASH}`, { kind: 'pod', uid: HASH }],
  ['systemd driver, Guaranteed', `kubepods-pod${UNDERSCORED}.slice`, { kind: 'pod', uid: UID }],
  ['systemd driver, Burstable', `kubepods-burstable-pod${UNDERSCORED}.slice`, { kind: 'pod', uid: UID }],
  ['systemd driver, BestEffort', `kubepods-besteffort-pod${UNDERSCORED}.slice`, { kind: 'pod', uid: UID }],
  ['systemd driver, static pod', `kubepods-burstable-pod${HASH}.slice`, { kind: 'pod', uid: HASH }],
  ['kind', `kubelet-kubepods-burstable-pod${UNDERSCORED}.slice`, { kind: 'pod', uid: UID }],
  ['kind, Guaranteed', `kubelet-kubepods-pod${UNDERSCORED}.slice`, { kind: 'pod', uid: UID }],

  ['cgroupfs driver, UID in capital letters', `pod${UID.toUpperCase()}`, { kind: 'pod', uid: UID.toUpperCase() }],
  [
    'systemd driver, UID in capital letters',
    `kubepods-burstable-pod${UNDERSCORED.toUpperCase()}.slice`,
    { kind: 'pod', uid: UID.toUpperCase() },
  ],
  ['cgroupfs driver, UID from a manifest', 'podkube-vip-static', { kind: 'pod', uid: 'kube-vip-static' }],
  [
    'systemd driver, UID from a manifest',
    'kubepods-besteffort-podkube_vip_static.slice',
    { kind: 'pod', uid: 'kube-vip-static' },
  ],
  ['cgroupfs driver, UID that looks like a name of another driver', 'poda-podb', { kind: 'pod', uid: 'a-podb' }],
  ['systemd driver, SHA-256', `kubepods-pod${ID}.slice`, { kind: 'pod', uid: ID }],
  ['cgroupfs driver, SHA-256', `pod${ID}`, { kind: 'pod', uid: ID }],
  ['cgroupfs driver', ID, { kind: 'container', id: ID }],
  ['containerd', `cri-containerd-${ID}.scope`, { kind: 'container', id: ID }],
  ['CRI-O with systemd', `crio-${ID}.scope`, { kind: 'container', id: ID }],
  ['CRI-O with cgroupfs', `crio-${ID}`, { kind: 'container', id: ID }],
  ['docker', `docker-${ID}.scope`, { kind: 'container', id: ID }],
  ['podman', `libpod-${ID}.scope`, { kind: 'container', id: ID }],
  ['nerdctl', `nerdctl-${ID}.scope`, { kind: 'container', id: ID }],

  ['Kata', `kata_${ID}`, { kind: 'container', id: ID }],
  ['Kata with systemd', `cri-containerd-kata_${ID}.scope`, { kind: 'container', id: ID }],
  [
    'notation of the systemd driver as a path',
    `kubepods-besteffort-pod${UNDERSCORED}.slice:cri-containerd:${ID}`,
    { kind: 'container', id: ID, podUid: UID },
  ],
  [
    'notation of the systemd driver as a path, below another slice',
    `kubelet-kubepods-pod${HASH}.slice:crio:${ID}`,
    { kind: 'container', id: ID, podUid: HASH },
  ],
  [
    'notation of the systemd driver as a path, Kata',
    `kubepods-pod${UNDERSCORED}.slice:cri-containerd:kata_${ID}`,
    { kind: 'container', id: ID, podUid: UID },
  ],
  ['notation of the systemd driver without a pod', `system.slice:docker:${ID}`, { kind: 'container', id: ID }],

  ["CRI-O's monitor", `crio-conmon-${ID}.scope`, { kind: 'ignored' }],
  ["CRI-O's monitor with cgroupfs", `crio-conmon-${ID}`, { kind: 'ignored' }],
  ["podman's monitor", `libpod-conmon-${ID}.scope`, { kind: 'ignored' }],
  ['mount unit', String.raw`var-lib-kubelet-pods-${UID}-volumes-kubernetes.io\x7eprojected.mount`, { kind: 'ignored' }],
  [
    'mount unit of a container',
    `run-containerd-io.containerd.runtime.v2.task-k8s.io-${ID}-rootfs.mount`,
    { kind: 'ignored' },
  ],
  ['mount unit with the name of a slice', 'kubepods.mount', { kind: 'ignored' }],

  ['service', 'kubelet.service', { kind: 'other' }],
  ['slice', 'system.slice', { kind: 'other' }],
  ['slice above kubepods', 'kubelet.slice', { kind: 'other' }],
  ['name that only starts with kubepods', 'kubepods-test', { kind: 'other' }],
  ['name that only ends in kubepods', 'mykubepods', { kind: 'other' }],
  ['service named kubepods', 'kubepods.service', { kind: 'other' }],
  ['slice of a pod outside of kubepods', `machine-pod${UNDERSCORED}.slice`, { kind: 'other' }],
  ['service in a slice of pods', `kubepods-pod${UNDERSCORED}.service`, { kind: 'other' }],
  ['pod without UID', 'pod', { kind: 'other' }],
  ['UID without pod', UID, { kind: 'other' }],
  ['ID that is too short', ID.slice(1), { kind: 'other' }],
  ['ID that is too long', `${ID}0`, { kind: 'other' }],
  ['ID with capital letters', ID.toUpperCase(), { kind: 'other' }],
  ['unit of a container with another suffix', `docker-${ID}.service`, { kind: 'other' }],
  ['notation of the systemd driver, ID that is too short', `a.slice:crio:${ID.slice(1)}`, { kind: 'other' }],
  ['cgroup created by a container', 'init.scope', { kind: 'other' }],
  ['nothing', '', { kind: 'other' }],
];

describe('parseCgroupName', () => {
  for (const [dialect, name, expected] of CASES) {
    test(`${dialect}: ${name.replace(ID, '<id>')}`, () => assert.deepEqual(parseCgroupName(name), expected));
  }
});

describe('parsePodName', () => {
  test('a UID from a manifest that looks like the ID of a container', () => {
    assert.deepEqual(parsePodName(`podx-${ID}`), { kind: 'pod', uid: `x-${ID}` });
    assert.deepEqual(parsePodName(`pod-${ID}`), { kind: 'pod', uid: `-${ID}` });
  });

  test('the same as parseCgroupName for other names', () => {
    const others = CASES.filter(([, , { kind }]) => kind !== 'container');
    for (const [, name, expected] of others) assert.deepEqual(parsePodName(name), expected);
    assert.deepEqual(parsePodName(`crio-${ID}.scope`), { kind: 'container', id: ID });
  });
});
