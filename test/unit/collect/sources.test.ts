import { strict as assert } from 'node:assert';
import { describe, test, type TestContext } from 'node:test';
import {
  CONTAINER_AND_POD,
  EVERY_LEVEL,
  type CgroupRow,
  type Collector,
  type Level,
  type Source,
} from '../../../src/metrics/row.ts';
import type { Files } from '../kernel/file-tree.ts';
import { CONTAINER, fakeNode, POD } from './fake-node.ts';

const LABELS = '{namespace="",pod="2c48913c-b29f-11e7-9350-020968147796",container="aaaaaaaaaaaa"}';

function collector(rows: readonly Partial<CgroupRow>[]): Collector {
  const cgroup = rows.map((row, index): CgroupRow => ({
    name: `x${index}`,
    type: 'gauge',
    help: 'X.',
    levels: ['container'],
    from: { v1: 'absent', v2: 'absent' },
    ...row,
  }));
  return { name: 'test', about: 'Test.', enabled: true, root: true, cgroup };
}

/** The exported value of a source for a container with these files. */
async function valueOf(t: TestContext, source: Source, files: Files): Promise<string | undefined> {
  const below = Object.fromEntries(
    Object.entries(files).map(([name, content]) => [`cgroup${CONTAINER}/${name}`, content]),
  );
  const node = fakeNode(t, {
    files: { [`cgroup${CONTAINER}/`]: '', ...below },
    collectors: [collector([{ from: { v1: 'absent', v2: source } }])],
  });
  const { lines } = await node.scrape();
  assert.ok(lines.length <= 1, lines.join('\n'));
  const [line] = lines;
  assert.equal(line === undefined || line.startsWith(`container_x0${LABELS} `), true, line);
  return line?.split(' ')[1];
}

const STAT = 'usage_usec 2500000\nuser_usec 1\nbig 100\nsmall 30\nzero 0\n';

function stat(key: string): Source {
  return { file: 'cpu.stat', key };
}

/** A row with a series per device. */
function deviceRow(key: string): Partial<CgroupRow> {
  return { by: ['device'], from: { v1: 'absent', v2: { file: 'io.stat', key } } };
}

describe('the forms of a source', () => {
  const CASES: readonly (readonly [what: string, source: Source, files: Files, value: string | undefined])[] = [
    ['a single value', { file: 'memory.current' }, { 'memory.current': '4096\n' }, '4096'],
    ['a key', stat('big'), { 'cpu.stat': STAT }, '100'],
    ['a key that does not exist', stat('nr_bursts'), { 'cpu.stat': STAT }, undefined],
    ['zero', stat('zero'), { 'cpu.stat': STAT }, '0'],
    ['no limit', { file: 'memory.max' }, { 'memory.max': 'max\n' }, undefined],
    ['a divisor', { ...stat('usage_usec'), divisor: 1e6 }, { 'cpu.stat': STAT }, '2.5'],
    ['a divisor of a single microsecond', { ...stat('user_usec'), divisor: 1e6 }, { 'cpu.stat': STAT }, '0.000001'],
    ['a difference', { ...stat('big'), minus: stat('small') }, { 'cpu.stat': STAT }, '70'],
    ['a difference is never below zero', { ...stat('small'), minus: stat('big') }, { 'cpu.stat': STAT }, '0'],
    [
      'a difference with a key that does not exist',
      { ...stat('big'), minus: stat('none') },
      { 'cpu.stat': STAT },
      undefined,
    ],
    [
      'a difference with no limit',
      { ...stat('big'), minus: { file: 'memory.max' } },
      { 'cpu.stat': STAT, 'memory.max': 'max\n' },
      undefined,
    ],
    [
      'a difference of files',
      { file: 'memory.current', minus: stat('small') },
      { 'cpu.stat': STAT, 'memory.current': '31\n' },
      '1',
    ],
    ['a sum', { ...stat('big'), plus: stat('small') }, { 'cpu.stat': STAT }, '130'],
    ['a sum with a key that does not exist', { ...stat('big'), plus: stat('none') }, { 'cpu.stat': STAT }, '100'],
    ['a sum of a key that does not exist', { ...stat('none'), plus: stat('big') }, { 'cpu.stat': STAT }, undefined],
    ['a quotient', { ...stat('small'), per: stat('big') }, { 'cpu.stat': STAT }, '0.3'],
    [
      'a quotient of one file',
      { file: 'cpu.max', per: { file: 'cpu.max', key: '1' } },
      { 'cpu.max': '150000 100000\n' },
      '1.5',
    ],
    [
      'a quotient of no limit',
      { file: 'cpu.max', per: { file: 'cpu.max', key: '1' } },
      { 'cpu.max': 'max 100000\n' },
      undefined,
    ],
    [
      'a quotient by a key that does not exist',
      { ...stat('small'), per: stat('none') },
      { 'cpu.stat': STAT },
      undefined,
    ],
    [
      'a condition that holds',
      { ...stat('big'), onlyIf: { file: 'cpu.max' } },
      { 'cpu.stat': STAT, 'cpu.max': '1 2\n' },
      '100',
    ],
    ['a condition that holds with zero', { ...stat('big'), onlyIf: stat('zero') }, { 'cpu.stat': STAT }, '100'],
    [
      'a condition that does not hold',
      { ...stat('big'), onlyIf: { file: 'cpu.max' } },
      { 'cpu.stat': STAT, 'cpu.max': 'max 2\n' },
      undefined,
    ],
    [
      'a condition whose file does not exist',
      { ...stat('big'), onlyIf: { file: 'cpu.max' } },
      { 'cpu.stat': STAT },
      undefined,
    ],
    [
      'a condition in a file that is not cached',
      { ...stat('big'), onlyIf: { file: 'memory.current' } },
      { 'cpu.stat': STAT, 'memory.current': '1\n' },
      '100',
    ],
    [
      'a condition in a file that is not cached and does not exist',
      { ...stat('big'), onlyIf: { file: 'memory.current' } },
      { 'cpu.stat': STAT },
      undefined,
    ],
    ['zero that means not set', { file: 'memory.low', unlessZero: true }, { 'memory.low': '0\n' }, undefined],
    ['a number other than zero', { file: 'memory.low', unlessZero: true }, { 'memory.low': '1\n' }, '1'],
    [
      'the first of two files',
      { file: ['memory.peak', 'memory.swap.current'] },
      { 'memory.peak': '1\n', 'memory.swap.current': '2\n' },
      '1',
    ],
    [
      'the second of two files',
      { file: ['memory.peak', 'memory.swap.current'] },
      { 'memory.swap.current': '2\n' },
      '2',
    ],
    ['neither of two files', { file: ['memory.peak', 'memory.swap.current'] }, {}, undefined],
  ];
  for (const [what, source, files, value] of CASES)
    test(what, async (t) => assert.equal(await valueOf(t, source, files), value));
});

describe('a row', () => {
  const EVERYWHERE = Object.fromEntries(
    ['', '/kubepods', POD, CONTAINER].map((path, index) => [`cgroup${path}/cpu.stat`, `usage_usec ${index}\n`]),
  );

  test('makes a family at each of its levels', async (t) => {
    const from = { v1: 'absent', v2: { file: 'cpu.stat', key: 'usage_usec' } } as const;
    const { lines } = await fakeNode(t, {
      files: EVERYWHERE,
      collectors: [collector([{ levels: EVERY_LEVEL, from }])],
    }).scrape();
    assert.deepEqual(lines, [
      `container_x0${LABELS} 3`,
      'pod_x0{namespace="",pod="2c48913c-b29f-11e7-9350-020968147796"} 2',
      'cgroup_x0{cgroup="/"} 0',
      'cgroup_x0{cgroup="/kubepods"} 1',
    ]);
  });

  test('excludes the root unless its collector reads it', async (t) => {
    const from = { v1: 'absent', v2: { file: 'cpu.stat', key: 'usage_usec' } } as const;
    const { root: _, ...without } = collector([{ levels: ['cgroup'], from }]);
    const { lines } = await fakeNode(t, { files: EVERYWHERE, collectors: [without] }).scrape();
    assert.deepEqual(lines, ['cgroup_x0{cgroup="/kubepods"} 1']);
  });

  test('has a series for each of its sources', async (t) => {
    const from = ['low', 'oom', 'none'].map((key) => ({
      labels: [key],
      v1: 'absent' as const,
      v2: { file: 'memory.events' as const, key },
    }));
    const files = { [`cgroup${CONTAINER}/memory.events`]: 'low 1\nhigh 2\noom 3\n' };
    const { lines } = await fakeNode(t, { files, collectors: [collector([{ by: ['event'], from }])] }).scrape();
    assert.deepEqual(lines, [
      `container_x0${LABELS.replace('}', ',event="low"}')} 1`,
      `container_x0${LABELS.replace('}', ',event="oom"}')} 3`,
    ]);
  });

  test('has fewer levels on v1 if its source has fewer', async (t) => {
    const files = {
      [`cgroup/pids${CONTAINER}/`]: '',
      [`cgroup/memory${CONTAINER}/memory.failcnt`]: '7\n',
      [`cgroup/memory${POD}/memory.failcnt`]: '8\n',
    };
    const levels: readonly Level[] = ['container'];
    const from = { v1: { file: 'memory.failcnt', levels }, v2: 'absent' } as const;
    const node = fakeNode(t, {
      files,
      kernel: { version: 'v1' },
      collectors: [collector([{ levels: CONTAINER_AND_POD, from }])],
    });
    assert.deepEqual((await node.scrape()).lines, [`container_x0${LABELS} 7`]);
  });

  test('that is absent on a version has no series there, and its file is not read', async (t) => {
    const files = { [`cgroup${CONTAINER}/memory.failcnt`]: 'damaged' };
    const from = { v1: { file: 'memory.failcnt' }, v2: 'absent' } as const;
    const { lines, errors } = await fakeNode(t, { files, collectors: [collector([{ from }])] }).scrape();
    assert.deepEqual([lines, errors], [[], {}]);
  });

  test('has a series for each size of huge pages', async (t) => {
    const files = {
      [`cgroup${CONTAINER}/hugetlb.2MB.current`]: '2097152\n',
      [`cgroup${CONTAINER}/hugetlb.1GB.current`]: '0\n',
    };
    const from = { v1: 'absent', v2: { file: 'hugetlb.*.current' } } as const;
    const kernel = { pageSizes: ['2MB', '1GB', '64KB'] };
    const { lines } = await fakeNode(t, {
      files,
      kernel,
      collectors: [collector([{ by: ['pagesize'], from }])],
    }).scrape();
    assert.deepEqual(lines, [
      `container_x0${LABELS.replace('}', ',pagesize="2MB"}')} 2097152`,
      `container_x0${LABELS.replace('}', ',pagesize="1GB"}')} 0`,
    ]);
  });

  test('with a label that is found while reading has a series for each value', async (t) => {
    const files = {
      'proc/diskstats': ' 8 0 sda 1 2 3\n',
      [`cgroup${CONTAINER}/io.stat`]: '8:0 rbytes=5 wbytes=6\n259:3 rbytes=7 wbytes=8\n7:0\n',
    };
    const { lines } = await fakeNode(t, {
      files,
      collectors: [collector([deviceRow('rbytes'), deviceRow('wbytes')])],
    }).scrape();
    const expected = [
      ['x0', 'sda', 5],
      ['x0', '259:3', 7],
      ['x1', 'sda', 6],
      ['x1', '259:3', 8],
    ];
    assert.deepEqual(
      lines,
      expected.map(
        ([name, device, value]) => `container_${name}${LABELS.replace('}', `,device="${device}"}`)} ${value}`,
      ),
    );
  });

  test('of v1 takes the recursive counters of block devices where there are some', async (t) => {
    const names = ['blkio.throttle.io_serviced_recursive', 'blkio.throttle.io_serviced'] as const;
    const from = { v1: { file: names, key: 'Read' }, v2: 'absent' } as const;
    const lines = async (files: Files): Promise<readonly string[]> => {
      const below = Object.entries(files).map(([name, content]) => [`cgroup/blkio${CONTAINER}/${name}`, content]);
      const node = fakeNode(t, {
        files: { [`cgroup/pids${CONTAINER}/`]: '', ...(Object.fromEntries(below) as Files) },
        kernel: { version: 'v1' },
        collectors: [collector([{ by: ['device'], from }])],
      });
      await node.scrape();
      return (await node.scrape()).lines.map((line) => line.split(' ')[1] ?? '');
    };
    assert.deepEqual(await lines({ [names[0]]: '8:0 Read 5\n', [names[1]]: '8:0 Read 6\n' }), ['5']);
    assert.deepEqual(await lines({ [names[1]]: '8:0 Read 6\n' }), ['6']);
  });

  test('of pressure is read from the unified hierarchy on a hybrid node, and absent without one', async (t) => {
    const from = { v1: { file: 'cpu.pressure', key: 'some.total', divisor: 1e6 }, v2: 'absent' } as const;
    const pressure = { [`cgroup/unified${CONTAINER}/cpu.pressure`]: 'some avg10=0.00 total=1500000\n' };
    for (const [files, expected] of [
      [pressure, [`container_x0${LABELS} 1.5`]],
      [{}, []],
    ] as const) {
      const node = fakeNode(t, {
        files: { [`cgroup/pids${CONTAINER}/`]: '', ...files },
        kernel: { version: 'v1' },
        collectors: [collector([{ from }])],
      });
      const { lines, errors } = await node.scrape();
      assert.deepEqual([lines, errors], [expected, {}]);
    }
  });
});
