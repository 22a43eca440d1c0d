import { strict as assert } from 'node:assert';
import { describe, test, type TestContext } from 'node:test';
import { nodeMounts } from '../../../src/storage/mounts.ts';
import { fileTree, type Files } from '../kernel/file-tree.ts';

function line(point: string, device: string): string {
  return `36 35 ${device} / ${point} rw,noatime shared:1 - ext4 /dev/x rw\n`;
}

function visiblePaths(t: TestContext, files: Files, rootfs = '/'): Readonly<Record<string, string | undefined>> {
  const procfs = fileTree(t, files);
  return Object.fromEntries(nodeMounts({ procfs, rootfs }).map((mount) => [mount.mountPoint, mount.visiblePath]));
}

describe('the mounts of the node', () => {
  test('are all visible in the mount namespace of the node', (t) => {
    const mountinfo = line('/', '8:1') + line('/mnt', '8:2');
    assert.deepEqual(visiblePaths(t, { '1/mountinfo': mountinfo, 'self/mountinfo': mountinfo }), {
      '/': '/',
      '/mnt': '/mnt',
    });
  });

  test('are visible below the root of the node if they are propagated', (t) => {
    const node = line('/', '8:1') + line('/mnt', '8:2') + line('/later', '8:3');
    const own = line('/', '0:50') + line('/host/root', '8:1') + line('/host/root/mnt', '8:2');
    assert.deepEqual(visiblePaths(t, { '1/mountinfo': node, 'self/mountinfo': own }, '/host/root'), {
      '/': '/host/root',
      '/mnt': '/host/root/mnt',
      '/later': undefined,
    });
  });

  test('are not confused with other mounts of ours at the same path', (t) => {
    const node = line('/', '8:1') + line('/mnt', '8:2');
    const own = line('/', '0:50') + line('/mnt', '8:2');
    assert.deepEqual(visiblePaths(t, { '1/mountinfo': node, 'self/mountinfo': own }), {
      '/': undefined,
      '/mnt': '/mnt',
    });
  });

  test('of one path: the last hides the others', (t) => {
    const mountinfo = line('/mnt', '8:2') + line('/mnt', '8:3');
    const procfs = fileTree(t, { '1/mountinfo': mountinfo, 'self/mountinfo': mountinfo });
    assert.deepEqual(
      nodeMounts({ procfs, rootfs: '/' }).map(({ device }) => device),
      ['8:3'],
    );
  });

  test('are ours if those of process 1 are not readable', (t) => {
    assert.deepEqual(visiblePaths(t, { 'self/mountinfo': line('/mnt', '8:2') }), { '/mnt': '/mnt' });
  });

  test('are an error if no list is readable', (t) => {
    const procfs = fileTree(t, { x: '' });
    assert.throws(() => nodeMounts({ procfs, rootfs: '/' }), { code: 'ENOENT' });
  });
});
