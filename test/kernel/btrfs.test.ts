import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { parseMountinfo } from '../../src/kernel/mountinfo.ts';
import { MountDevices } from '../../src/storage/mount-devices.ts';
import { Cleanup } from '../support/cleanup.ts';

const PATHS = { procfs: '/proc', sysfs: '/sys', rootfs: '/' };

/** mkfs.btrfs rejects smaller devices. */
const MIN_DEVICE_BYTES = 200 * 1024 * 1024;

function whyNoBtrfs(): string | false {
  if (process.getuid?.() !== 0) return 'needs root';
  if (!/\bbtrfs$/m.test(readFileSync('/proc/filesystems', 'utf8'))) return 'needs a kernel with btrfs';
  for (const program of ['mkfs.btrfs', 'losetup']) {
    if (spawnSync(program, ['--version']).status !== 0) return `needs ${program}`;
  }
  return spawnSync('losetup', ['--find']).status === 0 ? false : 'needs a loop device';
}

/** Mounts a btrfs file system on this many loop devices; returns the mount point and the names of the devices. */
function mountOn(t: TestContext, count: number): { readonly point: string; readonly loops: readonly string[] } {
  const cleanup = new Cleanup();
  t.after(() => cleanup.run());
  const folder = mkdtempSync(join(tmpdir(), 'pod-exporter-btrfs-'));
  cleanup.defer(() => rmSync(folder, { recursive: true }));
  const loops = Array.from({ length: count }, (_, index) => {
    const image = join(folder, `image${index}`);
    writeFileSync(image, '');
    truncateSync(image, MIN_DEVICE_BYTES);
    const loop = execFileSync('losetup', ['--find', '--show', image], { encoding: 'utf8' }).trim();
    cleanup.defer(() => execFileSync('losetup', ['--detach', loop]));
    return loop;
  });
  execFileSync('mkfs.btrfs', ['--quiet', ...loops], { stdio: 'pipe' });
  const point = join(folder, 'mount');
  mkdirSync(point);
  execFileSync('mount', [loops[0] ?? '', point]);
  cleanup.defer(() => execFileSync('umount', [point]));
  return { point, loops: loops.map((loop) => basename(loop)) };
}

function deviceOf(point: string): { readonly number: string | undefined; readonly device: string | undefined } {
  const mount = parseMountinfo(readFileSync('/proc/self/mountinfo')).find(({ mountPoint }) => mountPoint === point);
  return { number: mount?.device, device: mount && new MountDevices(PATHS).of(mount) };
}

describe('a btrfs file system', { skip: whyNoBtrfs() }, () => {
  test('is on its device, although the number of its mount is that of none', (t) => {
    const { point, loops } = mountOn(t, 1);
    const { number, device } = deviceOf(point);
    assert.match(String(number), /^0:\d+$/);
    assert.equal(device, loops[0]);
  });

  test('on two devices is on neither', (t) => {
    assert.equal(deviceOf(mountOn(t, 2).point).device, undefined);
  });
});
