import { strict as assert } from 'node:assert';
import { describe, test } from 'node:test';
import { parseMountinfo } from '../../../src/kernel/mountinfo.ts';
import { filesystemEntry } from '../../../src/storage/entries.ts';

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
});
