import { strict as assert } from 'node:assert';
import { describe, test } from 'node:test';
import { controllerOf, formatOf, isCertain, isSettled, mayBeKept } from '../../../src/kernel/file-table.ts';
import { collectors, viewCollectors } from '../../../src/metrics/index.ts';
import type { CgroupRow, Field, Origin, Origins, Source } from '../../../src/metrics/row.ts';
import { wantedOf } from './formats/parsing.ts';

interface Sample {
  readonly key: string;
  readonly content: string;
  readonly value: number;
}

/** One line of each file and the number that must come of it: the format is right if it does. */
const FORMATS: Readonly<Record<string, Sample>> = {
  'cpu.max': { key: '1', content: 'max 100000\n', value: 100_000 },
  'cpu.weight': { key: '0', content: '79\n', value: 79 },
  'cpu.stat': { key: 'usage_usec', content: 'usage_usec 5\n', value: 5 },
  'cpu.pressure': { key: 'some.total', content: 'some avg10=0.00 total=6\n', value: 6 },
  'cpuacct.usage': { key: '0', content: '12345\n', value: 12_345 },
  'cpuacct.stat': { key: 'user', content: 'user 7\nsystem 8\n', value: 7 },
  'memory.current': { key: '0', content: '4096\n', value: 4096 },
  'memory.stat': { key: 'anon', content: 'anon 1\n', value: 1 },
  'memory.events': { key: 'oom_kill', content: 'low 0\noom_kill 2\n', value: 2 },
  'memory.oom_control': { key: 'oom_kill', content: 'oom_kill_disable 0\noom_kill 3\n', value: 3 },
  'memory.failcnt': { key: '0', content: '4\n', value: 4 },
  'memory.usage_in_bytes': { key: '0', content: '4096\n', value: 4096 },
  'pids.events': { key: 'max', content: 'max 9\n', value: 9 },
  'pids.current': { key: '0', content: '11\n', value: 11 },
  'hugetlb.2MB.current': { key: '0', content: '2097152\n', value: 2_097_152 },
  'cgroup.procs': { key: '0', content: '1\n2\n', value: 2 },
  'net/snmp': { key: 'Tcp.InSegs', content: 'Tcp: InSegs\nTcp: 12\n', value: 12 },
  'net/netstat': { key: 'TcpExt.ListenDrops', content: 'TcpExt: ListenDrops\nTcpExt: 13\n', value: 13 },
  'net/snmp6': { key: 'Udp6NoPorts', content: 'Udp6NoPorts                     \t14\n', value: 14 },
  'net/sockstat': { key: 'TCP.tw', content: 'TCP: inuse 1 tw 15\n', value: 15 },
  'net/sockstat6': { key: 'TCP6.inuse', content: 'TCP6: inuse 16\n', value: 16 },
  'net/tcp': { key: '0A', content: 'head\n 0: a b 0A c\n', value: 1 },
  'net/tcp6': { key: '0A', content: 'head\n 0: a b 0A c\n', value: 1 },
  meminfo: { key: 'MemTotal', content: 'MemTotal:       18 kB\n', value: 18 },
  loadavg: { key: '0', content: '2.12 3.25 2.46 3/19 2099\n', value: 19 },
  stat: { key: 'btime', content: 'cpu  1 2 3\nbtime 20\n', value: 20 },
  'net/stat/nf_conntrack': { key: 'drop', content: 'entries drop\n1 11\n', value: 17 },
};

const ROWS: Readonly<Record<string, Sample & { readonly name: string }>> = {
  'io.stat': { key: 'rbytes', content: '8:0 rbytes=1 wbytes=2\n', value: 1, name: '8:0' },
  'blkio.throttle.io_service_bytes_recursive': {
    key: 'Write',
    content: '8:0 Read 1\n8:0 Write 2\n',
    value: 2,
    name: '8:0',
  },
  'blkio.throttle.io_serviced': { key: 'Read', content: '8:0 Read 3\n', value: 3, name: '8:0' },
  '1/net/dev': { key: '0', content: ' eth0: 1 2 3 4 5 6 7 8 9\n', value: 1, name: 'eth0' },
  'net/dev': { key: '8', content: ' eth0: 1 2 3 4 5 6 7 8 9\n', value: 9, name: 'eth0' },
};

/** The operands of a source, itself included. */
function fieldsOf(source: Source): readonly Field[] {
  return [source, source.plus, source.minus, source.per, source.when].filter((field) => field !== undefined);
}

/** Sources of a row on both versions. */
function sourcesOf({ from }: CgroupRow): readonly Origin[] {
  const origins = (Array.isArray(from) ? from : [from]) as readonly Origins[];
  return origins.flatMap(({ v1, v2 }) => [v1, v2]);
}

/** Every file that a row names, with page sizes filled in. */
function filesOfRows(): ReadonlySet<string> {
  const all = [...collectors, ...viewCollectors];
  const sources = all.flatMap(({ cgroup = [], network = [], node = [] }): readonly Origin[] => [
    ...cgroup.flatMap(sourcesOf),
    ...network.flatMap(({ source }) => source as Source | readonly Source[]),
    ...node.map(({ source }) => source),
  ]);
  const named = sources.flatMap((source) => (source === 'absent' ? [] : fieldsOf(source)));
  return new Set(named.flatMap(({ file }) => file).map((file) => file.replace('*', '2MB')));
}

describe('formats by file name', () => {
  for (const [file, { key, content, value }] of Object.entries(FORMATS)) {
    test(file, () => {
      const format = formatOf(file);
      const out = Float64Array.of(Number.NaN);
      const parse = format.kind === 'numbers' ? format.parser(wantedOf([key])) : assert.fail();
      assert.equal(parse(Buffer.from(content), content.length, out), undefined);
      assert.equal(out[0], value);
    });
  }
  for (const [file, { key, content, value, name }] of Object.entries(ROWS)) {
    test(file, () => {
      const format = formatOf(file);
      const rows: (readonly [string, number | undefined])[] = [];
      const parse = format.kind === 'rows' ? format.parser(wantedOf([key])) : assert.fail();
      assert.equal(
        parse(Buffer.from(content), content.length, (row, numbers) => rows.push([row, numbers[0]])),
        undefined,
      );
      assert.deepEqual(rows, [[name, value]]);
    });
  }

  test('no file of a row is of a kind without a sample here, values aside', () => {
    const values = formatOf('memory.current');
    const kinds = new Set([...Object.keys(FORMATS), ...Object.keys(ROWS)].map(formatOf));
    for (const file of filesOfRows()) assert.ok(kinds.has(formatOf(file)) || formatOf(file) === values, file);
  });
});

describe('hierarchies by file name', () => {
  const CONTROLLERS = {
    'cpu.stat': 'cpu',
    'cpuacct.usage': 'cpuacct',
    'memory.memsw.limit_in_bytes': 'memory',
    'blkio.throttle.io_serviced': 'blkio',
    'pids.current': 'pids',
    'hugetlb.1GB.usage_in_bytes': 'hugetlb',
    'cgroup.procs': 'cgroup',
    'cpu.pressure': 'unified',
    'memory.pressure': 'unified',
  };
  for (const [file, controller] of Object.entries(CONTROLLERS)) {
    test(`${file} is of ${controller}`, () => assert.equal(controllerOf(file), controller));
  }
});

describe('what may be expected of a file', () => {
  const LIMITS = [
    'cpu.max',
    'cpu.weight',
    'cpu.shares',
    'cpu.cfs_quota_us',
    'cpu.cfs_period_us',
    'memory.max',
    'memory.high',
    'memory.low',
    'memory.min',
    'memory.swap.max',
    'memory.limit_in_bytes',
    'memory.memsw.limit_in_bytes',
    'pids.max',
    'hugetlb.2MB.max',
    'hugetlb.2MB.limit_in_bytes',
    'stat',
    'sys/kernel/pid_max',
    'sys/kernel/threads-max',
  ];

  test('limits and weights are settled, and nothing that counts is', () => {
    assert.deepEqual(
      [...filesOfRows()].filter(isSettled).toSorted(),
      LIMITS.filter((file) => filesOfRows().has(file)).toSorted(),
    );
    for (const file of LIMITS) assert.ok(isSettled(file), file);
  });

  test('names that only look like those of limits', () => {
    for (const file of [
      'cpu.max.burst',
      'memory.max_usage_in_bytes',
      'memory.maximum',
      'xcpu.max',
      'pids.max.x',
      'hugetlb.2MB.rsvd.max',
    ]) {
      assert.ok(!isSettled(file), file);
    }
  });

  test('no descriptor is kept of settled files, nor of cgroup.procs, which v1 answers from its memory', () => {
    assert.deepEqual(
      [...filesOfRows(), 'cgroup.procs'].filter((file) => isSettled(file) && mayBeKept(file)),
      [],
    );
    assert.ok(!mayBeKept('cgroup.procs'));
    assert.ok(!mayBeKept('1/net/dev'));
    assert.ok(mayBeKept('memory.stat'));
  });

  test('a file that came with a later kernel or that needs a feature is not certain', () => {
    const optional = [
      'memory.peak',
      'memory.swap.current',
      'memory.swap.max',
      'memory.memsw.limit_in_bytes',
      'memory.kmem.usage_in_bytes',
      'pids.events',
      'io.stat',
      'cpu.pressure',
      'hugetlb.2MB.current',
      'blkio.throttle.io_serviced_recursive',
      'net/snmp6',
      'net/sockstat6',
      'net/tcp6',
      'net/stat/nf_conntrack',
    ];
    for (const file of optional) assert.ok(!isCertain(file), file);
  });

  test('a file that every kernel has is certain', () => {
    for (const file of [
      'cpu.stat',
      'memory.stat',
      'memory.current',
      'memory.usage_in_bytes',
      'pids.current',
      'net/dev',
      'net/snmp',
      'cgroup.procs',
    ]) {
      assert.ok(isCertain(file), file);
    }
  });
});
