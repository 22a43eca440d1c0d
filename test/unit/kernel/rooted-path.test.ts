import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { resolveRootedPath } from '../../../src/kernel/rooted-path.ts';
import { fileTree } from './file-tree.ts';

function seen(root: string, path: string): string {
  return resolveRootedPath({ root, path });
}

describe('resolveRootedPath', () => {
  test('prefixes a path without links with the root', (t) => {
    const root = fileTree(t, { 'var/lib/runtime/': '' });
    assert.equal(seen(root, '/var/lib/runtime/1/fs'), join(root, 'var/lib/runtime/1/fs'));
    assert.equal(seen(root, '/not/there'), join(root, 'not/there'));
    assert.equal(seen('/', '/var/./lib//x/'), '/var/lib/x');
  });

  test('resolves an absolute link below the root', (t) => {
    const root = fileTree(t, { 'data/runtime/1/fs/': '' });
    mkdirSync(join(root, 'var'));
    symlinkSync('/data', join(root, 'var/lib'));
    assert.equal(seen(root, '/var/lib/runtime/1/fs'), join(root, 'data/runtime/1/fs'));
  });

  test('resolves a relative link from its directory and never leaves the root', (t) => {
    const root = fileTree(t, { 'mnt/disk/1/': '', 'var/lib/': '' });
    symlinkSync('../../mnt/disk', join(root, 'var/lib/runtime'));
    symlinkSync('../../../../../..', join(root, 'var/lib/up'));
    assert.equal(seen(root, '/var/lib/runtime/1'), join(root, 'mnt/disk/1'));
    assert.equal(seen(root, '/var/lib/up/mnt'), join(root, 'mnt'));
  });

  test('follows chained links and stops at a loop', (t) => {
    const root = fileTree(t, { 'c/x/': '' });
    symlinkSync('/b', join(root, 'a'));
    symlinkSync('c', join(root, 'b'));
    symlinkSync('/circle', join(root, 'circle'));
    assert.equal(seen(root, '/a/x'), join(root, 'c/x'));
    assert.equal(seen(root, '/circle/x'), join(root, 'circle/x'));
  });

  test('does not resolve the last component', (t) => {
    const root = fileTree(t, { 'a/': '' });
    symlinkSync('/etc', join(root, 'a/link'));
    assert.equal(seen(root, '/a/link'), join(root, 'a/link'));
  });
});
