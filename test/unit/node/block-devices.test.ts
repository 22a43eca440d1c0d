import { strict as assert } from 'node:assert';
import { describe, test } from 'node:test';
import { blockDeviceNames } from '../../../src/node/block-devices.ts';
import { fileTree } from '../kernel/file-tree.ts';

describe('blockDeviceNames', () => {
  test('names devices by major and minor number, partitions too', (t) => {
    const diskstats =
      ' 259       0 nvme0n1 3352 500 486634 1870 8221 3 748145 5660 0 3000 7530\n' +
      ' 259       1 nvme0n1p1 10 0 80 1 0 0 0 0 0 1 1\n' +
      '   8      16 sdb 1 2 3\n' +
      ' 253       3 dm-3 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17\n';
    assert.deepEqual(
      [...blockDeviceNames(fileTree(t, { diskstats }))],
      [
        ['259:0', 'nvme0n1'],
        ['259:1', 'nvme0n1p1'],
        ['8:16', 'sdb'],
        ['253:3', 'dm-3'],
      ],
    );
  });

  for (const [what, files] of Object.entries({
    'no file': {},
    'an empty file': { diskstats: '' },
    'lines without a name': { diskstats: '\n 8 0\n8\n' },
  })) {
    test(`${what} names nothing`, (t) => assert.equal(blockDeviceNames(fileTree(t, files)).size, 0));
  }
});
