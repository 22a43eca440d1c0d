import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { mountPointsBelow, overlayUpperDirectory } from '../../../src/kernel/mount-table.ts';

const OVERLAY =
  '600 500 0:99 / / rw,relatime - overlay overlay rw,lowerdir=/s/2/fs:/s/1/fs,upperdir=/s/3/fs,workdir=/s/3/work,index=off';

function inside(...more: readonly string[]): Buffer {
  return Buffer.from([OVERLAY, '601 600 0:100 / /proc rw,nosuid - proc proc rw', ...more, ''].join('\n'));
}

describe('the upper directory of a root', () => {
  test('is the upperdir option of the overlay', () => {
    assert.equal(overlayUpperDirectory(inside()), '/s/3/fs');
  });

  test('is that of the overlay at /', () => {
    const nested = '700 600 0:101 / /var/lib rw - overlay overlay rw,lowerdir=/a,upperdir=/other,workdir=/w';
    assert.equal(overlayUpperDirectory(inside(nested)), '/s/3/fs');
  });

  test('is that of the topmost overlay at /', () => {
    const upper = '700 600 0:101 / / rw - overlay overlay rw,lowerdir=/a,upperdir=/top,workdir=/w';
    assert.equal(overlayUpperDirectory(inside(upper)), '/top');
    assert.equal(overlayUpperDirectory(inside('700 600 0:101 / / rw - tmpfs tmpfs rw')), undefined);
  });

  test('may contain a space and a comma', () => {
    const odd = OVERLAY.replace('/s/3/fs', String.raw`/with\040space\054comma`);
    assert.equal(overlayUpperDirectory(Buffer.from(odd)), '/with space,comma');
  });

  test('is undefined without the option or with a relative path', () => {
    assert.equal(overlayUpperDirectory(Buffer.from('')), undefined);
    assert.equal(overlayUpperDirectory(Buffer.from('600 500 8:1 / / rw - ext4 /dev/sda1 rw')), undefined);
    assert.equal(
      overlayUpperDirectory(Buffer.from(OVERLAY.replace('upperdir=/s/3/fs,workdir=/s/3/work,', ''))),
      undefined,
    );
    assert.equal(overlayUpperDirectory(Buffer.from(OVERLAY.replace('upperdir=/s', 'upperdir=s'))), undefined);
  });
});

test('mountPointsBelow() includes the directory itself', () => {
  const at = (path: string): string => `1 2 0:5 / ${path} rw shared:7 - tmpfs tmpfs rw`;
  const mountinfo = Buffer.from(
    ['/', '/a', '/a/b', '/a/b/c', String.raw`/a/b/d\040e`, '/a/bc', '/x'].map(at).join('\n'),
  );
  assert.deepEqual([...mountPointsBelow(mountinfo, '/a/b')], ['/a/b', '/a/b/c', '/a/b/d e']);
  assert.deepEqual([...mountPointsBelow(mountinfo, '/nothing')], []);
});
