import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { DiskUsageProcess, DiskUsageError } from '../../src/kernel/children/disk-usage-process.ts';
import { diskUsage } from '../../src/kernel/children/disk-usage.ts';
import { systemClock } from '../../src/base/clock.ts';
import { Cleanup } from '../support/cleanup.ts';
import { HungMount, whyNoHungMount } from '../support/hung-mount.ts';

const needsRoot = { skip: process.getuid?.() === 0 ? false : 'needs root' };
const needsHungMount = { skip: whyNoHungMount() ?? false };

const LIMITS = { procfs: '/proc', walkMsPerSecond: 1000, maxIoPressurePercent: 100 };

function run(program: string, ...args: readonly string[]): string {
  return execFileSync(program, args, { encoding: 'latin1', stdio: ['ignore', 'pipe', 'pipe'] });
}

function du(directory: string): number {
  return Number(run('du', '-sx', '--block-size=1', directory).split('\t')[0]);
}

function why(program: string, ...args: readonly string[]): string | undefined {
  try {
    run(program, ...args);
    return undefined;
  } catch (error) {
    return error instanceof Error ? (error.message.trim().split('\n').at(-1) ?? '') : '';
  }
}

function measured(walker: DiskUsageProcess, path: string): Promise<number | undefined> {
  return walker.measure({ root: '/', path });
}

describe('the usage of real file systems', () => {
  const cleanup = new Cleanup();
  let folder: string;
  let at: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'pod-exporter-usage-'));
    at = join(folder, 'mounted here');
    mkdirSync(at);
    cleanup.defer(() => rmSync(folder, { recursive: true }));
  });

  afterEach(() => cleanup.run());

  function mounted(directory: string, ...args: readonly string[]): void {
    run('mount', ...args, directory);
    cleanup.defer(() => run('umount', directory));
  }

  /** Files of every kind, and a mount among them. */
  function fill(): void {
    mkdirSync(join(at, 'a/b'), { recursive: true });
    writeFileSync(join(at, 'a/plain'), Buffer.alloc(300_000, 'x'));
    writeFileSync(join(at, 'a/b/tiny'), 'x');
    linkSync(join(at, 'a/plain'), join(at, 'a/b/link'));
    writeFileSync(join(at, 'sparse'), 'x');
    truncateSync(join(at, 'sparse'), 2 ** 40);
    symlinkSync('/usr', join(at, 'usr'));
    mkdirSync(join(at, 'a/other file\nsystem'));
    mounted(join(at, 'a/other file\nsystem'), '-t', 'tmpfs', 'tmpfs');
    const elsewhere = join(at, 'a/other file\nsystem/x');
    writeFileSync(elsewhere, Buffer.alloc(900_000, 'x'));
    writeFileSync(join(at, 'a/file'), '');
    mounted(join(at, 'a/file'), '--bind', elsewhere);
  }

  async function assertEqualsDu(): Promise<void> {
    fill();
    const walker = new DiskUsageProcess({ ...LIMITS, clock: systemClock });
    cleanup.defer(() => walker.stop());
    const expected = du(at);
    assert.ok(expected > 300_000 && expected < 900_000, String(expected));
    assert.equal(await measured(walker, join(at, 'a')), du(join(at, 'a')));
    // Not told of any mount it finds the same, by the number of the device.
    assert.equal(
      await diskUsage(at, { yielder: { shouldYield: false, yield: async () => {} }, mounts: new Set() }),
      expected,
    );
    assert.equal(await measured(walker, at), undefined);
  }

  for (const type of ['ext4', 'xfs', 'btrfs']) {
    test(`${type}: is what du says`, needsRoot, async (t) => {
      const image = join(folder, 'image');
      writeFileSync(image, '');
      truncateSync(image, 400 * 1024 * 1024);
      const reason = why(`mkfs.${type}`, '-q', image) ?? why('mount', '-o', 'loop', image, at);
      if (reason !== undefined) {
        t.skip(`cannot make and mount ${type}: ${reason}`);
        return;
      }
      cleanup.defer(() => run('umount', at));
      await assertEqualsDu();
    });
  }

  test('tmpfs: is what du reports', needsRoot, () => {
    mounted(at, '-t', 'tmpfs', 'tmpfs');
    return assertEqualsDu();
  });

  test('has nothing of what is mounted after the mounts were read', needsRoot, async () => {
    for (const name of ['a', 'b']) mkdirSync(join(at, name, 'deeper'), { recursive: true });
    const before = du(at);
    let steps = 0;
    const rest = (): Promise<void> => {
      // Before the second of the two is looked at: the first was part of the file system then.
      if (steps++ === 2) {
        for (const name of ['a', 'b']) {
          mounted(join(at, name), '-t', 'tmpfs', 'tmpfs');
          writeFileSync(join(at, name, 'x'), Buffer.alloc(100_000, 'x'));
        }
      }
      return Promise.resolve();
    };
    const bytes = await diskUsage(at, { yielder: { shouldYield: true, yield: rest }, mounts: new Set() });
    assert.ok(steps > 2 && bytes < before, `${bytes} of ${before}`);
  });
});

describe('a directory that does not answer', needsHungMount, () => {
  const cleanup = new Cleanup();
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'pod-exporter-hung-'));
    mkdirSync(join(folder, 'hung'));
    writeFileSync(join(folder, 'file'), Buffer.alloc(100_000, 'x'));
    cleanup.defer(() => rmSync(folder, { recursive: true }));
  });

  afterEach(() => cleanup.run());

  /** A process whose patience ends when it is told to. */
  function impatient(): { walker: DiskUsageProcess; timeOut: () => void; waiting: () => number } {
    const tasks = new Set<() => void>();
    const after = (_: number, task: () => void): (() => void) => {
      tasks.add(task);
      return () => tasks.delete(task);
    };
    const walker = new DiskUsageProcess({ ...LIMITS, clock: { after } });
    cleanup.defer(() => walker.stop());
    const timeOut = (): void => {
      for (const task of tasks) task();
    };
    return { walker, timeOut, waiting: () => tasks.size };
  }

  test('is not read where it is a mount point', async () => {
    const { walker } = impatient();
    const expected = du(folder);
    const hung = await HungMount.at(join(folder, 'hung'));
    cleanup.defer(() => hung.remove());
    const bytes = await measured(walker, folder);
    assert.ok(bytes !== undefined && bytes >= 100_000 && bytes < expected, String(bytes));
    assert.equal(await measured(walker, join(folder, 'hung')), undefined);
  });

  test('costs its own measurement, and the next directory is measured by another process', async () => {
    const { walker, timeOut, waiting } = impatient();
    const hung = await HungMount.at(join(folder, 'hung'));
    cleanup.defer(() => hung.remove());
    assert.ok(((await measured(walker, '/etc')) ?? 0) > 0);
    const stuck = measured(walker, join(folder, 'hung/directory'));
    assert.equal(waiting(), 1);
    timeOut();
    const failure = await stuck.then(
      () => undefined,
      (error: unknown) => error,
    );
    assert.ok(failure instanceof DiskUsageError);
    assert.equal(failure.code, 'ETIMEDOUT');
    assert.ok(((await measured(walker, '/etc')) ?? 0) > 0);
    await failure.released;
  });

  test('is one of four at most, so that no more processes are left behind', async () => {
    const { walker, timeOut } = impatient();
    const released: Promise<void>[] = [];
    for (let count = 0; count < 4; count++) {
      const stuck = measured(walker, '/etc');
      timeOut();
      await stuck.catch((error: unknown) => {
        assert.ok(error instanceof DiskUsageError && error.released !== undefined);
        released.push(error.released);
      });
    }
    await assert.rejects(measured(walker, '/etc'), { code: 'EBUSY' });
    assert.equal(released.length, 4);
    await Promise.all(released);
    assert.ok(((await measured(walker, '/etc')) ?? 0) > 0);
  });

  test('does not keep the process from being stopped', async () => {
    const { walker } = impatient();
    const hung = await HungMount.at(join(folder, 'hung'));
    cleanup.defer(() => hung.remove());
    const stuck = measured(walker, join(folder, 'hung/directory'));
    walker.stop();
    await assert.rejects(stuck, { code: 'ECHILD' });
  });
});
