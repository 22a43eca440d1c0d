import { strict as assert } from 'node:assert';
import { mkdirSync, renameSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileVersion, fileVersionSync } from '../../../src/base/file-version.ts';
import { fileTree } from '../kernel/file-tree.ts';

test('a version stays while the file does, and changes with content, time and replacement', (t) => {
  const root = fileTree(t, { a: 'one', b: 'two' });
  const path = join(root, 'a');
  const time = new Date('2026-11-21T10:00:00Z');
  const versions = [fileVersionSync(path)];
  assert.equal(fileVersionSync(path), versions[0]);
  writeFileSync(path, 'longer');
  utimesSync(path, time, time);
  versions.push(fileVersionSync(path));
  utimesSync(path, time, new Date('2026-11-21T10:00:01Z'));
  versions.push(fileVersionSync(path));
  utimesSync(join(root, 'b'), time, time);
  renameSync(join(root, 'b'), path);
  versions.push(fileVersionSync(path));
  assert.equal(new Set(versions).size, versions.length);
  assert.ok(versions.every((version) => version !== undefined));
});

test('a link is followed, so that a mounted Secret is noticed when it is replaced', async (t) => {
  const root = fileTree(t, { '1/key': 'same', '2/key': 'same' });
  const link = join(root, 'data');
  symlinkSync('1', link);
  const before = fileVersionSync(join(link, 'key'));
  symlinkSync('2', `${link}.new`);
  renameSync(`${link}.new`, link);
  const after = fileVersionSync(join(link, 'key'));
  assert.notEqual(after, before);
  assert.equal(await fileVersion(join(link, 'key')), after);
});

test('what does not exist or is no regular file has none', async (t) => {
  const root = fileTree(t, {});
  assert.equal(fileVersionSync(join(root, 'none')), undefined);
  await assert.rejects(fileVersion(join(root, 'none')), { code: 'ENOENT' });
  mkdirSync(join(root, 'folder'));
  await assert.rejects(fileVersion(join(root, 'folder')), /^Error: not a regular file$/);
});
