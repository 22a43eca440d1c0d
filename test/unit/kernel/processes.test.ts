import { strict as assert } from 'node:assert';
import { chmodSync, mkdirSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import {
  isInitialPidNamespace,
  readNetworkInode,
  readProcessStart,
  isOwnPidNamespace,
} from '../../../src/kernel/processes.ts';
import { fileTree } from './file-tree.ts';
import { unprivileged } from './unprivileged.ts';

describe('isOwnPidNamespace', () => {
  const STATUS = 'Name:\tnode\nPid:\t7\n';
  const CASES: readonly (readonly [what: string, status: string, expected: boolean])[] = [
    ['one PID namespace', `${STATUS}NSpid:\t41852\nVmPeak:\t1 kB\n`, true],
    ['a /proc of the parent namespace', `${STATUS}NSpid:\t41852\t1\n`, false],
    ['a /proc of the grandparent namespace', `${STATUS}NSpid:\t41852\t17\t1\n`, false],
    ['a kernel without NSpid', STATUS, true],
    ['a line without numbers', `${STATUS}NSpid:\n`, true],
  ];
  for (const [what, status, expected] of CASES) {
    test(what, (t) => assert.equal(isOwnPidNamespace(fileTree(t, { 'self/status': status })), expected));
  }

  test('a recorded /proc, which has no self', (t) => assert.equal(isOwnPidNamespace(fileTree(t)), true));

  test('the own /proc', () => assert.equal(isOwnPidNamespace('/proc'), true));
});

describe('isInitialPidNamespace', () => {
  for (const [target, initial] of [
    ['pid:[4026531836]', true],
    ['pid:[4026532280]', false],
  ] as const) {
    test(`${target}: ${initial}`, (t) => {
      const procfs = fileTree(t);
      mkdirSync(join(procfs, 'self/ns'), { recursive: true });
      symlinkSync(target, join(procfs, 'self/ns/pid'));
      assert.equal(isInitialPidNamespace(procfs), initial);
    });
  }

  test('a recorded /proc, which has no self', (t) => assert.equal(isInitialPidNamespace(fileTree(t)), false));
});

describe('readNetworkInode', () => {
  test("is that of the process' net/dev", (t) => {
    const procfs = fileTree(t, { '7/net/dev': '' });
    assert.equal(readNetworkInode(procfs, 7), statSync(join(procfs, '7/net/dev')).ino);
  });

  test('is equal for processes of the same namespace', () => {
    assert.equal(readNetworkInode('/proc', process.pid), readNetworkInode('/proc', process.ppid));
  });

  for (const [what, files] of Object.entries({
    'no process': {},
    'no network': { '7/stat': '' },
    'a file for a directory': { 7: '' },
  })) {
    test(`${what} is absent`, (t) => assert.equal(readNetworkInode(fileTree(t, files), 7), undefined));
  }

  test('an inaccessible process is absent', (t) => {
    const procfs = fileTree(t, { '7/net/dev': '' });
    chmodSync(procfs, 0o755);
    chmodSync(join(procfs, '7'), 0o000);
    try {
      assert.equal(
        unprivileged(() => readNetworkInode(procfs, 7)),
        undefined,
      );
    } finally {
      chmodSync(join(procfs, '7'), 0o755);
    }
  });
});

/** A line of /proc/7/stat. */
function line(name: string, ticks: number): string {
  return `7 (${name}) S 1 7 7 0 -1 4194560 100 0 0 0 1 2 0 0 20 0 1 0 ${ticks} 1000000 200 18446744073709551615\n`;
}

describe('readProcessStart', () => {
  for (const name of ['pause', 'a b', '(sd-pam)', ') S 1 (', 'x) R 0 0 0', '', 'n\u{e4}h']) {
    test(`of a process named ${JSON.stringify(name)}`, (t) => {
      const procfs = fileTree(t, { '7/stat': line(name, 4711) });
      assert.deepEqual(readProcessStart(procfs, 7), { ticks: 4711, name: Buffer.from(name).toString('latin1') });
    });
  }

  test('of this process matches the kernel', () => {
    const own = readProcessStart('/proc', process.pid);
    const parent = readProcessStart('/proc', process.ppid);
    assert.ok(own !== undefined && parent !== undefined && own.ticks >= parent.ticks && parent.ticks > 0);
  });

  for (const [what, files] of Object.entries({
    'no process': {},
    'an empty file': { '7/stat': '' },
    'a file cut within the name': { '7/stat': '7 (pau' },
    'a file cut before the start': { '7/stat': line('pause', 4711).slice(0, 40) },
  })) {
    test(`${what} is absent`, (t) => assert.equal(readProcessStart(fileTree(t, files), 7), undefined));
  }
});
