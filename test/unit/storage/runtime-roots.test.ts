import { strict as assert } from 'node:assert';
import { describe, test } from 'node:test';
import { parseMountinfo } from '../../../src/kernel/mountinfo.ts';
import { findRuntimeMounts } from '../../../src/storage/runtime-roots.ts';
import { fileTree } from '../kernel/file-tree.ts';

const ID = 'a'.repeat(64);

/** Points of the mounts with images and with writable layers; `mounts` are below a root on its own device. */
function pointsOf(mounts: readonly string[], ids: readonly string[], rootfs = '/nonexistent'): readonly unknown[] {
  const lines = ['1 0 8:1 / / rw - ext4 /dev/sda1 rw', ...mounts.map((mount, index) => `${index + 2} 1 ${mount}`)];
  const all = parseMountinfo(Buffer.from(`${lines.join('\n')}\n`));
  const visible = all.map((mount) => ({ ...mount, visiblePath: mount.mountPoint }));
  const { images, containers } = findRuntimeMounts(visible, rootfs, new Set(ids));
  return [images?.mountPoint, containers?.mountPoint];
}

const K3S = '/var/lib/rancher/k3s/agent/containerd/io.containerd.snapshotter.v1.overlayfs/snapshots';

/** The root file system of a container below `point`. */
function overlay(point: string, lower: string, upper: string): string {
  return `0:50 / ${point} rw - overlay overlay rw,${lower},upperdir=${upper},workdir=/w`;
}

describe('file systems of the container runtime', () => {
  test('are where the layers of a container of a pod are', () => {
    const mounts = [
      '8:2 / /var/lib/docker rw - ext4 /dev/sdb rw',
      '8:3 / /var/lib/rancher rw - xfs /dev/sdc rw',
      overlay(
        '/var/lib/docker/overlay2/x/merged',
        'lowerdir=/var/lib/docker/overlay2/l/A',
        '/var/lib/docker/overlay2/x/diff',
      ),
      overlay(`/run/k3s/containerd/k8s.io/${ID}/rootfs`, `lowerdir=${K3S}/1/fs:${K3S}/2/fs`, `${K3S}/3/fs`),
    ];
    assert.deepEqual(pointsOf(mounts, [ID]), ['/var/lib/rancher', '/var/lib/rancher']);
    assert.deepEqual(pointsOf(mounts, []), ['/var/lib/docker', '/var/lib/docker']);
  });

  test('are two if images are on another one than writable layers', () => {
    const mounts = [
      '8:2 / /images rw - ext4 /dev/sdb rw',
      '8:3 / /var/lib/containers rw - xfs /dev/sdc rw',
      overlay(
        '/var/lib/containers/storage/overlay/x/merged',
        'lowerdir+=/images/overlay/l/A',
        '/var/lib/containers/storage/overlay/x/diff',
      ),
    ];
    assert.deepEqual(pointsOf(mounts, []), ['/images', '/var/lib/containers']);
  });

  test('are one if the paths of images are relative', () => {
    const upper = '/var/lib/containers/storage/overlay/x/diff';
    const mounts = [overlay('/var/lib/containers/storage/overlay/x/merged', 'lowerdir=l/A:l/B', upper)];
    assert.deepEqual(pointsOf(mounts, []), ['/', '/']);
  });

  test('are where a runtime keeps them by default if no container has an overlay', (t) => {
    const rootfs = fileTree(t, { 'var/lib/containers/storage/x': '' });
    const mounts = ['8:3 / /var/lib/containers rw - btrfs /dev/sdc rw'];
    const other = overlay('/home/me/root', 'lowerdir=/opt/a', '/opt/b');
    assert.deepEqual(pointsOf([...mounts, other], [], rootfs), ['/var/lib/containers', '/var/lib/containers']);
    assert.deepEqual(pointsOf(mounts, []), [undefined, undefined]);
  });
});
