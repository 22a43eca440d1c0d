import { strict as assert } from 'node:assert';
import { describe, test } from 'node:test';
import { parseMountinfo } from '../../../src/kernel/mountinfo.ts';
import { filesystemEntry, volumeEntry } from '../../../src/storage/entries.ts';

const ANSWER = { size: 100, free: 60, available: 50, files: 10, filesFree: 5 };

describe('filesystemEntry', () => {
  test('labels mounts that differ only in a byte that is not UTF-8 differently', () => {
    const mountinfo = Buffer.from(
      '30 25 0:42 / /caf\xe9 rw - nfs srv:/caf\xe9 rw\n' +
        '31 25 0:43 / /caf\xe8 rw - nfs srv:/caf\xe8 rw\n' +
        '32 25 0:44 / /caf\xc3\xa9 rw - fuse.caf\xc3\xa9 caf\xc3\xa9 rw\n',
      'latin1',
    );
    const labels = parseMountinfo(mountinfo).map((mount) =>
      Object.fromEntries(filesystemEntry({ ...mount, visiblePath: undefined }, undefined).labels),
    );
    assert.deepEqual(labels, [
      { device: 'srv:/caf\\xe9', mountpoint: '/caf\\xe9', fstype: 'nfs' },
      { device: 'srv:/caf\\xe8', mountpoint: '/caf\\xe8', fstype: 'nfs' },
      { device: 'café', mountpoint: '/café', fstype: 'fuse.café' },
    ]);
  });

  for (const [of, options, superOptions, expected] of [
    ['a mount that is writable', 'rw,relatime', 'rw,errors=remount-ro', 0],
    ['a read-only mount of a writable file system', 'ro,relatime', 'rw', 1],
    ['a writable mount of a read-only file system', 'rw,relatime', 'ro,errors=remount-ro', 1],
    ['ext4 after an error, on Linux 6.18', 'rw,relatime', 'rw,errors=remount-ro,emergency_ro', 1],
  ] as const) {
    test(`readonly is ${expected} for ${of}`, () => {
      const [mount] = parseMountinfo(Buffer.from(`30 25 7:0 / /data ${options} - ext4 /dev/loop0 ${superOptions}\n`));
      assert.ok(mount !== undefined);
      const node = { ...mount, visiblePath: '/data' };
      assert.equal(filesystemEntry(node, ANSWER).numbers.readonly, expected);
      const volume = { labels: [], block: false, shared: false, mount: node };
      assert.equal(volumeEntry(volume, ANSWER)[0]?.numbers.readonly, expected);
    });
  }
});
