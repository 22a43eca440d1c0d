import { strict as assert } from 'node:assert';
import { describe, test, type TestContext } from 'node:test';
import { nodeMounts } from '../../../src/storage/mounts.ts';
import { fileTree, type Files } from '../kernel/file-tree.ts';

function line(point: string, device: string): string {
  return `36 35 ${device} / ${point} rw,noatime shared:1 - ext4 /dev/x rw\n`;
}

function seen(t: TestContext, files: Files, rootfs = '/'): Readonly<Record<string, string | undefined>> {
  const procfs = fileTree(t, files);
  return Object.fromEntries(nodeMounts({ procfs, rootfs }).map((mount) => [mount.mountPoint, mount.seen]));
}

describe('the mounts of the node', () => {
  test('are all seen where they are ours', (t) => {
    const mountinfo = line('/', '8:1') + line('/mnt', '8:2');
    assert.deepEqual(seen(t, { '1/mountinfo': mountinfo, 'self/mountinfo': mountinfo }), { '/': '/', '/mnt': '/mnt' });
  });

  test('are seen below the root of the node, where they follow', (t) => {
    const node = line('/', '8:1') + line('/mnt', '8:2') + line('/later', '8:3');
    const own = line('/', '0:50') + line('/host/root', '8:1') + line('/host/root/mnt', '8:2');
    assert.deepEqual(seen(t, { '1/mountinfo': node, 'self/mountinfo': own }, '/host/root'), {
      '/': '/host/root',
      '/mnt': '/host/root/mnt',
      '/later': undefined,
    });
  });

  test('are not taken for others that we have in their place', (t) => {
    const node = line('/', '8:1') + line('/mnt', '8:2');
    const own = line('/', '0:50') + line('/mnt', '8:2');
    assert.deepEqual(seen(t, { '1/mountinfo': node, 'self/mountinfo': own }), { '/': undefined, '/mnt': '/mnt' });
  });

  test('of one place the last hides the others', (t) => {
    const mountinfo = line('/mnt', '8:2') + line('/mnt', '8:3');
    const procfs = fileTree(t, { '1/mountinfo': mountinfo, 'self/mountinfo': mountinfo });
    assert.deepEqual(
      nodeMounts({ procfs, rootfs: '/' }).map(({ device }) => device),
      ['8:3'],
    );
  });

  test('are ours where those of process 1 are not to be read', (t) => {
    assert.deepEqual(seen(t, { 'self/mountinfo': line('/mnt', '8:2') }), { '/mnt': '/mnt' });
  });

  test('are an error where there is no list at all', (t) => {
    const procfs = fileTree(t, { x: '' });
    assert.throws(() => nodeMounts({ procfs, rootfs: '/' }), { code: 'ENOENT' });
  });
});
