import { strict as assert } from 'node:assert';
import { chmodSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import type { FileName } from '../../../src/kernel/file-table.ts';
import type { Collector } from '../../../src/metrics/row.ts';
import { CONTAINER, fakeNode, podObject, type FakeNode, type FakeNodeOptions } from './fake-node.ts';

/** A collector with one row for each of these files, at the container level. */
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

/** Values of a scrape by family, and its failed reads. */
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

const CACHE_MS = 30_000;

describe('the number of processes', () => {
  const collectors = [collectorOf('cgroup.procs')];
  const count = async (t: TestContext, files: Readonly<Record<string, string>>) =>
    scrape(nodeWith(t, files, { collectors }));

  test('is that of the cgroup itself without cgroups below it', async (t) => {
    assert.deepEqual(await count(t, { 'cgroup.procs': '1\n2\n' }), [{ cgroup_procs: '2' }, {}]);
  });

  test('includes those of crun and of systemd in a container', async (t) => {
    const files = {
      'cgroup.procs': '',
      'container/cgroup.procs': '',
      'container/init.scope/cgroup.procs': '1\n',
      'container/system.slice/a.service/cgroup.procs': '2\n3\n',
      'container/system.slice/cgroup.procs': '',
    };
    assert.deepEqual(await count(t, files), [{ cgroup_procs: '3' }, {}]);
  });

  test('includes those of the cgroup itself beside those below it', async (t) => {
    const files = { 'cgroup.procs': '1\n', 'worker/cgroup.procs': '2\n', 'empty/': '' };
    assert.deepEqual(await count(t, files), [{ cgroup_procs: '2' }, {}]);
  });

  test('counts a damaged list of a cgroup below as a failed read', async (t) => {
    const files = { 'cgroup.procs': '1\n', 'worker/cgroup.procs': '2' };
    assert.deepEqual(await count(t, files), [{ cgroup_procs: '1' }, { 'test truncated': 1 }]);
  });

  test('is absent with more cgroups than are read', async (t) => {
    const files = Object.fromEntries(Array.from({ length: 501 }, (_, each) => [`${each}/cgroup.procs`, '1\n']));
    assert.deepEqual(await count(t, { 'cgroup.procs': '', ...files }), [{}, {}]);
  });
});

describe('the number of processes of the levels above containers', () => {
  const LEVELS = ['pod', 'cgroup', 'node'] as const;
  const from = { v1: 'absent', v2: { file: 'cgroup.procs' } } as const;

  test('is that of the cgroup itself', async (t) => {
    const row = { name: 'processes', type: 'gauge', help: 'X.', levels: LEVELS, from } as const;
    const node = fakeNode(t, {
      collectors: [{ name: 'test', about: 'Test.', enabled: true, root: true, cgroup: [row] }],
      pods: [podObject()],
      files: {
        'cgroup/cgroup.procs': '1\n',
        'cgroup/kubepods/cgroup.procs': '2\n3\n',
        [`cgroup${dirname(CONTAINER)}/cgroup.procs`]: '4\n5\n6\n',
        [`cgroup${CONTAINER}/cgroup.procs`]: '7\n8\n9\n10\n',
      },
    });
    const snapshot = await node.scraper.scrape(node.scraper.builder(), new Set(['test']), { at: Infinity });
    const numbers = LEVELS.map((level) =>
      snapshot.subjects[level].map(({ path }, position) => [path, snapshot.columns(level)[0]?.[position]]),
    );
    const slices = [
      ['/', 1],
      ['/kubepods', 2],
    ];
    assert.deepEqual(numbers, [[[dirname(CONTAINER), 3]], slices, slices]);
  });
});

describe('a file without a limit', () => {
  test('is read at every scrape', async (t) => {
    const node = nodeWith(t, { 'memory.current': '1\n', 'memory.max': '9\n', 'memory.peak': '1\n' });
    for (const value of ['1', '2', '3']) {
      node.write({ [`cgroup${CONTAINER}/memory.current`]: `${value}\n` });
      assert.deepEqual(await scrape(node), [{ memory_current: value, memory_max: '9', memory_peak: '1' }, {}]);
    }
  });

  test('is read without cached descriptors as well', async (t) => {
    const node = nodeWith(t, { 'memory.current': '1\n', 'memory.max': '9\n' }, { descriptors: 0 });
    await node.scrape();
    node.write({ [`cgroup${CONTAINER}/memory.current`]: '2\n' });
    assert.deepEqual(await scrape(node), [{ memory_current: '2', memory_max: '9' }, {}]);
    assert.equal(node.reader.cachedDescriptors, 0);
  });

  test('is read through a cached descriptor, which is closed when the cgroup is gone', async (t) => {
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
  test('are read again after 30 s, not before', async (t) => {
    const node = nodeWith(t, { 'memory.current': '1\n', 'memory.max': '9\n' });
    await node.scrape();
    node.write(limit('10\n'));
    node.clock.now += CACHE_MS - 1;
    assert.equal((await scrape(node))[0]['memory_max'], '9');
    node.clock.now += 1;
    assert.equal((await scrape(node))[0]['memory_max'], '10');
    node.write(limit('max\n'));
    node.clock.now += CACHE_MS;
    assert.equal((await scrape(node))[0]['memory_max'], undefined);
  });

  test('are read again with jitter: some of them earlier', async (t) => {
    const node = nodeWith(t, { 'memory.max': '9\n' });
    node.random.value = 0;
    await node.scrape();
    node.write(limit('10\n'));
    node.clock.now += CACHE_MS / 2 - 1;
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

  test('that are not set or malformed are not cached as numbers', async (t) => {
    const node = nodeWith(t, { 'memory.max': 'max\n' }, { collectors: [collectorOf('memory.max')] });
    assert.deepEqual(await scrape(node), [{}, {}]);
    assert.deepEqual(await scrape(node), [{}, {}]);
    node.write(limit('lots\n'));
    node.clock.now += CACHE_MS;
    assert.deepEqual(await scrape(node), [{}, { 'test malformed': 1 }]);
    assert.deepEqual((await scrape(node))[0], {});
  });
});

describe('a file that does not exist', () => {
  test('and is optional is not an error, and is opened again after 30 s', async (t) => {
    const node = nodeWith(t, { 'memory.current': '1\n', 'memory.max': '9\n' });
    assert.deepEqual(await scrape(node), [{ memory_current: '1', memory_max: '9' }, {}]);
    node.write({ [`cgroup${CONTAINER}/memory.peak`]: '5\n' });
    node.clock.now += CACHE_MS - 1;
    assert.deepEqual(await scrape(node), [{ memory_current: '1', memory_max: '9' }, {}]);
    node.clock.now += 1;
    assert.deepEqual(await scrape(node), [{ memory_current: '1', memory_max: '9', memory_peak: '5' }, {}]);
  });

  test('and is required is counted once, and read when it appears', async (t) => {
    const node = nodeWith(t, { 'memory.max': '9\n', 'memory.peak': '5\n' });
    assert.deepEqual(await scrape(node), [{ memory_max: '9', memory_peak: '5' }, { 'test ENOENT': 1 }]);
    assert.deepEqual((await scrape(node))[1], {});
    node.clock.now += CACHE_MS;
    assert.deepEqual((await scrape(node))[1], {});
    node.write({ [`cgroup${CONTAINER}/memory.current`]: '1\n' });
    node.clock.now += CACHE_MS;
    assert.deepEqual(await scrape(node), [{ memory_current: '1', memory_max: '9', memory_peak: '5' }, {}]);
    node.remove(`cgroup${CONTAINER}/memory.current`);
    node.reader.close();
    assert.deepEqual((await scrape(node))[1], { 'test ENOENT': 1 });
  });

  test('is not an error if its alternative exists', async (t) => {
    const [row] = collectorOf('memory.peak').cgroup ?? [];
    const from = { v1: 'absent', v2: { file: ['memory.peak', 'memory.max_usage_in_bytes'] } } as const;
    const cgroup = row === undefined ? [] : [{ ...row, from }];
    const node = nodeWith(t, { 'memory.max_usage_in_bytes': '3\n' }, { collectors: [{ ...collectorOf(), cgroup }] });
    for (let round = 0; round < 3; round++) {
      assert.deepEqual(await scrape(node), [{ memory_peak: '3' }, {}]);
      node.clock.now += CACHE_MS;
    }
  });
});

describe('a file that cannot be read', () => {
  for (const [fault, content] of Object.entries({ empty: '', truncated: '12', malformed: 'lots\n' })) {
    test(`(${fault}) is counted at each scrape, loses its own numbers only and recovers`, async (t) => {
      const node = nodeWith(t, { 'memory.current': content, 'memory.max': '9\n', 'memory.peak': '5\n' });
      for (let round = 0; round < 2; round++) {
        assert.deepEqual(await scrape(node), [{ memory_max: '9', memory_peak: '5' }, { [`test ${fault}`]: 1 }]);
      }
      node.write({ [`cgroup${CONTAINER}/memory.current`]: '7\n' });
      assert.deepEqual(await scrape(node), [{ memory_current: '7', memory_max: '9', memory_peak: '5' }, {}]);
    });
  }

  test('because it is a directory is counted', async (t) => {
    const node = nodeWith(t, { 'memory.current/': '', 'memory.max': '9\n', 'memory.peak': '5\n' });
    assert.deepEqual(await scrape(node), [{ memory_max: '9', memory_peak: '5' }, { 'test EISDIR': 1 }]);
  });

  test('for lack of permission is counted at each scrape', async (t) => {
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

describe('a cgroup that is removed', () => {
  test('between two reads is not exported, not even what was read before, and is not an error', async (t) => {
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

  test('while it is read and recreated before the next scrape is found by that scrape', async (t) => {
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

  test('and recreated under its name is found by the next scrape', async (t) => {
    const node = nodeWith(t, { 'memory.current': '1\n', 'memory.max': '9\n' });
    await node.scrape();
    node.remove(`cgroup${CONTAINER}`);
    await node.scrape();
    node.write({ [`cgroup${CONTAINER}/memory.current`]: '2\n', [`cgroup${CONTAINER}/memory.max`]: '10\n' });
    assert.deepEqual(await scrape(node), [{ memory_current: '2', memory_max: '10' }, {}]);
  });
});
