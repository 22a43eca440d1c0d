import { strict as assert } from 'node:assert';
import { describe, test } from 'node:test';
import { parseMountinfo } from '../../../src/kernel/mountinfo.ts';

describe('parseMountinfo', () => {
  test('splits a line into fields', () => {
    const line = '36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue\n';
    assert.deepEqual(parseMountinfo(Buffer.from(line)), [
      {
        id: 36,
        parent: 35,
        device: '98:0',
        root: '/mnt1',
        mountPoint: '/mnt2',
        options: 'rw,noatime',
        type: 'ext3',
        source: '/dev/root',
        superOptions: 'rw,errors=continue',
        isPropagated: true,
      },
    ]);
  });

  const LINES: readonly (readonly [what: string, fields: string, expected: Readonly<Record<string, string>>])[] = [
    ['no optional fields', '/ /a rw - tmpfs tmpfs rw', { type: 'tmpfs', source: 'tmpfs' }],
    ['several optional fields', '/ /a rw shared:1 master:2 propagate_from:3 - xfs /dev/b ro', { superOptions: 'ro' }],
    ['an empty source', '/ /a rw shared:1 - tmpfs  rw', { source: '', superOptions: 'rw' }],
    ['a subtype', '/ /a rw - fuse.sshfs me@there:/ rw', { type: 'fuse.sshfs', source: 'me@there:/' }],
    ['a space', '/ /a\\040b rw - tmpfs none rw', { mountPoint: '/a b' }],
    ['a newline, a tab, a backslash, a hash', '/ /\\012\\011\\134\\043 rw - tmpfs none rw', { mountPoint: '/\n\t\\#' }],
    ['an escaped separator', '/ /a\\040-\\040b rw - tmpfs none rw', { mountPoint: '/a - b', type: 'tmpfs' }],
    ['a backslash before digits', '/ /\\134040 rw - tmpfs none rw', { mountPoint: '/\\040' }],
    ['a part of a file system', '/sub\\040dir /a rw - tmpfs none rw', { root: '/sub dir' }],
    ['a namespace', 'net:[4026532209] /run/netns/a rw shared:117 - nsfs nsfs rw', { root: 'net:[4026532209]' }],
  ];
  for (const [what, fields, expected] of LINES) {
    test(what, () => {
      const [mount] = parseMountinfo(Buffer.from(`1 0 0:1 ${fields}\n`));
      const found = Object.fromEntries(Object.entries(mount ?? {}).filter(([name]) => name in expected));
      assert.deepEqual(found, expected);
    });
  }

  test('preserves the bytes of a path', () => {
    const bytes = Buffer.concat([Buffer.from('1 0 0:1 / /caf\u00e9-\u{1f680}/'), Buffer.from([0xff, 0xfe])]);
    const [mount] = parseMountinfo(Buffer.concat([bytes, Buffer.from(' rw - tmpfs none rw\n')]));
    assert.deepEqual(Buffer.from(mount?.mountPoint ?? '', 'latin1'), bytes.subarray('1 0 0:1 / '.length));
  });

  test('skips invalid lines', () => {
    assert.deepEqual(parseMountinfo(Buffer.from('\nno separator here\n')), []);
    assert.deepEqual(parseMountinfo(Buffer.alloc(0)), []);
  });
});
