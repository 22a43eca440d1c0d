import { strict as assert } from 'node:assert';
import { describe, test } from 'node:test';
import { controllerOf, KERNEL_FILES, kernelFile, type KernelFile } from '../../../src/kernel/file-table.ts';
import { collectors, viewCollectors } from '../../../src/metrics/index.ts';
import type { CgroupRow, Field, Origin, Origins, Source } from '../../../src/metrics/row.ts';
import { keySlotsOf } from './formats/parsing.ts';

interface Sample {
  readonly key: string;
  readonly content: string;
  readonly value: number;
}

/** A line of each file and the number that must come of it: the format is right if it does. */
const NUMBERS: Readonly<Record<string, Sample>> = {
  'cpu.max': { key: '1', content: 'max 100000\n', value: 100_000 },
  'cpu.weight': { key: '0', content: '79\n', value: 79 },
  'cpu.stat': { key: 'usage_usec', content: 'usage_usec 5\n', value: 5 },
  'cpu.pressure': { key: 'some.total', content: 'some avg10=0.00 total=6\n', value: 6 },
  'memory.pressure': { key: 'full.total', content: 'some total=1\nfull avg10=0.00 total=6\n', value: 6 },
  'io.pressure': { key: 'full.avg10', content: 'some total=1\nfull avg10=0.25 total=6\n', value: 0.25 },
  'irq.pressure': { key: 'full.total', content: 'full avg10=0.00 avg60=0.00 avg300=0.00 total=7\n', value: 7 },
  'cpuacct.usage': { key: '0', content: '12345\n', value: 12_345 },
  'cpuacct.stat': { key: 'user', content: 'user 7\nsystem 8\n', value: 7 },
  'memory.current': { key: '0', content: '4096\n', value: 4096 },
  'memory.stat': { key: 'anon', content: 'anon 1\n', value: 1 },
  'memory.events': { key: 'oom_kill', content: 'low 0\noom_kill 2\n', value: 2 },
  'memory.events.local': { key: 'oom_kill', content: 'low 0\noom_kill 2\n', value: 2 },
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

const LISTS: Readonly<Record<string, Sample & { readonly name: string }>> = {
  'io.stat': { key: 'rbytes', content: '8:0 rbytes=1 wbytes=2\n', value: 1, name: '8:0' },
  'blkio.throttle.io_service_bytes_recursive': {
    key: 'Write',
    content: '8:0 Read 1\n8:0 Write 2\n',
    value: 2,
    name: '8:0',
  },
  'blkio.throttle.io_service_bytes': { key: 'Write', content: '8:0 Read 1\n8:0 Write 2\n', value: 2, name: '8:0' },
  'blkio.throttle.io_serviced_recursive': { key: 'Read', content: '8:0 Read 3\n', value: 3, name: '8:0' },
  'blkio.throttle.io_serviced': { key: 'Read', content: '8:0 Read 3\n', value: 3, name: '8:0' },
  '1/net/dev': { key: '0', content: ' eth0: 1 2 3 4 5 6 7 8 9\n', value: 1, name: 'eth0' },
  'net/dev': { key: '8', content: ' eth0: 1 2 3 4 5 6 7 8 9\n', value: 9, name: 'eth0' },
  'misc.current': { key: '0', content: 'sev_es 3\n', value: 3, name: 'sev_es' },
  'misc.max': { key: '0', content: 'sev_es 4\n', value: 4, name: 'sev_es' },
  'misc.events': { key: 'max', content: 'sev_es.max 5\n', value: 5, name: 'sev_es' },
  'rdma.current': { key: 'hca_object', content: 'mlx4_0 hca_handle=1 hca_object=20 \n', value: 20, name: 'mlx4_0' },
  'dmem.current': { key: '0', content: 'drm/0000:03:00.0/vram0 12\n', value: 12, name: 'drm/0000:03:00.0/vram0' },
};

/** The operands of a source, itself included. */
function fieldsOf(source: Source): readonly Field[] {
  return [source, source.plus, source.minus, source.per, source.onlyIf].filter((field) => field !== undefined);
}

/** Sources of a row on both versions. */
function sourcesOf({ from }: CgroupRow): readonly Origin[] {
  const origins = (Array.isArray(from) ? from : [from]) as readonly Origins[];
  return origins.flatMap(({ v1, v2 }) => [v1, v2]);
}

/** Every file that a row names. */
function filesOfRows(): ReadonlySet<string> {
  const all = [...collectors, ...viewCollectors];
  const sources = all.flatMap(({ cgroup = [], network = [], node = [] }): readonly Origin[] => [
    ...cgroup.flatMap(sourcesOf),
    ...network.flatMap(({ source }) => source as Source | readonly Source[]),
    ...node.map(({ source }) => source),
  ]);
  const fields = sources.flatMap((source) => (source === 'absent' ? [] : fieldsOf(source)));
  return new Set(fields.flatMap(({ file }) => file));
}

/** Names of the files of the table for which `is` holds. */
function named(is: (file: KernelFile) => boolean): readonly string[] {
  return [...KERNEL_FILES].flatMap(([name, file]) => (is(file) ? [name] : [])).toSorted();
}

function parserOf(name: string): unknown {
  const file = kernelFile(name);
  return 'list' in file ? file.list : file.numbers;
}

describe('the table', () => {
  test('has every file of every row, and no other', () => {
    assert.deepEqual([...filesOfRows()].toSorted(), [...KERNEL_FILES.keys()].toSorted());
  });

  for (const name of ['memory.statistics', 'stat.memory', 'hugetlb.current', 'hugetlb.2MB.rsvd.max', 'net/', '', '*']) {
    test(`has no ${name === '' ? 'file without a name' : name}, and says where files are listed`, () => {
      assert.throws(
        () => kernelFile(name),
        new RegExp(`${name.replaceAll(/\W/g, '.')} in src/kernel/file-table\\.ts$`),
      );
    });
  }

  test('has hugetlb files of every page size', () => {
    assert.equal(kernelFile('hugetlb.2MB.current'), KERNEL_FILES.get('hugetlb.*.current'));
    assert.equal(kernelFile('hugetlb.1GB.limit_in_bytes'), KERNEL_FILES.get('hugetlb.*.limit_in_bytes'));
  });
});

describe('formats by file name', () => {
  for (const [name, { key, content, value }] of Object.entries(NUMBERS)) {
    test(name, () => {
      const file = kernelFile(name);
      const out = Float64Array.of(Number.NaN);
      const parse = 'numbers' in file ? file.numbers(keySlotsOf([key])) : assert.fail();
      assert.equal(parse(Buffer.from(content), content.length, out), undefined);
      assert.equal(out[0], value);
    });
  }
  for (const [name, { key, content, value, name: item }] of Object.entries(LISTS)) {
    test(name, () => {
      const file = kernelFile(name);
      const items: (readonly [string, number | undefined])[] = [];
      const parse = 'list' in file ? file.list(keySlotsOf([key])) : assert.fail();
      assert.equal(
        parse(Buffer.from(content), content.length, (found, numbers) => items.push([found, numbers[0]])),
        undefined,
      );
      assert.deepEqual(items, [[item, value]]);
    });
  }

  test('a file without a sample here has values alone', () => {
    const sampled = new Set([...Object.keys(NUMBERS), ...Object.keys(LISTS)]);
    const values = parserOf('memory.current');
    for (const name of KERNEL_FILES.keys()) if (!sampled.has(name)) assert.equal(parserOf(name), values, name);
  });
});

test('the items of a list are block devices, interfaces or other resources', () => {
  const items = (kind: string): readonly string[] => named((file) => 'items' in file && file.items === kind);
  assert.deepEqual(
    items('device'),
    Object.keys(LISTS)
      .filter((name) => /^(?:io|blkio)\./.test(name))
      .toSorted(),
  );
  assert.deepEqual(items('interface'), ['1/net/dev', 'net/dev']);
  assert.deepEqual(items('resource'), ['dmem.current', 'misc.current', 'misc.events', 'misc.max', 'rdma.current']);
});

describe('hierarchies by file name', () => {
  const CONTROLLERS = {
    'cpu.stat': 'cpu',
    'cpu.max.burst': 'cpu',
    'cpuacct.usage': 'cpuacct',
    'memory.memsw.limit_in_bytes': 'memory',
    'blkio.throttle.io_serviced': 'blkio',
    'pids.current': 'pids',
    'hugetlb.1GB.usage_in_bytes': 'hugetlb',
    'misc.current': 'misc',
    'rdma.current': 'rdma',
    'cgroup.procs': 'cgroup',
    'cpu.pressure': 'unified',
    'memory.pressure': 'unified',
    'irq.pressure': 'unified',
    'net/dev': '',
    meminfo: '',
  };
  for (const [file, controller] of Object.entries(CONTROLLERS)) {
    test(`${file} is of ${controller || 'no hierarchy'}`, () => assert.equal(controllerOf(file), controller));
  }

  test('every file that ends in .pressure is in the unified hierarchy', () => {
    for (const name of KERNEL_FILES.keys()) {
      if (name.endsWith('.pressure')) assert.equal(controllerOf(name), 'unified', name);
    }
  });
});

describe('how a file is read', () => {
  test('limits and weights are cached, and nothing that counts is', () => {
    const cached = named((file) => file.cached === true);
    assert.deepEqual(
      cached,
      [
        'cpu.max',
        'cpu.max.burst',
        'cpu.weight',
        'cpu.shares',
        'cpu.cfs_quota_us',
        'cpu.cfs_period_us',
        'cpu.cfs_burst_us',
        'memory.max',
        'memory.high',
        'memory.low',
        'memory.min',
        'memory.swap.max',
        'memory.limit_in_bytes',
        'memory.soft_limit_in_bytes',
        'memory.memsw.limit_in_bytes',
        'pids.max',
        'hugetlb.*.max',
        'hugetlb.*.limit_in_bytes',
        'stat',
        'sys/kernel/pid_max',
        'sys/kernel/threads-max',
      ].toSorted(),
    );
  });

  test('the numbers of lists are not cached', () => {
    assert.deepEqual(
      named((file) => 'list' in file && file.cached === true),
      [],
    );
  });

  test('files that every supported kernel has are required, and no others', () => {
    assert.deepEqual(
      named((file) => file.required === true),
      [
        ...['stat', 'max', 'weight', 'shares', 'cfs_quota_us', 'cfs_period_us'].map((name) => `cpu.${name}`),
        ...['usage', 'stat'].map((name) => `cpuacct.${name}`),
        ...['current', 'stat', 'max', 'high', 'low', 'min', 'events'].map((name) => `memory.${name}`),
        ...['usage_in_bytes', 'limit_in_bytes', 'max_usage_in_bytes', 'failcnt', 'oom_control'].map(
          (name) => `memory.${name}`,
        ),
        'pids.current',
        'pids.max',
        'cgroup.procs',
        ...['dev', 'snmp', 'netstat', 'sockstat'].map((name) => `net/${name}`),
      ].toSorted(),
    );
  });
});
