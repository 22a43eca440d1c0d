import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { Yielder } from '../../../../src/base/yielder.ts';
import { diskUsage } from '../../../../src/kernel/children/disk-usage.ts';

const NEVER: Yielder = { shouldYield: false, yield: () => Promise.resolve() };

/** A yielder that calls `act` with the number of processed entries before every entry. */
function stepwise(act: (step: number) => void): Yielder {
  let steps = 0;
  return {
    shouldYield: true,
    yield: () => {
      act(steps++);
      return Promise.resolve();
    },
  };
}

function du(directory: string): number {
  return Number(execFileSync('du', ['-sx', '--block-size=1', directory], { encoding: 'latin1' }).split('\t')[0]);
}

function openDescriptors(): number {
  return readdirSync('/proc/self/fd').length;
}

describe('the usage of a directory', () => {
  let directory: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'pod-exporter-usage-'));
  });

  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  const usage = (yielder = NEVER, mounts: ReadonlySet<string> = new Set<string>()): Promise<number> =>
    diskUsage(directory, { yielder, mounts });

  function write(path: string, kibibytes: number): void {
    writeFileSync(join(directory, path), Buffer.alloc(kibibytes * 1024, 'x'));
  }

  test('matches du for files and nested directories', async () => {
    write('a', 100);
    mkdirSync(join(directory, 'b/c/d'), { recursive: true });
    write('b/x', 1);
    write('b/c/y', 77);
    write('b/c/d/z', 3000);
    const bytes = await usage();
    assert.equal(bytes, du(directory));
    assert.ok(bytes >= 3178 * 1024);
  });

  test('of an empty directory is that of the directory itself', async () => {
    assert.equal(await usage(), du(directory));
  });

  test('counts a file with hard links in several directories once', async () => {
    mkdirSync(join(directory, 'b'));
    write('a', 500);
    write('b/other', 40);
    for (const name of ['a2', 'b/a3', 'b/a4']) linkSync(join(directory, 'a'), join(directory, name));
    linkSync(join(directory, 'b/other'), join(directory, 'other2'));
    const bytes = await usage();
    assert.equal(bytes, du(directory));
    assert.ok(bytes < 600 * 1024);
  });

  test('counts a file with hard links outside of the directory', async () => {
    const elsewhere = mkdtempSync(join(tmpdir(), 'pod-exporter-elsewhere-'));
    try {
      write('a', 500);
      linkSync(join(directory, 'a'), join(elsewhere, 'a'));
      assert.ok((await usage()) >= 500 * 1024);
    } finally {
      rmSync(elsewhere, { recursive: true });
    }
  });

  test('excludes holes', async () => {
    write('sparse', 8);
    truncateSync(join(directory, 'sparse'), 1024 ** 3);
    const bytes = await usage();
    assert.equal(bytes, du(directory));
    assert.ok(bytes < 1024 * 1024);
  });

  test('does not follow symbolic links, dangling ones and loops included', async () => {
    symlinkSync('/usr', join(directory, 'usr'));
    symlinkSync('.', join(directory, 'self'));
    symlinkSync('nowhere', join(directory, 'dangling'));
    assert.equal(await usage(), du(directory));
  });

  test('rejects a symbolic link and a file', async () => {
    const link = join(directory, 'link');
    symlinkSync('/usr', link);
    write('file', 1);
    await assert.rejects(diskUsage(link, { yielder: NEVER, mounts: new Set() }), { code: 'ENOTDIR' });
    await assert.rejects(diskUsage(join(directory, 'file'), { yielder: NEVER, mounts: new Set() }), {
      code: 'ENOTDIR',
    });
    await assert.rejects(diskUsage(join(directory, 'none'), { yielder: NEVER, mounts: new Set() }), { code: 'ENOENT' });
  });

  test('counts names that are invalid UTF-8', async () => {
    for (const name of ['\xff\xfe', 'new\nline', 'ümläut']) {
      const child = Buffer.from(`${directory}/${name}`, 'latin1');
      mkdirSync(child);
      writeFileSync(Buffer.concat([child, Buffer.from('/\x80', 'latin1')]), Buffer.alloc(64 * 1024, 'x'));
    }
    const bytes = await usage();
    assert.equal(bytes, du(directory));
    assert.ok(bytes >= 3 * 64 * 1024);
  });

  test('counts a tree deeper than PATH_MAX', async () => {
    const name = 'd'.repeat(200);
    execFileSync('sh', ['-c', `for i in $(seq 60); do mkdir ${name}; cd -P ${name} || exit 1; done; echo x > f`], {
      cwd: directory,
    });
    const bytes = await usage();
    assert.equal(bytes, du(directory));
    assert.ok(bytes >= 60 * 4096);
    execFileSync('rm', ['-rf', directory]);
  });

  test('excludes mount points without calling stat', async () => {
    mkdirSync(join(directory, 'mounted/deeper'), { recursive: true });
    write('mounted/x', 100);
    write('mounted/deeper/y', 100);
    write('beside', 100);
    const all = await usage();
    const mounted = du(join(directory, 'mounted'));
    assert.equal(await usage(NEVER, new Set([join(directory, 'mounted')])), all - mounted);
    const deeper = du(join(directory, 'mounted/deeper'));
    assert.equal(await usage(NEVER, new Set([join(directory, 'mounted/deeper')])), all - deeper);
  });

  test('skips entries that vanish during the walk', async () => {
    for (let index = 0; index < 20; index++) {
      mkdirSync(join(directory, `d${index}/e`), { recursive: true });
      write(`d${index}/e/f`, 4);
      write(`f${index}`, 4);
    }
    const before = openDescriptors();
    const vanishing = stepwise((step) => {
      rmSync(join(directory, `d${step}`), { recursive: true, force: true });
      rmSync(join(directory, `f${step}`), { force: true });
    });
    const bytes = await usage(vanishing);
    assert.ok(bytes >= du(directory));
    assert.equal(openDescriptors(), before);
  });

  test('does not follow a directory that becomes a symbolic link during the walk', async () => {
    const traps = ['trap1', 'trap2'].map((name) => join(directory, name));
    for (const trap of traps) mkdirSync(trap);
    // Before the second entry is opened; the first was still a directory.
    const swapped = stepwise((step) => {
      if (step !== 2) return;
      for (const trap of traps) {
        renameSync(trap, `${trap}.old`);
        symlinkSync('/usr/share', trap);
      }
    });
    assert.ok((await usage(swapped)) < 64 * 1024);
  });

  test('continues in a directory that is renamed during the walk', async () => {
    mkdirSync(join(directory, 'a/b/c'), { recursive: true });
    for (const path of ['a/x', 'a/b/y', 'a/b/c/z']) write(path, 64);
    const whole = await usage();
    let at = 'a';
    const renaming = stepwise((step) => {
      // The entries of the first directory keep their names.
      if (step < 3) return;
      renameSync(join(directory, at), join(directory, `a${step}`));
      at = `a${step}`;
    });
    assert.equal(await usage(renaming), whole);
    assert.notEqual(at, 'a');
  });

  test('rejects if a part is not readable, and leaves no descriptor open', async (t) => {
    if (process.getuid?.() !== 0) {
      t.skip('requires root, to switch to another user');
      return;
    }
    mkdirSync(join(directory, 'open/secret'), { recursive: true });
    chmodSync(directory, 0o755);
    chmodSync(join(directory, 'open/secret'), 0o700);
    const before = openDescriptors();
    process.seteuid?.(65_534);
    try {
      await assert.rejects(usage(), { code: 'EACCES' });
    } finally {
      process.seteuid?.(0);
    }
    assert.equal(openDescriptors(), before);
  });

  test('yields whenever the yielder requires it', async () => {
    for (let index = 0; index < 10; index++) mkdirSync(join(directory, `d${index}`));
    let rests = 0;
    await usage(stepwise(() => rests++));
    assert.ok(rests >= 20, String(rests));
  });
});
