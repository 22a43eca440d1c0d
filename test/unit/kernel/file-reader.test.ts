import { strict as assert } from 'node:assert';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, closeSync, mkdirSync, openSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { basename, join } from 'node:path';
import { describe, test } from 'node:test';
import { errorCode } from '../../../src/base/error-code.ts';
import { FileReader, type CachedDirectory } from '../../../src/kernel/file-reader.ts';
import { loadNative } from '../../../src/kernel/native.ts';
import { fileTree } from './file-tree.ts';
import { unprivileged } from './unprivileged.ts';

/** A file that every scrape reads, and its directory. */
interface File {
  readonly path: string;
  readonly directory: CachedDirectory;
}

function kept(path: string, directory: CachedDirectory = { descriptor: -1 }): File {
  return { path, directory };
}

/** Reads below the cached directory; -1 if that is not possible. */
function readCached(reader: FileReader, { path, directory }: File): number {
  return reader.readIn(directory, basename(path));
}

/** Reads as a scrape does: below the cached directory if it works, else by path. */
function readAgain(reader: FileReader, file: File): number {
  const length = readCached(reader, file);
  return length < 0 ? reader.openAndRead(file.directory, file.path, basename(file.path)) : length;
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

const { native, cause } = loadNative();

/** How files below cached directories are read. */
const WAYS = [
  { way: 'native', native, skip: cause ?? false },
  { way: 'through /proc/self/fd', native: undefined, skip: false },
] as const;

for (const { way, native: ofWay, skip } of WAYS) {
  const open = (maxCachedDescriptors: number): FileReader => new FileReader({ maxCachedDescriptors, native: ofWay });

  describe(`FileReader.read, ${way}`, { skip }, () => {
    test('returns the content and leaves no descriptor open', (t) => {
      const root = fileTree(t, { a: 'first\n', b: 'second one\n', empty: '' });
      const reader = open(0);
      assert.equal(text(reader, reader.read(join(root, 'b'))), 'second one\n');
      assert.equal(text(reader, reader.read(join(root, 'a'))), 'first\n');
      assert.equal(reader.read(join(root, 'empty')), 0);
      assert.equal(openBelow(root), 0);
    });

    for (const size of [0, 1, 3071, 3072, 3073, 65_535, 65_536, 65_537, 200_000, 4 * 1024 * 1024 - 1]) {
      test(`reads all ${size} bytes`, (t) => {
        const content = Buffer.alloc(size, 'abcdefghijklmno');
        const root = fileTree(t);
        writeFileSync(join(root, 'file'), content);
        const reader = open(1);
        const file = kept(join(root, 'file'));
        for (const read of [
          () => reader.read(file.path),
          () => readAgain(reader, file),
          () => readCached(reader, file),
        ]) {
          const length = read();
          assert.equal(length, size);
          assert.ok(content.equals(reader.bytes.subarray(0, length)));
        }
        assert.equal(openBelow(root), 1);
        reader.close();
      });
    }

    test('reads a kernel file that has size 0 and is returned in pages', () => {
      const reader = open(1);
      const file = kept('/proc/self/maps');
      for (const read of [
        () => reader.read(file.path),
        () => readAgain(reader, file),
        () => readCached(reader, file),
      ]) {
        const maps = text(reader, read());
        assert.ok(maps.length > 8192, `only ${maps.length} bytes`);
        assert.match(maps, /\[stack\]/);
        assert.ok(maps.endsWith('\n'));
      }
      reader.close();
    });

    test('rejects a file above the size limit and continues', (t) => {
      const root = fileTree(t, { small: 'x\n' });
      writeFileSync(join(root, 'large'), Buffer.alloc(4 * 1024 * 1024 + 1));
      const reader = open(1);
      assert.throws(() => reader.read(join(root, 'large')), withCode('EFBIG'));
      const large = kept(join(root, 'large'));
      assert.throws(() => readAgain(reader, large), withCode('EFBIG'));
      assert.equal(openBelow(root), 1);
      assert.equal(text(reader, readAgain(reader, kept(join(root, 'small'), large.directory))), 'x\n');
      reader.close();
    });

    test('throws the system error and leaves no descriptor open', (t) => {
      const root = fileTree(t, { 'directory/': '', secret: 'x' });
      chmodSync(root, 0o755);
      chmodSync(join(root, 'secret'), 0o000);
      const reader = open(4);
      for (const [name, code] of [
        ['missing', 'ENOENT'],
        ['missing/below', 'ENOENT'],
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
      reader.close();
      assert.equal(openBelow(root), 0);
    });

    test('keeps a directory without the file, and opens none that does not exist', (t) => {
      const root = fileTree(t, { 'directory/there': 'x' });
      const reader = open(4);
      const missing = kept(join(root, 'directory/missing'));
      assert.throws(() => readAgain(reader, missing), withCode('ENOENT'));
      assert.throws(() => readAgain(reader, kept(join(root, 'none/file'))), withCode('ENOENT'));
      assert.deepEqual([reader.cachedDescriptors, openBelow(root)], [1, 1]);
      assert.equal(text(reader, readAgain(reader, kept(join(root, 'directory/there'), missing.directory))), 'x');
      assert.deepEqual([reader.cachedDescriptors, openBelow(root)], [1, 1]);
      reader.close();
    });

    test('does not wait for a FIFO', (t) => {
      const root = fileTree(t);
      const fifo = join(root, 'fifo');
      spawnSync('mkfifo', [fifo]);
      const reader = open(1);
      assert.throws(() => readAgain(reader, kept(fifo)), withCode('ESPIPE'));
      reader.close();
    });
  });

  describe(`a cached directory, ${way}`, { skip }, () => {
    test('returns -1 before the first read', () => {
      assert.equal(open(1).readIn({ descriptor: -1 }, 'file'), -1);
    });

    test('keeps its descriptor and returns new content', (t) => {
      const root = fileTree(t, { file: '1\n' });
      const reader = open(1);
      const file = kept(join(root, 'file'));
      assert.equal(text(reader, readAgain(reader, file)), '1\n');
      const { descriptor } = file.directory;
      assert.ok(descriptor >= 0);
      writeFileSync(file.path, '22\n');
      assert.equal(text(reader, readCached(reader, file)), '22\n');
      assert.equal(file.directory.descriptor, descriptor);
      assert.equal(reader.cachedDescriptors, 1);
      reader.close();
    });

    test('is shared by its files', (t) => {
      const root = fileTree(t, { a: 'a', b: 'b' });
      const reader = open(5);
      const { directory } = kept(root);
      const files = ['a', 'b'].map((name) => kept(join(root, name), directory));
      for (let round = 0; round < 2; round++) {
        assert.deepEqual(
          files.map((file) => text(reader, readAgain(reader, file))),
          ['a', 'b'],
        );
      }
      assert.deepEqual([reader.cachedDescriptors, openBelow(root)], [1, 1]);
      reader.close();
    });

    test('has its links counted while it is open', (t) => {
      const root = fileTree(t, { 'parent/leaf/file': 'x', 'parent/file': 'x' });
      const reader = open(2);
      const [parent, leaf] = [kept(join(root, 'parent/file')), kept(join(root, 'parent/leaf/file'))];
      assert.equal(reader.linkCount(parent.directory), undefined);
      for (const file of [parent, leaf]) readAgain(reader, file);
      assert.deepEqual([reader.linkCount(parent.directory), reader.linkCount(leaf.directory)], [3, 2]);
      reader.close();
    });

    test('is not cached above the limit, and its files are read by path', (t) => {
      const root = fileTree(t, { 'a/file': 'a', 'b/file': 'b', 'c/file': 'c' });
      const reader = open(2);
      const files = ['a', 'b', 'c'].map((name) => kept(join(root, name, 'file')));
      for (let round = 0; round < 3; round++) {
        assert.deepEqual(
          files.map((file) => text(reader, readAgain(reader, file))),
          ['a', 'b', 'c'],
        );
      }
      assert.equal(reader.cachedDescriptors, 2);
      assert.equal(openBelow(root), 2);
      assert.equal(files[2]?.directory.descriptor, -1);
      reader.close();
    });

    test('frees its slot on release', (t) => {
      const root = fileTree(t, { 'a/file': 'a', 'b/file': 'b' });
      const reader = open(1);
      const [a, b] = [kept(join(root, 'a/file')), kept(join(root, 'b/file'))];
      readAgain(reader, a);
      reader.release(a.directory);
      reader.release(a.directory);
      assert.deepEqual([a.directory.descriptor, reader.cachedDescriptors, openBelow(root)], [-1, 0, 0]);
      readAgain(reader, b);
      assert.equal(reader.cachedDescriptors, 1);
      assert.equal(text(reader, readAgain(reader, a)), 'a');
      reader.close();
      assert.deepEqual([b.directory.descriptor, reader.cachedDescriptors, openBelow(root)], [-1, 0, 0]);
    });

    test('is never cached with a limit of 0', (t) => {
      const root = fileTree(t, { a: 'a' });
      const reader = open(0);
      const file = kept(join(root, 'a'));
      assert.equal(text(reader, readAgain(reader, file)), 'a');
      assert.deepEqual([file.directory.descriptor, reader.cachedDescriptors, openBelow(root)], [-1, 0, 0]);
    });

    test('can be read after close()', (t) => {
      const root = fileTree(t, { a: 'a' });
      const reader = open(1);
      const file = kept(join(root, 'a'));
      readAgain(reader, file);
      reader.close();
      assert.equal(text(reader, readAgain(reader, file)), 'a');
      reader.close();
    });

    test('may have any name', (t) => {
      const root = fileTree(t);
      const name = Buffer.concat([Buffer.from(`${root}/a\\x2d`), Buffer.of(0xff)]);
      mkdirSync(name);
      writeFileSync(Buffer.concat([name, Buffer.from('/file')]), 'content');
      const reader = open(1);
      const file = kept(`${root}/a\\x2d\udcff/file`);
      assert.equal(text(reader, readAgain(reader, file)), 'content');
      assert.equal(text(reader, readCached(reader, file)), 'content');
      reader.close();
    });
  });

  describe(`a cached descriptor of a removed directory, ${way}`, { skip }, () => {
    test('is closed, and the error is that of opening the path', async () => {
      const child = startProcess();
      const reader = open(1);
      const file = kept(child.stat);
      try {
        readAgain(reader, file);
      } finally {
        await child.end();
      }
      assert.equal(readCached(reader, file), -1);
      assert.deepEqual([file.directory.descriptor, reader.cachedDescriptors], [-1, 0]);
      assert.throws(() => readAgain(reader, file), withCode('ENOENT'));
      assert.deepEqual([file.directory.descriptor, reader.cachedDescriptors], [-1, 0]);
    });

    test('is replaced by one of the new directory with the same name', (t) => {
      const root = fileTree(t, { 'a/file': 'old\n' });
      const reader = open(1);
      const file = kept(join(root, 'a/file'));
      assert.equal(text(reader, readAgain(reader, file)), 'old\n');
      rmSync(join(root, 'a'), { recursive: true });
      mkdirSync(join(root, 'a'));
      writeFileSync(file.path, 'new\n');
      assert.equal(text(reader, readAgain(reader, file)), 'new\n');
      assert.deepEqual([reader.cachedDescriptors, openBelow(root)], [1, 1]);
      reader.close();
    });

    test('is cached again after the file is recreated', (t) => {
      const root = fileTree(t);
      const reader = open(1);
      const file = kept(join(root, 'file'));
      assert.throws(() => readAgain(reader, file), withCode('ENOENT'));
      writeFileSync(file.path, 'there\n');
      assert.equal(text(reader, readAgain(reader, file)), 'there\n');
      rmSync(file.path);
      mkdirSync(file.path);
      reader.release(file.directory);
      assert.throws(() => readAgain(reader, file), withCode('EISDIR'));
      reader.close();
      assert.equal(openBelow(root), 0);
    });
  });
}

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

describe('the native functions', () => {
  test('are absent with the reason where they were not built', (t) => {
    const root = fileTree(t, { 'native.node': 'not a library' });
    for (const name of ['missing.node', 'native.node']) {
      const choice = loadNative(join(root, name));
      assert.equal(choice.native, undefined);
      assert.match(choice.cause, new RegExp(name.replace('.', '\\.')));
    }
  });

  test('returns negative error numbers, and rejects a name without its end', { skip: cause ?? false }, (t) => {
    const root = fileTree(t, { file: '12345' });
    const directory = openSync(root, 'r');
    t.after(() => closeSync(directory));
    const buffer = Buffer.alloc(16);
    assert.ok(native !== undefined);
    assert.equal(native.readAt(directory, Buffer.from('file\0'), buffer), 5);
    assert.equal(native.readAt(directory, Buffer.from('file\0'), buffer.subarray(0, 3)), 3);
    assert.equal(buffer.toString('latin1', 0, 6), '12345\0');
    assert.equal(native.readAt(directory, Buffer.from('none\0'), buffer), -constants.errno.ENOENT);
    assert.equal(native.readAt(-1, Buffer.from('file\0'), buffer), -constants.errno.EBADF);
    for (const name of ['file', '']) {
      assert.equal(native.readAt(directory, Buffer.from(name), buffer), -constants.errno.EINVAL);
    }
  });
});

describe('a process with a lower RLIMIT_NOFILE than configured', () => {
  test('reads all files and leaves descriptors for other uses', (t) => {
    const names = Array.from({ length: 200 }, (_, index) => `cgroup${index}`);
    const root = fileTree(t, Object.fromEntries(names.map((name) => [`${name}/file`, name])));
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
