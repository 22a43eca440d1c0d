import { strict as assert } from 'node:assert';
import { describe, test, type TestContext } from 'node:test';
import { join } from 'node:path';
import { HardwareReader, type Hardware } from '../../../src/node/hardware.ts';
import { addFiles, fileTree, type Files } from '../kernel/file-tree.ts';

function read(t: TestContext, files: Files): Hardware {
  return reader(fileTree(t, { 'proc/': '', 'sys/': '', ...files })).read(0);
}

function reader(root: string): HardwareReader {
  return new HardwareReader({ procfs: join(root, 'proc'), sysfs: join(root, 'sys'), rootfs: root });
}

function cpu(number: number, [package_, core]: readonly [number, number], more: Files = {}): Files {
  const topology = `sys/devices/system/cpu/cpu${number}/topology`;
  return {
    [`${topology}/physical_package_id`]: `${package_}\n`,
    [`${topology}/core_id`]: `${core}\n`,
    ...Object.fromEntries(Object.entries(more).map(([name, content]) => [`${topology}/${name}`, content])),
  };
}

describe('the CPU topology', () => {
  test('counts cores with hyper-threads and equal core IDs on two sockets', (t) => {
    const { physicalCores, sockets, books, drawers } = read(t, {
      ...cpu(0, [0, 0]),
      ...cpu(1, [0, 0]),
      ...cpu(2, [0, 1]),
      ...cpu(3, [1, 0]),
      ...cpu(10, [1, 0]),
      'sys/devices/system/cpu/cpu4/online': '0\n',
      'sys/devices/system/cpu/cpufreq/x': '',
    });
    assert.deepEqual([physicalCores, sockets, books, drawers], [3, 2, undefined, undefined]);
  });

  test('counts books and drawers on s390', (t) => {
    const at = (book: string, drawer: string): Files => ({ book_id: book, drawer_id: drawer });
    const { books, drawers } = read(t, { ...cpu(0, [0, 0], at('0\n', '-1\n')), ...cpu(1, [0, 1], at('1\n', '-1\n')) });
    assert.deepEqual([books, drawers], [2, undefined]);
  });

  test('is absent if the kernel does not export it', (t) => {
    const { physicalCores, sockets } = read(t, {});
    assert.deepEqual([physicalCores, sockets], [undefined, undefined]);
  });
});

describe('memory modules', () => {
  test('are counted by type, empty slots excluded', (t) => {
    const slot = (name: string, type: string, size: string): Files => ({
      [`sys/devices/system/edac/mc/mc0/${name}/dimm_mem_type`]: `${type}\n`,
      [`sys/devices/system/edac/mc/mc0/${name}/size`]: `${size}\n`,
    });
    const { modules } = read(t, {
      ...slot('dimm0', 'Registered-DDR4', '16384'),
      ...slot('dimm1', 'Registered-DDR4', '16384'),
      ...slot('rank2', 'Unbuffered-DDR4', '8'),
      ...slot('dimm3', 'Registered-DDR4', '0'),
      ...slot('power', 'Registered-DDR4', '5'),
    });
    assert.deepEqual(modules, [
      { type: 'Registered-DDR4', count: 2, bytes: 2 * 2 ** 34 },
      { type: 'Unbuffered-DDR4', count: 1, bytes: 2 ** 23 },
    ]);
  });
});

describe('identity', () => {
  test('is that of firmware, system and kernel', (t) => {
    const { machineId, systemUuid, bootId } = read(t, {
      'etc/machine-id': 'abc\n',
      'sys/class/dmi/id/product_uuid': 'u-1\n',
      'proc/sys/kernel/random/boot_id': 'b-1\n',
    });
    assert.deepEqual([machineId, systemUuid, bootId], ['abc', 'u-1', 'b-1']);
  });

  test('uses the machine ID if the UUID of the firmware is not readable', (t) => {
    const { machineId, systemUuid, bootId } = read(t, { 'etc/machine-id': '\n', 'var/lib/dbus/machine-id': 'def\n' });
    assert.deepEqual([machineId, systemUuid, bootId], ['def', 'def', undefined]);
  });

  test('of a device tree excludes the NUL byte', (t) => {
    assert.equal(read(t, { 'proc/device-tree/vm,uuid': 'u-2\0' }).systemUuid, 'u-2');
  });
});

test('the hardware is reread after five minutes', (t) => {
  const root = fileTree(t, { 'proc/': '', 'sys/': '', 'etc/machine-id': 'one\n' });
  const hardware = reader(root);
  assert.equal(hardware.read(0).machineId, 'one');
  addFiles(root, { 'etc/machine-id': 'two\n' });
  assert.equal(hardware.read(299_999).machineId, 'one');
  assert.equal(hardware.read(300_000).machineId, 'two');
});
