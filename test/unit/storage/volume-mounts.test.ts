import { strict as assert } from 'node:assert';
import { describe, test } from 'node:test';
import type { NodeMount } from '../../../src/storage/mounts.ts';
import { lastName, mountOf, volumeMounts } from '../../../src/storage/volume-mounts.ts';

const UID = 'dce05b7a-9ed2-493e-b87e-ca78e890585a';
const KUBELET = '/var/lib/kubelet';
const PODS = `${KUBELET}/pods`;

function mount(mountPoint: string): NodeMount {
  const rest = { id: 1, parent: 0, device: '8:1', root: '/', options: 'rw', type: 'ext4', source: '/dev/sda1' };
  return { ...rest, mountPoint, superOptions: 'rw', isPropagated: true, visiblePath: mountPoint };
}

function found(point: string): readonly object[] {
  return volumeMounts([mount(point)], KUBELET).map(({ mount: _mount, ...volume }) => volume);
}

describe('a mount below the directory of pods', () => {
  const volumes = `${PODS}/${UID}/volumes`;
  const CASES: Readonly<Record<string, readonly object[]>> = {
    [`${volumes}/kubernetes.io~csi/pvc-1/mount`]: [
      { uid: UID, plugin: 'kubernetes.io~csi', name: 'pvc-1', block: false },
    ],
    [`${volumes}/kubernetes.io~empty-dir/cache`]: [
      { uid: UID, plugin: 'kubernetes.io~empty-dir', name: 'cache', block: false },
    ],
    [`${volumes}/vendor.example~driver/data`]: [
      { uid: UID, plugin: 'vendor.example~driver', name: 'data', block: false },
    ],
    [`${PODS}/${UID}/volumeDevices/kubernetes.io~csi/pvc-2`]: [
      { uid: UID, plugin: 'kubernetes.io~csi', name: 'pvc-2', block: true },
    ],
    [`${volumes}/kubernetes.io~projected/token`]: [],
    [`${volumes}/kubernetes.io~secret/s`]: [],
    [`${volumes}/kubernetes.io~configmap/c`]: [],
    [`${volumes}/kubernetes.io~downward-api/d`]: [],
    [`${PODS}/${UID}/volume-subpaths/data/app/0`]: [],
    [`${volumes}/kubernetes.io~nfs/data/deeper`]: [],
    [`${KUBELET}/plugins/kubernetes.io/csi/x/globalmount`]: [],
    [`/mnt${volumes}/kubernetes.io~nfs/data`]: [],
  };
  for (const [point, expected] of Object.entries(CASES)) test(point, () => assert.deepEqual(found(point), expected));
});

test('the mount of a path is the one with the longest matching mount point', () => {
  const mounts = ['/', '/var', '/var/lib/kubelet', '/var/lib/kube'].map(mount);
  assert.equal(mountOf(mounts, PODS)?.mountPoint, KUBELET);
  assert.equal(mountOf(mounts, KUBELET)?.mountPoint, KUBELET);
  assert.equal(mountOf(mounts, '/var/lib/kubernetes')?.mountPoint, '/var');
  assert.equal(mountOf(mounts, '/etc')?.mountPoint, '/');
  assert.equal(mountOf<NodeMount>([], '/etc'), undefined);
});

test('the last name of a path', () => {
  assert.equal(lastName('/sdb'), 'sdb');
  assert.equal(lastName('loop0'), 'loop0');
});
