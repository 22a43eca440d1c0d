import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { FileReader } from '../../../src/kernel/file-reader.ts';
import { readRegularFile } from '../../../src/kernel/regular-file.ts';

/** Reads a file in both ways that the exporter has. */
const READS: Readonly<Record<string, (path: string) => unknown>> = {
  readRegularFile,
  'FileReader.read': (path) => new FileReader({ maxCachedDescriptors: 0 }).read(path),
  'FileReader.openAndRead': (path) => {
    const reader = new FileReader({ maxCachedDescriptors: 1 });
    try {
      return reader.openAndRead({ descriptor: -1 }, path, basename(path));
    } finally {
      reader.close();
    }
  },
};

describe('what is in the place of a kernel file does not make a read wait', () => {
  let folder: string;
  let writer: number;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'pod-exporter-fifo-'));
    for (const name of ['empty', 'open']) assert.equal(spawnSync('mkfifo', [join(folder, name)]).status, 0);
    writer = openSync(join(folder, 'open'), constants.O_RDWR | constants.O_NONBLOCK);
    writeSync(writer, 'usage_usec 1\n');
    writeFileSync(join(folder, 'file'), 'usage_usec 1\n');
  });

  after(() => {
    closeSync(writer);
    rmSync(folder, { recursive: true });
  });

  for (const [what, read] of Object.entries(READS)) {
    test(`${what}: a FIFO`, () => {
      for (const name of ['empty', 'open'])
        assert.throws(() => read(join(folder, name)), { code: /^E(?:INVAL|SPIPE)$/ });
    });

    test(`${what}: a device without an end`, () => {
      assert.throws(() => read('/dev/zero'), { code: /^E(?:INVAL|FBIG)$/ });
    });

    test(`${what}: a directory and a missing file are reported as such`, () => {
      assert.throws(() => read(folder), { code: 'EISDIR' });
      assert.throws(() => read(join(folder, 'none')), { code: 'ENOENT' });
    });
  }

  test('a regular file is read', () => {
    assert.equal(readRegularFile(join(folder, 'file')).toString(), 'usage_usec 1\n');
  });
});
