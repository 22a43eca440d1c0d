import { strict as assert } from 'node:assert';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { CgroupTree, type PodCgroup } from '../../../src/node/cgroup-tree.ts';
import { addFiles, fileTree, type Files } from '../kernel/file-tree.ts';

const UID = '2c48913c-b29f-11e7-9350-020968147796';
const UNDERSCORED = UID.replaceAll('-', '_');
const OTHER_UID = '00000000-b29f-11e7-9350-020968147796';
const ID = 'a'.repeat(64);
const OTHER_ID = 'b'.repeat(64);

const POD = `/kubepods/pod${UID}`;
const SYSTEMD_POD = `/kubepods.slice/kubepods-pod${UNDERSCORED}.slice`;

interface Node {
  readonly tree: CgroupTree;
  readonly add: (files: Files) => void;
  readonly remove: (path: string) => void;
  readonly only: () => PodCgroup;
}

function node(t: TestContext, files: Files): Node {
  const root = fileTree(t, files);
  const tree = new CgroupTree([root]);
  return {
    tree,
    add: (more) => addFiles(root, more),
    remove: (path) => rmSync(join(root, path), { recursive: true }),
    only() {
      const [pod, ...others] = tree.walk().pods;
      assert.ok(pod !== undefined);
      assert.equal(others.length, 0);
      return pod;
    },
  };
}

describe('a second walk', () => {
  test('returns the same objects for an unchanged tree', (t) => {
    const { only } = node(t, { [`${POD}/${ID}/cgroup.procs`]: '1\n', [`${POD}/${OTHER_ID}/`]: '' });
    const before = only();
    const { containers } = before;
    const after = only();
    assert.equal(after, before);
    assert.equal(after.containers, containers);
  });

  test('returns the same objects beside a container monitor with a name of the same length', (t) => {
    const { only } = node(t, { [`${POD}/crio-${ID}/`]: '', [`${POD}/crio-conmon-${OTHER_ID}/`]: '' });
    const before = only();
    const [container] = before.containers;
    const after = only();
    assert.equal(after, before);
    assert.deepEqual(
      after.containers.map(({ id }) => id),
      [ID],
    );
    assert.equal(after.containers[0], container);
  });

  test('finds a new container and keeps the existing one', (t) => {
    const { only, add } = node(t, { [`${POD}/${ID}/`]: '' });
    const pod = only();
    const [container] = pod.containers;
    add({ [`${POD}/${OTHER_ID}/`]: '' });
    assert.equal(only(), pod);
    assert.deepEqual(pod.containers.map(({ id }) => id).toSorted(), [ID, OTHER_ID]);
    assert.ok(pod.containers.includes(container ?? assert.fail()));
  });

  test('drops a removed container and keeps the existing one', (t) => {
    const { only, remove } = node(t, { [`${POD}/${ID}/`]: '', [`${POD}/${OTHER_ID}/`]: '' });
    const pod = only();
    const stays = pod.containers.find(({ id }) => id === OTHER_ID);
    remove(`${POD}/${ID}`);
    assert.equal(only(), pod);
    assert.deepEqual(pod.containers, [stays]);
    assert.equal(pod.containers[0], stays);
    remove(`${POD}/${OTHER_ID}`);
    assert.deepEqual(only().containers, []);
  });

  test('finds a container that replaced another', (t) => {
    const { only, add, remove } = node(t, { [`${POD}/${ID}/`]: '' });
    only();
    remove(`${POD}/${ID}`);
    add({ [`${POD}/${OTHER_ID}/`]: '' });
    assert.deepEqual(only().containers, [{ id: OTHER_ID, path: `${POD}/${OTHER_ID}` }]);
  });

  test('finds new pods and drops removed ones', (t) => {
    const { tree, add, remove } = node(t, { [`${POD}/${ID}/`]: '' });
    const uids = (): string[] =>
      tree
        .walk()
        .pods.map(({ uid }) => uid)
        .toSorted();
    assert.deepEqual(uids(), [UID]);
    add({ [`/kubepods/pod${OTHER_UID}/${OTHER_ID}/`]: '' });
    assert.deepEqual(uids(), [OTHER_UID, UID]);
    remove(POD);
    assert.deepEqual(uids(), [OTHER_UID]);
    remove(`/kubepods/pod${OTHER_UID}`);
    assert.deepEqual(uids(), []);
  });

  test('returns a new object for a recreated pod', (t) => {
    const { only, tree, add, remove } = node(t, { [`${POD}/${ID}/`]: '' });
    const before = only();
    remove(POD);
    assert.deepEqual(tree.walk().pods, []);
    add({ [`${POD}/${ID}/`]: '' });
    const after = only();
    assert.notEqual(after, before);
    assert.notEqual(after.containers[0], before.containers[0]);
  });

  test('finds a new kubepods cgroup and drops it after its removal', (t) => {
    const { tree, add, remove } = node(t, { 'system.slice/kubelet.service/': '' });
    assert.deepEqual(tree.walk().slices.toSorted(), ['/', '/system.slice', '/system.slice/kubelet.service']);
    add({ [`${POD}/${ID}/`]: '' });
    const { pods, slices } = tree.walk();
    assert.deepEqual([pods.length, slices.toSorted()], [1, ['/', '/kubepods', '/system.slice']]);
    remove('/kubepods');
    assert.deepEqual(tree.walk().kubepodsRoots, []);
  });
});

describe('the trees of both cgroup drivers with the same pods', () => {
  const FULL = { 'cgroup.procs': '41\n' };
  const EMPTY = { 'cgroup.procs': '' };

  function container(path: string, id: string, { 'cgroup.procs': processes }: typeof FULL): Files {
    return { [`${path}/cgroup.procs`]: '', [`${path}/${id}/cgroup.procs`]: processes };
  }

  const CASES: readonly (readonly [what: string, files: Files, path: string])[] = [
    [
      'the populated one wins with a longer path',
      { ...container(POD, ID, EMPTY), ...container(SYSTEMD_POD, ID, FULL) },
      SYSTEMD_POD,
    ],
    [
      'the populated one wins with a shorter path',
      { ...container(POD, ID, FULL), ...container(SYSTEMD_POD, ID, EMPTY) },
      POD,
    ],
    [
      'one with containers wins over one without',
      { [`${POD}/cgroup.procs`]: '', ...container(SYSTEMD_POD, ID, EMPTY) },
      SYSTEMD_POD,
    ],
    [
      'processes in the pod cgroup outrank empty containers',
      { ...container(POD, ID, EMPTY), [`${SYSTEMD_POD}/cgroup.procs`]: '41\n' },
      SYSTEMD_POD,
    ],
    [
      'the shorter path breaks a tie of populated ones',
      { ...container(POD, ID, FULL), ...container(SYSTEMD_POD, ID, FULL) },
      POD,
    ],
    [
      'the shorter path breaks a tie if it is found later',
      { ...container(`/above${POD}`, ID, FULL), ...container(POD, ID, FULL) },
      POD,
    ],
    ['the shorter path breaks a tie of empty ones', { [`${POD}/`]: '', [`${SYSTEMD_POD}/`]: '' }, POD],
  ];
  for (const [what, files, path] of CASES) {
    test(what, (t) => assert.equal(node(t, files).only().path, path));
  }

  test('both count as kubepods', (t) => {
    const { tree } = node(t, { ...container(POD, ID, EMPTY), ...container(SYSTEMD_POD, ID, FULL) });
    const { kubepodsRoots, slices } = tree.walk();
    assert.deepEqual(kubepodsRoots.toSorted(), ['/kubepods', '/kubepods.slice']);
    assert.deepEqual(slices.toSorted(), ['/', '/kubepods', '/kubepods.slice']);
  });

  test('a pod that exists in only one tree is found', (t) => {
    const other = `/kubepods/pod${OTHER_UID}`;
    const { tree } = node(t, {
      ...container(POD, ID, EMPTY),
      ...container(SYSTEMD_POD, ID, FULL),
      ...container(other, OTHER_ID, FULL),
    });
    assert.deepEqual(
      tree
        .walk()
        .pods.map(({ path }) => path)
        .toSorted(),
      [SYSTEMD_POD, other],
    );
  });

  test('the winner changes when the processes do', (t) => {
    const { only, add } = node(t, { ...container(POD, ID, FULL), ...container(SYSTEMD_POD, ID, EMPTY) });
    assert.equal(only().path, POD);
    add({ ...container(POD, ID, EMPTY), ...container(SYSTEMD_POD, ID, FULL) });
    assert.equal(only().path, SYSTEMD_POD);
  });
});
