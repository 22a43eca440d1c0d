import { strict as assert } from 'node:assert';
import { describe, test, type TestContext } from 'node:test';
import { join } from 'node:path';
import { parseMountinfo } from '../../../src/kernel/mountinfo.ts';
import { MountDevices } from '../../../src/storage/mount-devices.ts';
import { fileTree, type Files } from '../kernel/file-tree.ts';

const DISKSTATS = [
  '   8       0 sda 1 0 0 0 0 0 0 0 0 0 0',
  '   8       2 sda2 1 0 0 0 0 0 0 0 0 0 0',
  '   8      16 sdb 1 0 0 0 0 0 0 0 0 0 0',
  ' 230       0 zd0 1 0 0 0 0 0 0 0 0 0 0',
  ' 253       0 dm-0 1 0 0 0 0 0 0 0 0 0 0',
  ' 253       1 dm-1 1 0 0 0 0 0 0 0 0 0 0',
  ' 253       2 dm-2 1 0 0 0 0 0 0 0 0 0 0',
];

const FILES: Files = {
  'proc/diskstats': DISKSTATS.map((line) => `${line}\n`).join(''),
  'sys/block/dm-0/dm/name': 'vg0-data\n',
  'sys/block/dm-1/dm/name': 'luks-6f2a\n',
  'sys/block/dm-2/dm/name': 'mpatha\n',
  'sys/fs/btrfs/features/extended_iref': '0\n',
  'sys/fs/btrfs/0a6b/devices/sda2/': '',
  'sys/fs/btrfs/1c7d/devices/sdb/': '',
  'sys/fs/btrfs/1c7d/devices/dm-2/': '',
};

/** The devices of the mounts in these lines of mountinfo. */
function devices(t: TestContext, ...lines: readonly string[]): readonly (string | undefined)[] {
  const root = fileTree(t, FILES);
  const found = new MountDevices({ procfs: join(root, 'proc'), sysfs: join(root, 'sys'), rootfs: root });
  return parseMountinfo(Buffer.from(lines.join('\n'))).map((mount) => found.of(mount));
}

describe('the device of a mount', () => {
  const MOUNTS: Readonly<Record<string, readonly [line: string, device: string | undefined]>> = {
    'a partition': ['36 35 8:2 / /mnt rw - ext4 /dev/sda2 rw', 'sda2'],
    'a logical volume': ['36 35 253:0 / /mnt rw - xfs /dev/mapper/vg0-data rw', 'dm-0'],
    'an encrypted device': ['36 35 253:1 / /mnt rw - ext4 /dev/mapper/luks-6f2a rw', 'dm-1'],
    'a multipath device': ['36 35 253:2 / /mnt rw - ext4 /dev/mapper/mpatha rw', 'dm-2'],
    'a volume of ZFS with a file system': ['36 35 230:0 / /mnt rw - ext4 /dev/zd0 rw', 'zd0'],
    'a dataset of ZFS, which is on a pool': ['36 35 0:51 / /mnt rw - zfs tank/pvc-1 rw,xattr,noacl', undefined],
    'btrfs, whose number is that of no device': [
      '36 35 0:45 /@/pv /mnt rw - btrfs /dev/sda2 rw,space_cache=v2,subvolid=257,subvol=/@/pv',
      'sda2',
    ],
    'btrfs on a logical volume': ['36 35 0:46 / /mnt rw - btrfs /dev/mapper/vg0-data rw,subvolid=5,subvol=/', 'dm-0'],
    'btrfs on an encrypted device': ['36 35 0:47 / /mnt rw - btrfs /dev/mapper/luks-6f2a rw', 'dm-1'],
    'btrfs on several devices, of which none is the one': ['36 35 0:48 / /mnt rw - btrfs /dev/sdb rw', undefined],
    'btrfs on a device that is gone': ['36 35 0:49 / /mnt rw - btrfs /dev/sdz rw', undefined],
    'bcachefs on several devices': ['36 35 0:50 / /mnt rw - bcachefs /dev/sda:/dev/sdb rw', undefined],
    'tmpfs with the name of a device': ['36 35 0:52 / /mnt rw - tmpfs /dev/sda rw', undefined],
    NFS: ['36 35 0:53 / /mnt rw - nfs4 server:/dev/sda rw', undefined],
  };
  for (const [what, [line, device]] of Object.entries(MOUNTS)) {
    test(`is that of ${what}`, (t) => assert.deepEqual(devices(t, line), [device]));
  }

  test('is read once for mounts with the same source', (t) => {
    const line = '36 35 0:46 / /mnt rw - btrfs /dev/mapper/vg0-data rw';
    assert.deepEqual(devices(t, line, line.replace('/mnt', '/other')), ['dm-0', 'dm-0']);
  });
});
