import { strict as assert } from 'node:assert';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { CgroupTree } from '../../../src/node/cgroup-tree.ts';
import { OwnPodFinder } from '../../../src/node/own-pod-finder.ts';
import { addFiles, fileTree, type Files } from '../kernel/file-tree.ts';

const UID = '2c48913c-b29f-11e7-9350-020968147796';
const OTHER_UID = '00000000-b29f-11e7-9350-020968147796';
const HASH = '5a7e4f1d8c3b2a69f0e1d2c3b4a59687';
const [A, B, C] = ['a', 'b', 'c'].map((digit) => digit.repeat(64)) as [string, string, string];
const POD = `/kubepods/burstable/pod${UID}`;
const OTHER = `/kubepods/pod${OTHER_UID}`;
const OWN_PID = 7;

/** Cgroups and their processes. */
function cgroups(processes: Readonly<Record<string, string>>): Files {
  return Object.fromEntries(Object.entries(processes).map(([path, pids]) => [`${path.slice(1)}/cgroup.procs`, pids]));
}

const TREE = cgroups({
  '': '',
  [`${OTHER}/${C}`]: '0\n0\n',
  [`${POD}/${A}`]: '0\n',
  [`${POD}/${B}`]: '0\n7\n',
});

interface Setup {
  readonly root: string;
  readonly clock: { now: number };
  readonly own: OwnPodFinder;
  /** UID, path and containers of the found pod. */
  readonly found: () => readonly (readonly [uid: string, path: string, containers: readonly string[]])[];
}

function setup(t: TestContext, files: Files, uid?: string): Setup {
  const root = fileTree(t, files);
  const clock = { now: 0 };
  const identity = uid === undefined ? {} : { uid };
  const own = new OwnPodFinder(new CgroupTree([root]), { ...identity, pid: OWN_PID, now: () => clock.now });
  const found: Setup['found'] = () =>
    own.walk().pods.map((pod) => [pod.uid, pod.path, pod.containers.map(({ id }) => id)]);
  return { root, clock, own, found };
}

describe('the own pod', () => {
  test('is found by its UID', (t) => {
    assert.deepEqual(setup(t, TREE, OTHER_UID).found(), [[OTHER_UID, OTHER, [C]]]);
  });

  test('is found by a UID with underscores', (t) => {
    const pod = '/kubepods.slice/kubepods-podkube_vip.slice';
    const files = cgroups({ [`${pod}/cri-containerd-${A}.scope`]: '0\n' });
    assert.deepEqual(setup(t, files, 'kube_vip').found(), [['kube-vip', pod, [A]]]);
  });

  test('is found by the own process if the UID is unknown', (t) => {
    assert.deepEqual(setup(t, TREE).found(), [[UID, POD, [A, B]]]);
  });

  test('is found by the own process if no cgroup has the UID', (t) => {
    const path = `/kubepods/pod${HASH}`;
    const files = cgroups({ [`${OTHER}/${C}`]: '0\n', [`${path}/${A}`]: '7\n' });
    assert.deepEqual(setup(t, files, UID).found(), [[HASH, path, [A]]]);
  });

  for (const [where, path] of [
    ['in the pod itself', POD],
    ['in a child cgroup of a container', `${POD}/${A}/init`],
    ['far below a container', `${POD}/${A}/user.slice/session.scope`],
  ] as const) {
    test(`is found by the own process ${where}`, (t) => {
      const files = cgroups({ [`${OTHER}/${C}`]: '70\n17\n0\n', [`${POD}/${A}`]: '', [path]: '1\n7\n' });
      assert.deepEqual(setup(t, files).found(), [[UID, POD, [A]]]);
    });
  }

  for (const [what, files] of [
    ['without UID and visible process', cgroups({ [`${POD}/${A}`]: '0\n', [`${OTHER}/${C}`]: '70\n17\n' })],
    [
      'if the own process is outside of all pods',
      cgroups({ '': '7\n', [`${POD}/${A}`]: '0\n', '/system.slice': '7\n' }),
    ],
    ['if only the own cgroup is visible', cgroups({ '': '7\n' })],
  ] as const) {
    test(`is not found ${what}`, (t) => {
      assert.deepEqual(setup(t, files).found(), []);
    });
  }

  test('is returned without the slices above it', (t) => {
    const { own, root } = setup(t, TREE);
    const { slices, kubepodsRoots } = own.walk();
    assert.deepEqual([slices, kubepodsRoots, own.directory], [[], [], root]);
  });

  test('has current containers and stays the same object', (t) => {
    const { own, root } = setup(t, TREE, UID);
    const [before] = own.walk().pods;
    const [, b] = before?.containers ?? [];
    rmSync(join(root, POD, A), { recursive: true });
    addFiles(root, cgroups({ [`${POD}/${C}`]: '0\n' }));
    const [after] = own.walk().pods;
    assert.equal(after, before);
    assert.deepEqual(
      after?.containers.map(({ id }) => id),
      [B, C],
    );
    assert.equal(after.containers[0], b);
  });

  test('is not searched again while it exists', (t) => {
    const { root, clock, found } = setup(t, cgroups({ [`${POD}/${A}`]: '' }), UID);
    assert.equal(found().length, 1);
    // A walk would prefer the populated duplicate.
    addFiles(root, cgroups({ [`/kubepods/pod${UID}/${B}`]: '7\n' }));
    clock.now = 1_000_000;
    assert.deepEqual(found(), [[UID, POD, [A]]]);
  });

  test('is searched again after it has vanished, at most every 30 s', (t) => {
    const { root, clock, found } = setup(t, TREE, UID);
    assert.equal(found().length, 1);
    rmSync(join(root, POD), { recursive: true });
    clock.now = 29_999;
    assert.deepEqual(found(), []);
    const elsewhere = `/kubepods/besteffort/pod${UID}`;
    addFiles(root, cgroups({ [`${elsewhere}/${A}`]: '0\n' }));
    assert.deepEqual(found(), []);
    clock.now = 30_000;
    assert.deepEqual(found(), [[UID, elsewhere, [A]]]);
    rmSync(join(root, elsewhere), { recursive: true });
    clock.now = 59_999;
    assert.deepEqual(found(), []);
    clock.now = 60_000;
    assert.deepEqual(found(), []);
    addFiles(root, cgroups({ [`${POD}/${A}`]: '0\n' }));
    clock.now = 89_999;
    assert.deepEqual(found(), []);
    clock.now = 90_000;
    assert.deepEqual(found(), [[UID, POD, [A]]]);
  });
});
