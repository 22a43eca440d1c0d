import { strict as assert } from 'node:assert';
import { describe, test } from 'node:test';
import { withoutDuplicates } from '../../../src/collect/duplicates.ts';
import { disk } from '../../../src/metrics/disk.ts';
import type { Collector } from '../../../src/metrics/row.ts';
import { CONTAINER, fakeNode } from './fake-node.ts';

const IO: Collector = {
  name: 'test',
  about: 'Test.',
  enabled: true,
  cgroup: [
    {
      name: 'x_bytes_total',
      type: 'counter',
      help: 'X.',
      levels: ['container'],
      by: ['device'],
      from: { v1: 'absent', v2: { file: 'io.stat', key: 'rbytes' } },
    },
  ],
};

const device = (line: string): string => `${/device="[^"]*"/.exec(line)?.[0]} ${line.split(' ').at(-1)}`;

describe('a series that would occur twice', () => {
  test('is exported once for an item that a file of a cgroup lists twice, at each scrape', async (t) => {
    const io = '8:0 rbytes=5\n8:16 rbytes=6\n8:0 rbytes=7\n8:16 rbytes=8\n';
    const node = fakeNode(t, { files: { [`cgroup${CONTAINER}/io.stat`]: io }, collectors: [IO] });
    for (let round = 0; round < 2; round++) {
      const { lines, errors, notices } = await node.scrape();
      assert.deepEqual(lines.map(device), ['device="8:0" 5', 'device="8:16" 6']);
      assert.deepEqual(errors, { 'test duplicate': 2 });
      const fields = { collector: 'test', labels: '8:0' };
      assert.deepEqual(notices, [{ message: 'skipped a duplicate series', fields }]);
    }
  });

  test('is exported once for an entry of a table', async (t) => {
    const diskstats = ' 8 0 sda 1 2 3\n 8 16 sdb 4 5 6\n 8 32 sda 7 8 9\n';
    const node = fakeNode(t, {
      files: { [`cgroup${CONTAINER}/`]: '', 'proc/diskstats': diskstats },
      collectors: [disk],
    });
    const { lines, errors } = await node.scrape();
    const reads = lines.filter((line) => line.startsWith('machine_disk_reads_completed_total'));
    assert.deepEqual(reads.map(device), ['device="sda" 1', 'device="sdb" 4']);
    assert.deepEqual(errors, { 'disk duplicate': 1 });
  });

  test('is one only if all labels are equal', () => {
    const entries = [
      { labels: [['a', 'x'] as const, ['b', 'y'] as const], numbers: {} },
      { labels: [['a', 'x","b'] as const, ['b', 'y'] as const], numbers: {} },
      { labels: [['a', 'x'] as const], numbers: {} },
    ];
    const duplicates: string[] = [];
    const onDuplicate = (labels: string): unknown => duplicates.push(labels);
    assert.equal(withoutDuplicates(entries, onDuplicate), entries);
    assert.deepEqual(duplicates, []);
    assert.deepEqual(withoutDuplicates([...entries, ...entries.slice(2)], onDuplicate), entries);
    assert.deepEqual(duplicates, ['[["a","x"]]']);
  });
});
