import { strict as assert } from 'node:assert';
import { closeSync, openSync, readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { describe, test } from 'node:test';
import {
  readOpenFilesLimit,
  countOpenDescriptors,
  countOpenSockets,
  fdDirectoryHasSize,
} from '../../../src/kernel/open-files.ts';
import { fileTree } from './file-tree.ts';

const bySize = fdDirectoryHasSize('/proc');

describe('descriptors of this process', () => {
  test('include a newly opened file', () => {
    const before = countOpenDescriptors('/proc', process.pid, bySize) ?? 0;
    const file = openSync('/dev/null', 'r');
    try {
      assert.equal(countOpenDescriptors('/proc', process.pid, bySize), before + 1);
    } finally {
      closeSync(file);
    }
  });

  test('have the same number by size and by listing, except that of the listing', { skip: !bySize }, () => {
    assert.equal(countOpenDescriptors('/proc', process.pid, true), readdirSync('/proc/self/fd').length - 1);
  });

  test('include a newly opened socket', async () => {
    const before = countOpenSockets('/proc', process.pid, 1000) ?? 0;
    const server = createServer();
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    try {
      assert.equal(countOpenSockets('/proc', process.pid, 1000), before + 1);
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });

  test('are not inspected above the limit', () => {
    assert.equal(countOpenSockets('/proc', process.pid, 1), Number.NaN);
  });
});

describe('a process that has exited', () => {
  const GONE = 2 ** 22 + 1;

  test('has no descriptors, sockets or limit', () => {
    assert.equal(countOpenDescriptors('/proc', GONE, false), undefined);
    assert.equal(countOpenDescriptors('/proc', GONE, true), undefined);
    assert.equal(countOpenSockets('/proc', GONE, 10), undefined);
    assert.equal(readOpenFilesLimit('/proc', GONE), undefined);
  });
});

describe('the limit', () => {
  const limits = (soft: string): string =>
    `Limit                     Soft Limit           Hard Limit           Units\nMax open files            ${soft}                 ${soft}              files\n`;

  for (const [soft, value] of [
    ['1024', 1024],
    ['unlimited', -1],
    ['none', undefined],
  ] as const) {
    test(`is ${value} for ${JSON.stringify(soft)}`, (t) => {
      const root = fileTree(t, { '7/limits': limits(soft) });
      assert.equal(readOpenFilesLimit(root, 7), value);
    });
  }
});
