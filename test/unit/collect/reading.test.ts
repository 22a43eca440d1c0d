import { strict as assert } from 'node:assert';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import type { FileName } from '../../../src/kernel/file-table.ts';
import type { Collector } from '../../../src/metrics/row.ts';
import { CONTAINER, fakeNode, podObject, type FakeNode, type FakeNodeOptions } from './fake-node.ts';

/** One row for each of these files, all about the container. */
function collectorOf(...files: readonly FileName[]): Collector {
  const cgroup = files.map((file) => ({
    name: file.replaceAll('.', '_'),
    type: 'gauge' as const,
    help: 'X.',
    levels: ['container'] as const,
    from: { v1: 'absent', v2: { file } } as const,
  }));
  return { name: 'test', about: 'Test.', enabled: true, cgroup };
}

function nodeWith(
  t: TestContext,
  files: Readonly<Record<string, string>>,
  options: Partial<FakeNodeOptions> = {},
): FakeNode {
  const below = Object.entries(files).map(([name, content]) => [`cgroup${CONTAINER}/${name}`, content]);
  const all = { [`cgroup${CONTAINER}/`]: '', ...(Object.fromEntries(below) as Record<string, string>) };
  return fakeNode(t, {
    collectors: [collectorOf('memory.current', 'memory.max', 'memory.peak')],
    ...options,
    files: all,
  });
}

/** Values by family of a scrape, and the errors that it counted. */
async function scrape(
  node: FakeNode,
): Promise<readonly [values: Readonly<Record<string, string>>, errors: Readonly<Record<string, number>>]> {
  const { lines, errors } = await node.scrape();
  return [
    Object.fromEntries(
      lines.map((line) => [line.slice('container_'.length, line.indexOf('{')), line.split(' ')[1] ?? '']),
    ),
    errors,
  ];
}

const HALF_A_MINUTE = 30_000;

describe('what counts', () => {
  test('is read at every scrape', async (t) => {
    const node = nodeWith(t, { 'memory.current': '1\n', 'memory.max': '9\n', 'memory.peak': '1\n' });
    for (const value of ['1', '2', '3']) {
      node.write({ [`cgroup${CONTAINER}/memory.current`]: `${value}\n` });
      assert.deepEqual(await scrape(node), [{ memory_current: value, memory_max: '9', memory_peak: '1' }, {}]);
    }
  });

  test('is read alike without any descriptor to keep', async (t) => {
    const node = nodeWith(t, { 'memory.current': '1\n', 'memory.max': '9\n' }, { descriptors: 0 });
    await node.scrape();
    node.write({ [`cgroup${CONTAINER}/memory.current`]: '2\n' });
    assert.deepEqual(await scrape(node), [{ memory_current: '2', memory_max: '9' }, {}]);
    assert.equal(node.reader.cachedDescriptors, 0);
  });

  test('is read through a descriptor that is let go of with the cgroup', async (t) => {
    const node = nodeWith(t, { 'memory.current': '1\n', 'memory.max': '9\n' });
    await node.scrape();
    assert.equal(node.reader.cachedDescriptors, 1);
    node.remove(`cgroup${CONTAINER}`);
    assert.deepEqual(await scrape(node), [{}, {}]);
    assert.equal(node.reader.cachedDescriptors, 0);
  });
});

function limit(value: string): Record<string, string> {
  return { [`cgroup${CONTAINER}/memory.max`]: value };
}

describe('limits', () => {
  test('are read again after half a minute, not before', async (t) => {
    const node = nodeWith(t, { 'memory.current': '1\n', 'memory.max': '9\n' });
    await node.scrape();
    node.write(limit('10\n'));
    node.clock.now += HALF_A_MINUTE - 1;
    assert.equal((await scrape(node))[0]['memory_max'], '9');
    node.clock.now += 1;
    assert.equal((await scrape(node))[0]['memory_max'], '10');
    node.write(limit('max\n'));
    node.clock.now += HALF_A_MINUTE;
    assert.equal((await scrape(node))[0]['memory_max'], undefined);
  });

  test('are spread out: some are read again sooner', async (t) => {
    const node = nodeWith(t, { 'memory.max': '9\n' });
    node.chance.value = 0;
    await node.scrape();
    node.write(limit('10\n'));
    node.clock.now += HALF_A_MINUTE / 2 - 1;
    assert.equal((await scrape(node))[0]['memory_max'], '9');
    node.clock.now += 1;
    assert.equal((await scrape(node))[0]['memory_max'], '10');
  });

  test("are read again at once when the pod's object changes", async (t) => {
    const node = nodeWith(t, { 'memory.max': '9\n' }, { pods: [podObject()] });
    await node.scrape();
    node.write(limit('10\n'));
    node.index.replace([podObject()]);
    assert.equal((await scrape(node))[0]['memory_max'], '9');
    node.index.replace([podObject({ metadata: { labels: { changed: 'yes' } } })]);
    assert.equal((await scrape(node))[0]['memory_max'], '10');
  });

  test('of no limit and of a damaged file are not remembered as numbers', async (t) => {
    const node = nodeWith(t, { 'memory.max': 'max\n' }, { collectors: [collectorOf('memory.max')] });
    assert.deepEqual(await scrape(node), [{}, {}]);
    assert.deepEqual(await scrape(node), [{}, {}]);
    node.write(limit('lots\n'));
    node.clock.now += HALF_A_MINUTE;
    assert.deepEqual(await scrape(node), [{}, { 'test malformed': 1 }]);
    assert.deepEqual((await scrape(node))[0], {});
  });
});

describe('a file that is not there', () => {
  test('and need not be is no fault, and is looked for again after half a minute', async (t) => {
    const node = nodeWith(t, { 'memory.current': '1\n', 'memory.max': '9\n' });
    assert.deepEqual(await scrape(node), [{ memory_current: '1', memory_max: '9' }, {}]);
    node.write({ [`cgroup${CONTAINER}/memory.peak`]: '5\n' });
    node.clock.now += HALF_A_MINUTE - 1;
    assert.deepEqual(await scrape(node), [{ memory_current: '1', memory_max: '9' }, {}]);
    node.clock.now += 1;
    assert.deepEqual(await scrape(node), [{ memory_current: '1', memory_max: '9', memory_peak: '5' }, {}]);
  });

  test('and should be is counted once, and found when it comes', async (t) => {
    const node = nodeWith(t, { 'memory.max': '9\n', 'memory.peak': '5\n' });
    assert.deepEqual(await scrape(node), [{ memory_max: '9', memory_peak: '5' }, { 'test ENOENT': 1 }]);
    assert.deepEqual((await scrape(node))[1], {});
    node.clock.now += HALF_A_MINUTE;
    assert.deepEqual((await scrape(node))[1], {});
    node.write({ [`cgroup${CONTAINER}/memory.current`]: '1\n' });
    node.clock.now += HALF_A_MINUTE;
    assert.deepEqual(await scrape(node), [{ memory_current: '1', memory_max: '9', memory_peak: '5' }, {}]);
    node.remove(`cgroup${CONTAINER}/memory.current`);
    node.reader.close();
    assert.deepEqual((await scrape(node))[1], { 'test ENOENT': 1 });
  });

  test('of two that stand for each other is no fault if the other is', async (t) => {
    const [row] = collectorOf('memory.peak').cgroup ?? [];
    const from = { v1: 'absent', v2: { file: ['memory.peak', 'memory.max_usage_in_bytes'] } } as const;
    const cgroup = row === undefined ? [] : [{ ...row, from }];
    const node = nodeWith(t, { 'memory.max_usage_in_bytes': '3\n' }, { collectors: [{ ...collectorOf(), cgroup }] });
    for (let round = 0; round < 3; round++) {
      assert.deepEqual(await scrape(node), [{ memory_peak: '3' }, {}]);
      node.clock.now += HALF_A_MINUTE;
    }
  });
});

describe('a file that is damaged', () => {
  for (const [fault, content] of Object.entries({ empty: '', truncated: '12', malformed: 'lots\n' })) {
    test(`(${fault}) is counted at each scrape, costs its own numbers only and is well again when it is`, async (t) => {
      const node = nodeWith(t, { 'memory.current': content, 'memory.max': '9\n', 'memory.peak': '5\n' });
      for (let round = 0; round < 2; round++) {
        assert.deepEqual(await scrape(node), [{ memory_max: '9', memory_peak: '5' }, { [`test ${fault}`]: 1 }]);
      }
      node.write({ [`cgroup${CONTAINER}/memory.current`]: '7\n' });
      assert.deepEqual(await scrape(node), [{ memory_current: '7', memory_max: '9', memory_peak: '5' }, {}]);
    });
  }

  test('is a directory', async (t) => {
    const node = nodeWith(t, { 'memory.current/': '', 'memory.max': '9\n', 'memory.peak': '5\n' });
    assert.deepEqual(await scrape(node), [{ memory_max: '9', memory_peak: '5' }, { 'test EISDIR': 1 }]);
  });

  test('is one that we may not read', async (t) => {
    const node = nodeWith(t, { 'memory.current': '1\n', 'memory.max': '9\n', 'memory.peak': '5\n' });
    chmodSync(node.root, 0o755);
    chmodSync(join(node.root, `cgroup${CONTAINER}/memory.current`), 0o000);
    const root = process.geteuid?.() === 0;
    if (root) process.seteuid?.(65_534);
    try {
      for (let round = 0; round < 2; round++) {
        assert.deepEqual(await scrape(node), [{ memory_max: '9', memory_peak: '5' }, { 'test EACCES': 1 }]);
      }
    } finally {
      if (root) process.seteuid?.(0);
    }
  });
});

describe('a cgroup that vanishes', () => {
  test('between two readings is left out, without an error and with what had been read of it', async (t) => {
    const second = { ...collectorOf('memory.current'), name: 'second' };
    const node = nodeWith(
      t,
      { 'memory.current': '1\n', 'memory.peak': '5\n' },
      {
        collectors: [collectorOf('memory.peak'), second],
        opening: (_, file) => {
          if (file === 'memory.current') node.remove(`cgroup${CONTAINER}`);
        },
      },
    );
    assert.deepEqual(await scrape(node), [{}, {}]);
  });

  test('and comes again before the next scrape is found by it', async (t) => {
    let vanish = true;
    const node = nodeWith(
      t,
      { 'memory.current': '1\n', 'memory.max': '9\n' },
      {
        opening: () => {
          if (vanish) node.remove(`cgroup${CONTAINER}`);
          vanish = false;
        },
      },
    );
    assert.deepEqual(await scrape(node), [{}, {}]);
    node.write({ [`cgroup${CONTAINER}/memory.current`]: '2\n', [`cgroup${CONTAINER}/memory.max`]: '10\n' });
    assert.deepEqual(await scrape(node), [{ memory_current: '2', memory_max: '10' }, {}]);
  });

  test('and comes again under its name is found at the next scrape', async (t) => {
    const node = nodeWith(t, { 'memory.current': '1\n', 'memory.max': '9\n' });
    await node.scrape();
    node.remove(`cgroup${CONTAINER}`);
    await node.scrape();
    node.write({ [`cgroup${CONTAINER}/memory.current`]: '2\n', [`cgroup${CONTAINER}/memory.max`]: '10\n' });
    assert.deepEqual(await scrape(node), [{ memory_current: '2', memory_max: '10' }, {}]);
  });
});
