import { strict as assert } from 'node:assert';
import { describe, test } from 'node:test';
import { readProcess } from '../../../src/kernel/process-reading.ts';
import { fileTree } from './file-tree.ts';

/** The fields behind the name; 250 and 50 ticks of CPU time, 4 threads, started 12.34 s after boot. */
const FIELDS = 'S 1 7 7 0 -1 4194304 100 0 0 0 250 50 9 9 20 0 4 0 1234 1000 20';

const STATUS = 'Name:\tx\nState:\tS (sleeping)\nVmPeak:\t    9000 kB\nVmRSS:\t    2048 kB\nVmSwap:\t       0 kB\n';

describe('readProcess', () => {
  test('has name, state, threads, CPU time, start and memory', (t) => {
    const procfs = fileTree(t, { '7/stat': `7 (node) ${FIELDS}\n`, '7/status': STATUS });
    assert.deepEqual(readProcess(procfs, 7), {
      name: 'node',
      state: 'S',
      threads: 4,
      cpuSeconds: 3,
      startedAfterBoot: 12.34,
      residentBytes: 2 ** 21,
      swapBytes: 0,
    });
  });

  for (const [what, name, expected] of [
    ['parentheses and spaces', 'a) R 1 (b', 'a) R 1 (b'],
    ['nothing', '', ''],
    ['a line feed and an escape sequence', 'a\n\u001B[2J', 'a\uFFFD\uFFFD[2J'],
    ['text that is reversed', 'a\u202Eb', 'a\uFFFDb'],
    ['more than ASCII', 'größe', 'größe'],
  ] as const) {
    test(`a name of ${what}`, (t) => {
      const procfs = fileTree(t, { '7/stat': `7 (${name}) ${FIELDS}\n`, '7/status': STATUS });
      const reading = readProcess(procfs, 7);
      assert.deepEqual([reading?.name, reading?.state, reading?.threads], [expected, 'S', 4]);
    });
  }

  test('a name that is not UTF-8 is decoded with replacements', (t) => {
    const stat = Buffer.from(`7 (a\u00FFb) ${FIELDS}\n`, 'latin1');
    const procfs = fileTree(t, { '7/stat': stat, '7/status': STATUS });
    assert.equal(readProcess(procfs, 7)?.name, 'a\uFFFDb');
  });

  test('a zombie has no memory', (t) => {
    const procfs = fileTree(t, { '7/stat': `7 (gone) ${FIELDS.replace('S', 'Z')}\n`, '7/status': 'Name:\tgone\n' });
    const { state, residentBytes, swapBytes } = readProcess(procfs, 7) ?? {};
    assert.deepEqual([state, residentBytes, swapBytes], ['Z', Number.NaN, Number.NaN]);
  });

  test('a process that has exited is absent', (t) => assert.equal(readProcess(fileTree(t), 7), undefined));

  test('agrees with this process', () => {
    const { name, threads = 0, cpuSeconds = 0, residentBytes = 0 } = readProcess('/proc', process.pid) ?? {};
    const { user, system } = process.cpuUsage();
    assert.ok(name !== undefined && name !== '' && threads > 1);
    assert.ok(Math.abs(cpuSeconds - (user + system) / 1e6) < 0.2, `${cpuSeconds}`);
    assert.ok(residentBytes > 2 ** 24 && residentBytes < 2 ** 30, `${residentBytes}`);
  });
});
