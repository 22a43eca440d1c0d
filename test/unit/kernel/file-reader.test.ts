import { strict as assert } from 'node:assert';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { errorCode } from '../../../src/base/error-code.ts';
import { FileReader, type CachedFile } from '../../../src/kernel/file-reader.ts';
import { fileTree } from './file-tree.ts';
import { unprivileged } from './unprivileged.ts';

/** A file that every scrape reads. */
interface File extends CachedFile {
  readonly path: string;
}

function kept(path: string): File {
  return { path, descriptor: -1 };
}

/** Reads as a scrape does: through the cached descriptor if it works, else by path. */
function readAgain(reader: FileReader, file: File): number {
  const length = reader.readCached(file);
  return length < 0 ? reader.readAndCache(file, file.path) : length;
}

function text(reader: FileReader, length: number): string {
  return reader.bytes.toString('latin1', 0, length);
}

/** Number of open descriptors of this process below `directory`. */
function openBelow(directory: string): number {
  const targets = readdirSync('/proc/self/fd').map((descriptor) => {
    try {
      return readlinkSync(`/proc/self/fd/${descriptor}`);
    } catch {
      return '';
    }
  });
  return targets.filter((target) => target.startsWith(directory)).length;
}

function withCode(code: string): (error: unknown) => boolean {
  return (error) => errorCode(error) === code;
}

describe('FileReader.read', () => {
  test('returns the content and leaves no descriptor open', (t) => {
    const root = fileTree(t, { a: 'first\n', b: 'second one\n', empty: '' });
    const reader = new FileReader({ maxCachedDescriptors: 0 });
    assert.equal(text(reader, reader.read(join(root, 'b'))), 'second one\n');
    assert.equal(text(reader, reader.read(join(root, 'a'))), 'first\n');
    assert.equal(reader.read(join(root, 'empty')), 0);
    assert.equal(openBelow(root), 0);
  });

  for (const size of [1, 3071, 3072, 3073, 65_535, 65_536, 65_537, 200_000, 4 * 1024 * 1024 - 1]) {
    test(`reads all ${size} bytes`, (t) => {
      const content = Buffer.alloc(size, 'abcdefghijklmno');
      const root = fileTree(t);
      writeFileSync(join(root, 'file'), content);
      const reader = new FileReader({ maxCachedDescriptors: 1 });
      const file = kept(join(root, 'file'));
      for (const length of [reader.read(file.path), readAgain(reader, file), reader.readCached(file)]) {
        assert.equal(length, size);
        assert.ok(content.equals(reader.bytes.subarray(0, length)));
      }
      reader.close();
    });
  }

  test('reads a kernel file that has size 0 and is returned in pages', () => {
    const reader = new FileReader({ maxCachedDescriptors: 0 });
    const maps = text(reader, reader.read('/proc/self/maps'));
    assert.ok(maps.length > 8192, `only ${maps.length} bytes`);
    assert.match(maps, /\[stack\]/);
    assert.ok(maps.endsWith('\n'));
  });

  test('rejects a file above the size limit and continues', (t) => {
    const root = fileTree(t, { small: 'x\n' });
    writeFileSync(join(root, 'large'), Buffer.alloc(4 * 1024 * 1024 + 1));
    const reader = new FileReader({ maxCachedDescriptors: 1 });
    assert.throws(() => reader.read(join(root, 'large')), withCode('EFBIG'));
    assert.throws(() => readAgain(reader, kept(join(root, 'large'))), withCode('EFBIG'));
    assert.equal(reader.cachedDescriptors, 0);
    assert.equal(openBelow(root), 0);
    assert.equal(text(reader, reader.read(join(root, 'small'))), 'x\n');
  });

  test('throws the system error and leaves no descriptor open', (t) => {
    const root = fileTree(t, { 'directory/': '', secret: 'x' });
    chmodSync(root, 0o755);
    chmodSync(join(root, 'secret'), 0o000);
    const reader = new FileReader({ maxCachedDescriptors: 4 });
    for (const [name, code] of [
      ['missing', 'ENOENT'],
      ['secret/below', 'ENOTDIR'],
      ['directory', 'EISDIR'],
    ] as const) {
      assert.throws(() => reader.read(join(root, name)), withCode(code));
      assert.throws(() => readAgain(reader, kept(join(root, name))), withCode(code));
    }
    unprivileged(() => {
      assert.throws(() => reader.read(join(root, 'secret')), withCode('EACCES'));
      assert.throws(() => readAgain(reader, kept(join(root, 'secret'))), withCode('EACCES'));
    });
    assert.equal(reader.cachedDescriptors, 0);
    assert.equal(openBelow(root), 0);
  });
});

describe('a cached file', () => {
  test('returns -1 before the first read', () => {
    assert.equal(new FileReader({ maxCachedDescriptors: 1 }).readCached({ descriptor: -1 }), -1);
  });

  test('keeps its descriptor and returns new content', (t) => {
    const root = fileTree(t, { file: '1\n' });
    const reader = new FileReader({ maxCachedDescriptors: 1 });
    const file = kept(join(root, 'file'));
    assert.equal(text(reader, readAgain(reader, file)), '1\n');
    const { descriptor } = file;
    assert.ok(descriptor >= 0);
    writeFileSync(file.path, '22\n');
    assert.equal(text(reader, reader.readCached(file)), '22\n');
    assert.equal(file.descriptor, descriptor);
    assert.equal(reader.cachedDescriptors, 1);
    reader.close();
  });

  test('limits cached descriptors and reads other files by path', (t) => {
    const root = fileTree(t, { a: 'a', b: 'b', c: 'c' });
    const reader = new FileReader({ maxCachedDescriptors: 2 });
    const files = ['a', 'b', 'c'].map((name) => kept(join(root, name)));
    for (let round = 0; round < 3; round++) {
      assert.deepEqual(
        files.map((file) => text(reader, readAgain(reader, file))),
        ['a', 'b', 'c'],
      );
    }
    assert.equal(reader.cachedDescriptors, 2);
    assert.equal(openBelow(root), 2);
    assert.equal(files[2]?.descriptor, -1);
    reader.close();
  });

  test('frees its slot on release', (t) => {
    const root = fileTree(t, { a: 'a', b: 'b' });
    const reader = new FileReader({ maxCachedDescriptors: 1 });
    const [a, b] = [kept(join(root, 'a')), kept(join(root, 'b'))];
    readAgain(reader, a);
    reader.release(a);
    reader.release(a);
    assert.deepEqual([a.descriptor, reader.cachedDescriptors, openBelow(root)], [-1, 0, 0]);
    readAgain(reader, b);
    assert.equal(reader.cachedDescriptors, 1);
    assert.equal(text(reader, readAgain(reader, a)), 'a');
    reader.close();
    assert.deepEqual([b.descriptor, reader.cachedDescriptors, openBelow(root)], [-1, 0, 0]);
  });

  test('is never cached with a limit of 0', (t) => {
    const root = fileTree(t, { a: 'a' });
    const reader = new FileReader({ maxCachedDescriptors: 0 });
    const file = kept(join(root, 'a'));
    assert.equal(text(reader, readAgain(reader, file)), 'a');
    assert.deepEqual([file.descriptor, reader.cachedDescriptors, openBelow(root)], [-1, 0, 0]);
  });

  test('can be read after close()', (t) => {
    const root = fileTree(t, { a: 'a' });
    const reader = new FileReader({ maxCachedDescriptors: 1 });
    const file = kept(join(root, 'a'));
    readAgain(reader, file);
    reader.close();
    assert.equal(text(reader, readAgain(reader, file)), 'a');
    reader.close();
  });
});

/** A process that runs until it is killed. */
function startProcess(): { readonly stat: string; end(): Promise<void> } {
  const child = spawn('cat', { stdio: ['pipe', 'ignore', 'ignore'] });
  return {
    stat: `/proc/${child.pid}/stat`,
    async end() {
      const exit = once(child, 'exit');
      child.stdin.end();
      await exit;
    },
  };
}

describe('a cached descriptor of a removed file', () => {
  test('is closed, and the error is that of opening the path', async () => {
    const child = startProcess();
    const reader = new FileReader({ maxCachedDescriptors: 1 });
    const file = kept(child.stat);
    try {
      readAgain(reader, file);
    } finally {
      await child.end();
    }
    assert.equal(reader.readCached(file), -1);
    assert.deepEqual([file.descriptor, reader.cachedDescriptors], [-1, 0]);
    assert.throws(() => readAgain(reader, file), withCode('ENOENT'));
    assert.deepEqual([file.descriptor, reader.cachedDescriptors], [-1, 0]);
  });

  test('is replaced by one of the new file with the same name', async (t) => {
    const root = fileTree(t, { new: 'new\n' });
    const child = startProcess();
    const reader = new FileReader({ maxCachedDescriptors: 1 });
    const file = kept(join(root, 'link'));
    symlinkSync(child.stat, file.path);
    try {
      assert.match(text(reader, readAgain(reader, file)), /\(cat\)/);
    } finally {
      await child.end();
    }
    symlinkSync(join(root, 'new'), join(root, 'other'));
    renameSync(join(root, 'other'), file.path);
    assert.equal(text(reader, readAgain(reader, file)), 'new\n');
    assert.deepEqual([reader.cachedDescriptors, openBelow(root)], [1, 1]);
    reader.close();
  });

  test('is cached again after the file is recreated', (t) => {
    const root = fileTree(t);
    const reader = new FileReader({ maxCachedDescriptors: 1 });
    const file = kept(join(root, 'file'));
    assert.throws(() => readAgain(reader, file), withCode('ENOENT'));
    writeFileSync(file.path, 'there\n');
    assert.equal(text(reader, readAgain(reader, file)), 'there\n');
    rmSync(file.path);
    mkdirSync(file.path);
    reader.release(file);
    assert.throws(() => readAgain(reader, file), withCode('EISDIR'));
    assert.equal(reader.cachedDescriptors, 0);
  });
});

describe('a process with a lower RLIMIT_NOFILE than configured', () => {
  test('reads all files and leaves descriptors for other uses', (t) => {
    const names = Array.from({ length: 200 }, (_, index) => `file${index}`);
    const root = fileTree(t, Object.fromEntries(names.map((name) => [name, name])));
    const script = join(import.meta.dirname, 'fixtures/few-descriptors.ts');
    const { stdout, stderr } = spawnSync(
      'sh',
      ['-c', 'ulimit -n 96 && exec "$0" "$@"', process.execPath, script, root],
      {
        encoding: 'utf8',
      },
    );
    assert.notEqual(stdout, '', stderr);
    const { files, kept: count, after, wrong } = JSON.parse(stdout) as Record<string, unknown>;
    assert.deepEqual({ files, after, wrong }, { files: 200, after: 0, wrong: [] });
    assert.ok(typeof count === 'number' && count > 10 && count < 96, `${String(count)} descriptors kept`);
  });
});

describe('errorCode', () => {
  test('is the system error code, or EUNKNOWN', () => {
    assert.equal(errorCode(Object.assign(new Error('x'), { code: 'EIO' })), 'EIO');
    for (const error of [
      new Error('x'),
      Object.assign(new Error('x'), { code: 5 }),
      'EIO',
      undefined,
      { code: 'EIO' },
    ]) {
      assert.equal(errorCode(error), 'EUNKNOWN');
    }
  });
});
