import { strict as assert } from 'node:assert';
import { describe, test, type TestContext } from 'node:test';
import { NodeMounts } from '../../../src/storage/mounts.ts';
import { fileTree, type Files } from '../kernel/file-tree.ts';

function line(point: string, device: string): string {
  return `36 35 ${device} / ${point} rw,noatime shared:1 - ext4 /dev/x rw\n`;
}

async function visiblePaths(
  t: TestContext,
  files: Files,
  rootfs = '/',
): Promise<Readonly<Record<string, string | undefined>>> {
  const procfs = fileTree(t, files);
  const mounts = await new NodeMounts({ procfs, rootfs }).current();
  return Object.fromEntries(mounts.map((mount) => [mount.mountPoint, mount.visiblePath]));
}

describe('the mounts of the node', () => {
  test('are all visible in the mount namespace of the node', async (t) => {
    const mountinfo = line('/', '8:1') + line('/mnt', '8:2');
    assert.deepEqual(await visiblePaths(t, { '1/mountinfo': mountinfo, 'self/mountinfo': mountinfo }), {
      '/': '/',
      '/mnt': '/mnt',
    });
  });

  test('are visible below the root of the node if they are propagated', async (t) => {
    const node = line('/', '8:1') + line('/mnt', '8:2') + line('/later', '8:3');
    const own = line('/', '0:50') + line('/host/root', '8:1') + line('/host/root/mnt', '8:2');
    assert.deepEqual(await visiblePaths(t, { '1/mountinfo': node, 'self/mountinfo': own }, '/host/root'), {
      '/': '/host/root',
      '/mnt': '/host/root/mnt',
      '/later': undefined,
    });
  });

  test('are not confused with other mounts of ours at the same path', async (t) => {
    const node = line('/', '8:1') + line('/mnt', '8:2');
    const own = line('/', '0:50') + line('/mnt', '8:2');
    assert.deepEqual(await visiblePaths(t, { '1/mountinfo': node, 'self/mountinfo': own }), {
      '/': undefined,
      '/mnt': '/mnt',
    });
  });

  test('of one path: the last hides the others', async (t) => {
    const mountinfo = line('/mnt', '8:2') + line('/mnt', '8:3');
    const procfs = fileTree(t, { '1/mountinfo': mountinfo, 'self/mountinfo': mountinfo });
    assert.deepEqual(
      (await new NodeMounts({ procfs, rootfs: '/' }).current()).map(({ device }) => device),
      ['8:3'],
    );
  });

  test('are ours if those of process 1 are not readable', async (t) => {
    assert.deepEqual(await visiblePaths(t, { 'self/mountinfo': line('/mnt', '8:2') }), { '/mnt': '/mnt' });
  });

  test('are an error if no list is readable', async (t) => {
    const procfs = fileTree(t, { x: '' });
    await assert.rejects(new NodeMounts({ procfs, rootfs: '/' }).current(), { code: 'ENOENT' });
  });
});
