import { strict as assert } from 'node:assert';
import { describe, test } from 'node:test';
import { readMachineIdentity, readMachineSize } from '../../../src/node/machine.ts';
import { fileTree } from '../kernel/file-tree.ts';

const STAT = 'cpu  10 20 30\ncpu0 5 10 15\ncpu1 5 10 15\ncpu12 0 0 0\nintr 1 2\nctxt 5\n';
const MEMINFO = 'MemTotal:        4021016 kB\nMemFree: 1 kB\nSwapCached: 7 kB\nSwapTotal:       2097148 kB\n';

describe('readMachineSize', () => {
  test('returns online CPUs, memory and swap in bytes', (t) => {
    assert.deepEqual(readMachineSize({ procfs: fileTree(t, { stat: STAT, meminfo: MEMINFO }) }), {
      cores: 3,
      memory: 4_021_016 * 1024,
      swap: 2_097_148 * 1024,
    });
  });

  test('omits missing values', (t) => {
    assert.deepEqual(readMachineSize({ procfs: fileTree(t, { stat: 'intr 1\n', meminfo: 'MemFree: 1 kB\n' }) }), {});
  });

  test('returns zero swap', (t) => {
    const procfs = fileTree(t, { stat: STAT, meminfo: 'SwapTotal:       0 kB\n' });
    assert.deepEqual(readMachineSize({ procfs }), { cores: 3, swap: 0 });
  });

  test('throws if a file is missing', (t) => {
    assert.throws(() => readMachineSize({ procfs: fileTree(t, { stat: STAT }) }), { code: 'ENOENT' });
  });
});

describe('readMachineIdentity', () => {
  test('reads kernel version, distribution and boot ID', (t) => {
    const procfs = fileTree(t, {
      version: 'Linux version 6.1.0-56-cloud-amd64 (debian-kernel@lists.debian.org) (gcc-12) #1 SMP\n',
      'sys/kernel/random/boot_id': 'd2f7a4ab-3c3c-4d5b-9f5e-000000000000\n',
    });
    const rootfs = fileTree(t, { 'etc/os-release': 'NAME="Debian"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n' });
    assert.deepEqual(readMachineIdentity({ procfs, rootfs }), {
      kernelVersion: '6.1.0-56-cloud-amd64',
      osImage: 'Debian GNU/Linux 12 (bookworm)',
      bootId: 'd2f7a4ab-3c3c-4d5b-9f5e-000000000000',
    });
  });

  test('reads an unquoted PRETTY_NAME', (t) => {
    const rootfs = fileTree(t, { 'etc/os-release': 'PRETTY_NAME=Alpine\n' });
    assert.deepEqual(readMachineIdentity({ procfs: rootfs, rootfs }), { osImage: 'Alpine' });
  });
});
