import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { loadNative, type NativeFunctions } from '../../../src/kernel/native.ts';
import { StartMemory, unwrittenMappings } from '../../../src/kernel/start-memory.ts';

/** A mapping as `/proc/PID/smaps` has it, with a part of its fields. */
function mapping(line: string, anonymousKilobytes: number): string {
  return [
    line,
    'Size:               1024 kB',
    'Rss:                 512 kB',
    `Anonymous:      ${String(anonymousKilobytes).padStart(8)} kB`,
    'AnonHugePages:         0 kB',
    'VmFlags: rd ex mr mw me',
    '',
  ].join('\n');
}

const CODE = '00400000-00500000 r-xp 00001000 fe:00 1966245     /usr/bin/node';
const CONSTANTS = '7f0000600000-7f0000604000 r--p 00000000 00:2f 17             /usr/lib/libc.so.6 (deleted)';

describe('mappings whose pages are as in their files', () => {
  test('are found with their addresses and lengths', () => {
    const smaps = mapping(CODE, 0) + mapping(CONSTANTS, 0);
    assert.deepEqual([...unwrittenMappings(smaps)], [0x400000, 0x100000, 0x7f0000600000, 0x4000]);
  });

  for (const [what, line, anonymous] of [
    ['with pages that the linker wrote to', CODE, 8],
    ['that can be written to', CODE.replace('r-xp', 'rw-p'), 0],
    ['that can be written to and executed', CODE.replace('r-xp', 'rwxp'), 0],
    ['that other processes share', CODE.replace('r-xp', 'r--s'), 0],
    ['without rights', CODE.replace('r-xp', '---p'), 0],
    ['of no file, into which code was copied', '00400000-00500000 r-xp 00000000 00:00 0 ', 0],
    ['of the kernel', '7ffd4a3fc000-7ffd4a3fe000 r-xp 00000000 00:00 0          [vdso]', 0],
  ] as const) {
    test(`exclude those ${what}`, () => {
      const smaps = mapping(line, anonymous) + mapping(CONSTANTS, 0);
      assert.deepEqual([...unwrittenMappings(smaps)], [0x7f0000600000, 0x4000]);
    });
  }

  test('are found in this process, and none of them overlaps what was written to', () => {
    const ranges = unwrittenMappings(readFileSync('/proc/self/smaps', 'latin1'));
    assert.ok(ranges.length >= 4);
    for (const value of ranges) assert.equal(value % 4096, 0);
  });
});

describe('memory of the start', () => {
  test('is released once', () => {
    const released: Float64Array[] = [];
    const native: NativeFunctions = { readAt: () => -1, releasePages: (ranges) => void released.push(ranges) };
    const memory = new StartMemory(native);
    for (let answer = 0; answer < 3; answer++) memory.release();
    assert.equal(released.length, 1);
    assert.ok((released[0]?.length ?? 0) > 0);
  });

  test('stays without the native functions', () => {
    assert.doesNotThrow(() => new StartMemory(undefined).release());
  });

  test('is no longer resident, and the program works as before', { skip: loadNative().cause ?? false }, () => {
    const script = join(import.meta.dirname, 'fixtures/release-start-memory.ts');
    const { stdout, stderr, status } = spawnSync(process.execPath, [script], { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    const { before, after, isSame } = JSON.parse(stdout) as { before: number; after: number; isSame: boolean };
    assert.ok(isSame);
    assert.ok(after < before / 2, stdout);
  });
});
