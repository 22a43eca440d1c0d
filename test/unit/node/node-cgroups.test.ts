import { strict as assert } from 'node:assert';
import { describe, test, type TestContext } from 'node:test';
import { CgroupTree } from '../../../src/node/cgroup-tree.ts';
import { findNodeCgroups } from '../../../src/node/node-cgroups.ts';
import { fileTree } from '../kernel/file-tree.ts';

const POD = 'pod2c48913c-b29f-11e7-9350-020968147796';
const ID = 'a'.repeat(64);

/** Returns the node cgroups of a tree with these directories, as `name path`. */
function found(t: TestContext, ...directories: readonly string[]): readonly string[] {
  return foundWith(t, directories, []);
}

/** As {@link found}; `known` are the UIDs of the pods that have names. */
function foundWith(t: TestContext, directories: readonly string[], known: readonly string[]): readonly string[] {
  const root = fileTree(t, Object.fromEntries(directories.map((path) => [`${path}/cgroup.procs`, ''])));
  return findNodeCgroups(root, new CgroupTree([root]).walk(), (uid) => known.includes(uid)).map(
    ({ name, path }) => `${name} ${path}`,
  );
}

describe('the cgroups of the node', () => {
  test('are the root, the pods, the kubelet and the runtime', (t) => {
    assert.deepEqual(found(t, `kubepods/${POD}/${ID}`, 'system.slice/kubelet.service', 'system.slice/crio.service'), [
      'node /',
      'pods /kubepods',
      'kubelet /system.slice/kubelet.service',
      'runtime /system.slice/crio.service',
    ]);
  });

  test('are only the existing ones', (t) => {
    assert.deepEqual(found(t, 'system.slice/ssh.service'), ['node /']);
    assert.deepEqual(found(t, 'kubepods'), ['node /', 'pods /kubepods']);
  });

  test('may be in other slices', (t) => {
    assert.deepEqual(found(t, 'runtime.slice/kubelet.service', 'podruntime.slice/containerd.service'), [
      'node /',
      'kubelet /runtime.slice/kubelet.service',
      'runtime /podruntime.slice/containerd.service',
    ]);
  });

  test('have no service on Talos', (t) => {
    assert.deepEqual(found(t, 'podruntime/kubelet', 'podruntime/runtime', 'podruntime/etcd', 'system/runtime'), [
      'node /',
      'kubelet /podruntime/kubelet',
      'runtime /podruntime/runtime',
    ]);
  });

  test('include the first of two runtimes', (t) => {
    assert.deepEqual(found(t, 'system.slice/docker.service', 'system.slice/containerd.service'), [
      'node /',
      'runtime /system.slice/containerd.service',
    ]);
  });

  test('exclude the leftover tree of another cgroup driver', (t) => {
    assert.deepEqual(
      found(t, 'kubepods/burstable', `kubepods.slice/kubepods-${POD.replaceAll('-', '_')}.slice/${ID}`),
      ['node /', 'pods /kubepods.slice'],
    );
  });

  test('are those of the tree whose pods have names, with its QoS classes', (t) => {
    const own = '1c48913c-b29f-11e7-9350-020968147796';
    const trees = [
      `kubepods/burstable/${POD}/${ID}`,
      `kubepods/${POD.replace('2c', '3c')}/${ID}`,
      `kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod${own.replaceAll('-', '_')}.slice`,
    ];
    assert.deepEqual(foundWith(t, trees, [own]), [
      'node /',
      'pods /kubepods.slice',
      'qos /kubepods.slice/kubepods-besteffort.slice',
    ]);
    assert.deepEqual(foundWith(t, trees, []), ['node /', 'pods /kubepods', 'qos /kubepods/burstable']);
  });
});
