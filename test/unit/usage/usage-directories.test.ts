import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { toPodRecord } from '../../../src/pods/records/pod-record.ts';
import { findUsageDirectories, type UsageDirectories } from '../../../src/usage/usage-directories.ts';
import type { UsagePod } from '../../../src/usage/usage-cache.ts';
import { WritableLayers } from '../../../src/usage/writable-layers.ts';
import { fileTree, type Files } from '../kernel/file-tree.ts';
import { OPTIONS, podObject } from '../pods/pod-objects.ts';

const OVERLAY = '600 500 0:99 / / rw - overlay overlay rw,lowerdir=/l,upperdir=/snapshots/7/fs,workdir=/w\n';
/** The same superblock as the node sees it. */
const NODE = `${OVERLAY.replace('/ / rw', '/ /run/7/rootfs rw')}1 2 8:1 / / rw - ext4 /dev/sda1 rw\n`;
const OTHER = '600 500 8:1 / / rw - ext4 /dev/sda1 rw\n';

const EMPTY_DIRS = 'kubelet/pods/uid-1/volumes/kubernetes.io~empty-dir';

/** Describes the directories of a pod with the container `app` in the cgroup `/pod/app`, one per line. */
function found(t: TestContext, files: Files, pod: Partial<UsagePod> = {}): string[] {
  const root = fileTree(t, { 'proc/1/mountinfo': NODE, 'cgroup/pod/app/': '', ...files });
  const paths = {
    procfs: join(root, 'proc'),
    rootfs: join(root, 'rootfs'),
    kubelet: join(root, 'kubelet'),
    cgroups: () => join(root, 'cgroup'),
  };
  const line = (measurable: UsageDirectories): string => {
    const { container = '-', type } = measurable.key;
    const outcome =
      'failure' in measurable
        ? `${measurable.failure.code} at ${measurable.failure.path}`
        : measurable.directories.map(({ root: top, path }) => join(top, path)).join(' ');
    return `${container} ${type} ${outcome}`.trim().replaceAll(`${root}/`, '');
  };
  return [
    ...findUsageDirectories(
      { uid: 'uid-1', containers: [{ name: 'app', cgroup: '/pod/app' }], ...pod },
      paths,
      new WritableLayers(paths),
    ),
  ].map(line);
}

function recordWith(volumes: readonly object[]): UsagePod['record'] & object {
  const object = podObject('web') as { spec: object };
  const record = toPodRecord({ ...object, spec: { ...object.spec, volumes } }, OPTIONS);
  assert.ok(record !== undefined);
  return record;
}

function ofType(lines: readonly string[], type: string): readonly string[] {
  return lines.filter((line) => line.split(' ')[1] === type);
}

describe('the emptyDir volumes of a pod', () => {
  test('are those of its spec', (t) => {
    const record = recordWith([
      { name: 'b', emptyDir: {} },
      { name: 'a', emptyDir: {} },
    ]);
    const lines = found(t, { [`${EMPTY_DIRS}/leftover/`]: '' }, { record });
    assert.deepEqual(ofType(lines, 'empty_dir'), [`- empty_dir ${EMPTY_DIRS}/b ${EMPTY_DIRS}/a`]);
  });

  test('are none if the spec has none', (t) => {
    const lines = found(t, { [`${EMPTY_DIRS}/leftover/`]: '' }, { record: recordWith([]) });
    assert.deepEqual(ofType(lines, 'empty_dir'), []);
  });

  test('are unknown without pod metadata', (t) => {
    assert.deepEqual(ofType(found(t, { [`${EMPTY_DIRS}/a/`]: '' }), 'empty_dir'), []);
  });
});

describe('a name that leads out of its directory', () => {
  test('has no directory', (t) => {
    const lines = found(
      t,
      {},
      {
        record: recordWith(['..', '../../..', '.', '', 'a/b', 'a\0'].map((name) => ({ name, emptyDir: {} }))),
        containers: [{ name: '../../../..', cgroup: '/pod/app' }],
      },
    );
    assert.deepEqual([ofType(lines, 'empty_dir'), ofType(lines, 'logs')], [[], []]);
  });
});

describe('the logs of a container', () => {
  test('are in the directory of the pod name and the cgroup UID', (t) => {
    const record = recordWith([]);
    assert.deepEqual(ofType(found(t, {}, { record }), 'logs'), [
      `app logs rootfs/var/log/pods/${record.namespace}_${record.name}_uid-1/app`,
    ]);
  });

  test('are unknown without pod metadata', (t) => assert.deepEqual(ofType(found(t, {}), 'logs'), []));
});

describe('the writable layer of a container', () => {
  const layer = (t: TestContext, files: Files): string => ofType(found(t, files), 'writable_layer').join();

  test('is the upper directory of the overlay at the root of its first process', (t) => {
    const files = {
      'cgroup/pod/app/cgroup.procs': '41\n42\n',
      'proc/41/mountinfo': OVERLAY,
      'proc/42/mountinfo': OTHER,
    };
    assert.equal(layer(t, files), 'app writable_layer rootfs/snapshots/7/fs');
  });

  test('is found by the next process if the first has exited or has another root', (t) => {
    const files = {
      'cgroup/pod/app/cgroup.procs': '40\n42\n41\n',
      'proc/41/mountinfo': OVERLAY,
      'proc/42/mountinfo': OTHER,
    };
    assert.equal(layer(t, files), 'app writable_layer rootfs/snapshots/7/fs');
  });

  test('is found by a process in a child cgroup of the container', (t) => {
    const files = {
      'cgroup/pod/app/cgroup.procs': '',
      'cgroup/pod/app/init.scope/cgroup.procs': '41\n',
      'proc/41/mountinfo': OVERLAY,
    };
    assert.equal(layer(t, files), 'app writable_layer rootfs/snapshots/7/fs');
  });

  test('is found by a process of systemd in a container of crun, two levels below', (t) => {
    const files = {
      'cgroup/pod/app/cgroup.procs': '',
      'cgroup/pod/app/container/cgroup.procs': '',
      'cgroup/pod/app/container/init.scope/cgroup.procs': '41\n',
      'proc/41/mountinfo': OVERLAY,
    };
    assert.equal(layer(t, files), 'app writable_layer rootfs/snapshots/7/fs');
  });

  test('is not searched for in a container that makes cgroups without end', (t) => {
    const empty = Array.from({ length: 200 }, (_, index) => [`cgroup/pod/app/a${index}/cgroup.procs`, ''] as const);
    const files = {
      ...Object.fromEntries(empty),
      'cgroup/pod/app/z/cgroup.procs': '41\n',
      'proc/41/mountinfo': OVERLAY,
    };
    assert.equal(layer(t, files), 'app writable_layer no visible process at /pod/app');
  });

  test('is what the node mounted: an overlay of the container in a namespace of its own is none', (t) => {
    const own = OVERLAY.replace('0:99', '0:140').replace('/snapshots/7/fs', '/etc');
    const files = { 'cgroup/pod/app/cgroup.procs': '41\n', 'proc/41/mountinfo': own };
    assert.equal(layer(t, files), 'app writable_layer root is not a mount of the node at proc/41/mountinfo');
    const both = { ...files, 'cgroup/pod/app/cgroup.procs': '41\n42\n', 'proc/42/mountinfo': OVERLAY };
    assert.equal(layer(t, both), 'app writable_layer rootfs/snapshots/7/fs');
  });

  test('is that of the node where the options of the container name another', (t) => {
    const files = {
      'cgroup/pod/app/cgroup.procs': '41\n',
      'proc/41/mountinfo': OVERLAY.replace('/snapshots/7/fs', '/etc'),
    };
    assert.equal(layer(t, files), 'app writable_layer rootfs/snapshots/7/fs');
  });

  test('is unknown if the node has no such mount yet, and known as soon as it has', (t) => {
    const files = { 'cgroup/pod/app/cgroup.procs': '41\n', 'proc/41/mountinfo': OVERLAY };
    assert.match(layer(t, { ...files, 'proc/1/mountinfo': '' }), /root is not a mount of the node/);
    assert.equal(layer(t, files), 'app writable_layer rootfs/snapshots/7/fs');
  });

  test('is unknown without an overlay', (t) => {
    const files = { 'cgroup/pod/app/cgroup.procs': '42\n', 'proc/42/mountinfo': OTHER };
    assert.equal(layer(t, files), 'app writable_layer root is not an overlay at proc/42/mountinfo');
  });

  test('is unknown without a visible process', (t) => {
    const failure = 'app writable_layer no visible process at /pod/app';
    assert.equal(layer(t, { 'cgroup/pod/app/cgroup.procs': '' }), failure);
    assert.equal(layer(t, { 'cgroup/pod/app/cgroup.procs': '0\n0\n' }), failure);
    const foreign = {
      'cgroup/pod/app/cgroup.procs': '41\n',
      'proc/41/mountinfo': OVERLAY,
      'proc/self/status': 'NSpid:\t9\t1\n',
    };
    assert.equal(layer(t, foreign), failure);
  });

  test('is unknown if the process has exited', (t) => {
    assert.equal(layer(t, { 'cgroup/pod/app/cgroup.procs': '41\n' }), 'app writable_layer ENOENT at proc/41/mountinfo');
  });
});
