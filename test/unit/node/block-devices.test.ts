import { strict as assert } from 'node:assert';
import { describe, test } from 'node:test';
import { readBlockDeviceNames, readBlockDevices, withoutPartitions } from '../../../src/node/block-devices.ts';
import { fileTree } from '../kernel/file-tree.ts';

describe('readBlockDeviceNames', () => {
  test('maps major and minor numbers to names, partitions included', (t) => {
    const diskstats =
      ' 259       0 nvme0n1 3352 500 486634 1870 8221 3 748145 5660 0 3000 7530\n' +
      ' 259       1 nvme0n1p1 10 0 80 1 0 0 0 0 0 1 1\n' +
      '   8      16 sdb 1 2 3\n' +
      ' 253       3 dm-3 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17\n';
    assert.deepEqual(
      [...readBlockDeviceNames(fileTree(t, { diskstats }))],
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
    test(`returns nothing for ${what}`, (t) => assert.equal(readBlockDeviceNames(fileTree(t, files)).size, 0));
  }
});

/** Names of disks, partitions, mapped and network devices. */
const KINDS = [
  'sda sda1 sda15 sdaa sdaa2 vdb vdb1 xvda1 nvme0n1 nvme0n1p1 nvme1n2 mmcblk0 mmcblk0p2 mmcblk0boot0',
  'rbd0 rbd0p1 rbd12 md127 md127p3 dm-0 dm-10 nbd0 nbd0p1 nbd15 loop0 loop0p1 sr0 zram0 drbd1 bcache0',
  'cciss!c0d0 cciss!c0d0p1 pmem0',
].flatMap((line) => line.split(' '));

const DISKS = KINDS.filter((name) => !/^(?:[sv]d[a-z]+\d+|.*\dp\d+)$/.test(name));

describe('readBlockDevices', () => {
  test('returns the fields in order', (t) => {
    const diskstats =
      ' 259       0 nvme0n1 3352 500 486634 1870 7360 6101 488016 14424 2 5692 16801 0 0 0 0 1271 506\n';
    assert.deepEqual(readBlockDevices(fileTree(t, { diskstats })), [
      {
        number: '259:0',
        name: 'nvme0n1',
        fields: [3352, 500, 486_634, 1870, 7360, 6101, 488_016, 14_424, 2, 5692, 16_801, 0, 0, 0, 0, 1271, 506],
      },
    ]);
  });

  test('decodes names that are not ASCII', (t) => {
    const diskstats = Buffer.from(' 147 0 donn\xc3\xa9es-\xc3\xa0 1 2\n 147 1 donn\xe9es 3 4\n', 'latin1');
    assert.deepEqual(readBlockDevices(fileTree(t, { diskstats })), [
      { number: '147:0', name: 'donn\u00e9es-\u00e0', fields: [1, 2] },
      { number: '147:1', name: 'donn\\xe9es', fields: [3, 4] },
    ]);
  });

  test('throws if the file is missing', (t) => {
    assert.throws(() => readBlockDevices(fileTree(t)), { code: 'ENOENT' });
  });
});

describe('withoutPartitions', () => {
  test('excludes devices that are a partition of another', (t) => {
    const diskstats = KINDS.map((name, index) => ` 8 ${index} ${name} 1 2 3\n`).join('');
    const found = withoutPartitions(readBlockDevices(fileTree(t, { diskstats })));
    assert.deepEqual(
      found.map(({ name }) => name),
      DISKS,
    );
    assert.ok(DISKS.includes('xvda1'));
  });
});
