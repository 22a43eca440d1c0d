import assert from 'node:assert/strict';
import { closeSync, fsyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { disk } from '../../src/metrics/disk.ts';
import { FileReader } from '../../src/kernel/file-reader.ts';
import { readBlockDevices } from '../../src/node/block-devices.ts';
import { openNode } from '../../src/collect/open-node.ts';
import { diskOf } from '../support/disk.ts';
import { STORAGE } from '../support/storage-choice.ts';

/** The fields of diskstats behind each number, and what one of them has of its unit. */
const NUMBERS = {
  reads: [0, 1],
  readBytes: [2, 512],
  writes: [4, 1],
  writtenBytes: [6, 512],
  busyMilliseconds: [9, 1],
} as const;

/** Where files are on a disk. */
const FOLDER = import.meta.dirname;

const device = diskOf(FOLDER);

test(
  'disks do what the kernel says they do',
  { skip: device === undefined ? 'needs files on a disk' : false },
  async () => {
    const reader = new FileReader({ maxCachedDescriptors: 1 });
    const node = openNode({
      paths: { procfs: '/proc', sysfs: '/sys', rootfs: '/' },
      collectors: [disk],
      interfaces: /^$/,
      storage: STORAGE,
      reader,
    });
    const fields = (): readonly number[] =>
      readBlockDevices('/proc').find(({ number }) => number === device)?.fields ?? [];
    const name = readBlockDevices('/proc').find(({ number }) => number === device)?.name;
    const numbers = async (): Promise<Readonly<Record<string, number | undefined>>> => {
      const { scraper } = node;
      const snapshot = await scraper.scrape(scraper.builder(), new Set(['disk']), { at: Infinity });
      return snapshot.tables.get('disk')?.find(({ labels }) => labels[0]?.[1] === name)?.numbers ?? {};
    };
    const first = await numbers();
    const folder = mkdtempSync(join(FOLDER, 'disks-'));
    try {
      const file = openSync(join(folder, 'data'), 'w');
      writeSync(file, Buffer.alloc(1 << 20, 'x'));
      fsyncSync(file);
      closeSync(file);
      const before = fields();
      const now = await numbers();
      const after = fields();
      for (const [key, [field, unit]] of Object.entries(NUMBERS)) {
        const [low = 0, high = 0] = [before[field], after[field]];
        const value = now[key] ?? Number.NaN;
        assert.ok(low * unit <= value && value <= high * unit, `${key}: ${value} of ${low} to ${high}`);
      }
      assert.ok((now['writtenBytes'] ?? 0) - (first['writtenBytes'] ?? 0) >= 1 << 20);
    } finally {
      rmSync(folder, { recursive: true });
      node.tables.close();
      reader.close();
    }
  },
);
