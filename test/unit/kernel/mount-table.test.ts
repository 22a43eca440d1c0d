import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { mountPointsBelow, overlayAtRoot, overlayUpperDirectories } from '../../../src/kernel/mount-table.ts';

const OVERLAY =
  '600 500 0:99 / / rw,relatime - overlay overlay rw,lowerdir=/s/2/fs:/s/1/fs,upperdir=/s/3/fs,workdir=/s/3/work,index=off';

function inside(...more: readonly string[]): Buffer {
  return Buffer.from([OVERLAY, '601 600 0:100 / /proc rw,nosuid - proc proc rw', ...more, ''].join('\n'));
}

describe('the overlay at the root', () => {
  test('is that at /, not one below it', () => {
    const nested = '700 600 0:101 / /var/lib rw - overlay overlay rw,lowerdir=/a,upperdir=/other,workdir=/w';
    assert.equal(overlayAtRoot(inside(nested)), '0:99');
  });

  test('is the topmost one', () => {
    const upper = '700 600 0:101 / / rw - overlay overlay rw,lowerdir=/a,upperdir=/top,workdir=/w';
    assert.equal(overlayAtRoot(inside(upper)), '0:101');
    assert.equal(overlayAtRoot(inside('700 600 0:101 / / rw - tmpfs tmpfs rw')), undefined);
  });

  test('does not exist on another file system', () => {
    assert.equal(overlayAtRoot(Buffer.from('')), undefined);
    assert.equal(overlayAtRoot(Buffer.from('600 500 8:1 / / rw - ext4 /dev/sda1 rw')), undefined);
  });
});

describe('the upper directories of overlays', () => {
  const node = (...overlays: readonly string[]) => [...overlayUpperDirectories(Buffer.from(overlays.join('\n')))];

  test('are the upperdir options by device', () => {
    const other = '700 600 0:101 / /run/2/rootfs rw - overlay overlay rw,lowerdir=/a,upperdir=/s/4/fs,workdir=/w';
    assert.deepEqual(node(OVERLAY.replace('/ / rw', '/ /run/1/rootfs rw'), other, '1 2 0:5 / /x rw - tmpfs tmpfs rw'), [
      ['0:99', '/s/3/fs'],
      ['0:101', '/s/4/fs'],
    ]);
  });

  test('may contain a space and a comma', () => {
    const odd = OVERLAY.replace('/s/3/fs', String.raw`/with\040space\054comma`);
    assert.deepEqual(node(odd), [['0:99', '/with space,comma']]);
  });

  test('are none without the option or with a relative path', () => {
    assert.deepEqual(node('', OVERLAY.replace('upperdir=/s/3/fs,workdir=/s/3/work,', '')), []);
    assert.deepEqual(node(OVERLAY.replace('upperdir=/s', 'upperdir=s')), []);
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
