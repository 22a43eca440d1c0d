import { strict as assert } from 'node:assert';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { FileReader } from '../../../src/kernel/file-reader.ts';
import { collectors } from '../../../src/metrics/index.ts';
import { openNode } from '../../../src/collect/open-node.ts';
import { NativeView } from '../../../src/views/native/native.ts';
import { fileTree, type Files } from '../kernel/file-tree.ts';
import { CONTAINER, linesOf, POD, UID } from './fake-node.ts';
import { STORAGE } from '../../support/storage-choice.ts';

interface Opened {
  readonly mode: string;
  /** Values by family. */
  readonly values: Readonly<Record<string, string>>;
  readonly errors: readonly string[];
}

/** Opens a node by its files below `cgroup/` and scrapes it once. */
async function scrapeOnce(t: TestContext, files: Files, names: readonly string[]): Promise<Opened> {
  const root = fileTree(t, { 'proc/': '', ...files });
  const reader = new FileReader({ maxCachedDescriptors: 100 });
  t.after(() => reader.close());
  const paths = { procfs: join(root, 'proc'), sysfs: '/sys', rootfs: '/', cgroup: join(root, 'cgroup') };
  const { hierarchies, plan, scraper } = openNode({ paths, collectors, interfaces: /^/, storage: STORAGE, reader });
  const snapshot = await scraper.scrape(scraper.builder(), new Set(names), { at: Number.POSITIVE_INFINITY });
  const lines = await linesOf(new NativeView(plan), snapshot, names);
  return {
    mode: hierarchies.mode,
    values: Object.fromEntries(
      lines.map((line) => [line.slice(0, line.indexOf('{')), line.slice(line.lastIndexOf(' ') + 1)]),
    ),
    errors: [...snapshot.errors].flatMap(([collector, codes]) =>
      [...codes.keys()].map((code) => `${collector} ${code}`),
    ),
  };
}

function below(directory: string, files: Files): Files {
  return Object.fromEntries(Object.entries(files).map(([name, content]) => [`cgroup${directory}/${name}`, content]));
}

describe('openNode', () => {
  test('v2', async (t) => {
    const files = {
      'cgroup/cgroup.controllers': 'cpu memory\n',
      ...below(CONTAINER, {
        'cpu.stat':
          'usage_usec 1500000\nuser_usec 1000000\nsystem_usec 500000\nnr_periods 4\nnr_throttled 1\nthrottled_usec 250000\n',
        'cpu.max': '50000 100000\n',
        'cpu.weight': '20\n',
        'cpu.pressure':
          'some avg10=0.00 avg60=0.00 avg300=0.00 total=1000000\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=500000\n',
      }),
      [`cgroup${POD}/cpu.stat`]: '',
    };
    const { mode, values } = await scrapeOnce(t, files, ['cpu', 'pressure']);
    assert.equal(mode, 'v2');
    assert.deepEqual(values, {
      container_cpu_usage_seconds_total: '1.5',
      container_cpu_user_seconds_total: '1',
      container_cpu_system_seconds_total: '0.5',
      container_cpu_cfs_periods_total: '4',
      container_cpu_cfs_throttled_periods_total: '1',
      container_cpu_cfs_throttled_seconds_total: '0.25',
      container_cpu_limit_cores: '0.5',
      container_cpu_weight: '20',
      container_pressure_cpu_waiting_seconds_total: '1',
      container_pressure_cpu_stalled_seconds_total: '0.5',
    });
  });

  const V1 = {
    ...below(`/cpu,cpuacct${CONTAINER}`, {
      'cpuacct.usage': '1500000001\n',
      'cpuacct.stat': 'user 150\nsystem 25\n',
      'cpu.stat': 'nr_periods 4\nnr_throttled 1\nthrottled_time 250000000\n',
      'cpu.cfs_quota_us': '50000\n',
      'cpu.cfs_period_us': '100000\n',
      'cpu.shares': '512\n',
    }),
    ...below(`/pids${CONTAINER}`, { 'cgroup.procs': '1\n2\n', 'pids.current': '7\n', 'pids.max': 'max\n' }),
  };

  test('v1, each file in the hierarchy of its controller', async (t) => {
    const { mode, values, errors } = await scrapeOnce(t, V1, ['cpu', 'pids', 'pressure', 'memory']);
    assert.equal(mode, 'v1');
    assert.deepEqual(values, {
      container_cpu_usage_seconds_total: '1.500000001',
      container_cpu_user_seconds_total: '1.5',
      container_cpu_system_seconds_total: '0.25',
      container_cpu_cfs_periods_total: '4',
      container_cpu_cfs_throttled_periods_total: '1',
      container_cpu_cfs_throttled_seconds_total: '0.25',
      container_cpu_limit_cores: '0.5',
      container_cpu_shares: '512',
      container_processes: '2',
      container_threads: '7',
    });
    assert.ok(!errors.some((error) => error.startsWith('memory')), 'a hierarchy that is not mounted is not an error');
  });

  test('v1 without a limit has no throttling', async (t) => {
    const quota = below(`/cpu,cpuacct${CONTAINER}`, { 'cpu.cfs_quota_us': '-1\n' });
    const { values } = await scrapeOnce(t, { ...V1, ...quota }, ['cpu']);
    assert.deepEqual(
      Object.keys(values).filter((name) => /cfs|limit/.test(name)),
      [],
    );
    assert.equal(values['container_cpu_shares'], '512');
  });

  test('hybrid has pressure if the unified hierarchy has the same path', async (t) => {
    const pressure = below(`/unified${CONTAINER}`, { 'memory.pressure': 'some avg10=0.00 total=2000000\n' });
    const { mode, values } = await scrapeOnce(t, { ...V1, ...pressure }, ['pressure']);
    assert.equal(mode, 'hybrid');
    assert.deepEqual(values, { container_pressure_memory_waiting_seconds_total: '2' });
  });

  /** Files that a v2 cgroup has whichever controllers are enabled in it, with CPU time of 3 s. */
  const UNIFIED = { 'cgroup.procs': '1\n', 'cpu.stat': 'usage_usec 3000000\nuser_usec 2000000\nsystem_usec 1000000\n' };

  test('memory in the v2 mount and everything else in v1', async (t) => {
    const files = {
      ...V1,
      'cgroup/unified/cgroup.controllers': 'memory\n',
      ...below(`/unified${CONTAINER}`, {
        ...UNIFIED,
        'memory.current': '9000\n',
        'memory.stat': 'anon 500\nfile 2000\ninactive_file 1000\n',
        'memory.max': '10000\n',
      }),
    };
    const { mode, values } = await scrapeOnce(t, files, ['cpu', 'memory', 'pids']);
    assert.equal(mode, 'hybrid');
    assert.equal(values['container_cpu_usage_seconds_total'], '1.500000001');
    assert.equal(values['container_threads'], '7');
    assert.equal(values['container_memory_usage_bytes'], '9000');
    assert.equal(values['container_memory_working_set_bytes'], '8000');
    assert.equal(values['container_memory_limit_bytes'], '10000');
    assert.ok(!('container_cpu_weight' in values), 'the weight is that of the hierarchy with the controller');
  });

  test('cpu in v1 without cpuacct, whose CPU time is that of the v2 mount', async (t) => {
    const files = {
      'cgroup/unified/cgroup.controllers': 'io pids\n',
      ...below(`/cpu${CONTAINER}`, {
        'cgroup.procs': '1\n',
        'cpu.stat': 'nr_periods 4\nnr_throttled 1\nthrottled_time 250000000\n',
        'cpu.cfs_quota_us': '50000\n',
        'cpu.cfs_period_us': '100000\n',
        'cpu.shares': '512\n',
      }),
      ...below(`/unified${CONTAINER}`, {
        ...UNIFIED,
        'pids.current': '8\n',
        'pids.max': 'max\n',
        'io.stat': '8:0 rbytes=4096 wbytes=0 rios=1 wios=0 dbytes=0 dios=0\n',
      }),
    };
    const { values } = await scrapeOnce(t, files, ['cpu', 'io', 'pids', 'memory']);
    assert.deepEqual(values, {
      container_cpu_usage_seconds_total: '3',
      container_cpu_user_seconds_total: '2',
      container_cpu_system_seconds_total: '1',
      container_cpu_cfs_periods_total: '4',
      container_cpu_cfs_throttled_periods_total: '1',
      container_cpu_cfs_throttled_seconds_total: '0.25',
      container_cpu_limit_cores: '0.5',
      container_cpu_shares: '512',
      container_fs_reads_bytes_total: '4096',
      container_fs_writes_bytes_total: '0',
      container_fs_reads_total: '1',
      container_fs_writes_total: '0',
      container_fs_discards_bytes_total: '0',
      container_processes: '1',
      container_threads: '8',
    });
  });

  test('an empty v1 hierarchy of one controller on a v2 node', async (t) => {
    const files = {
      'cgroup/pids/cgroup.procs': '1\n',
      'cgroup/unified/cgroup.controllers': 'cpu memory\n',
      ...below(`/unified${CONTAINER}`, { ...UNIFIED, 'memory.current': '9000\n', 'cpu.weight': '20\n' }),
    };
    const { values, errors } = await scrapeOnce(t, files, ['cpu', 'pids', 'memory']);
    assert.equal(values['container_cpu_usage_seconds_total'], '3');
    assert.equal(values['container_cpu_weight'], '20');
    assert.equal(values['container_memory_usage_bytes'], '9000');
    assert.ok(!errors.some((error) => error.startsWith('pids')));
  });

  test('v1 memory: the swap limit is the limit of memory and swap minus that of memory', async (t) => {
    const memory = below(`/memory${CONTAINER}`, {
      'memory.usage_in_bytes': '1000\n',
      'memory.limit_in_bytes': '2000\n',
      'memory.memsw.limit_in_bytes': '5000\n',
      'memory.max_usage_in_bytes': '1500\n',
      'memory.failcnt': '3\n',
      'memory.oom_control': 'oom_kill_disable 0\nunder_oom 0\noom_kill 2\n',
      'memory.stat': 'inactive_file 1\ntotal_inactive_file 1200\ntotal_rss 300\n',
    });
    const { values } = await scrapeOnce(t, { ...V1, ...memory }, ['memory']);
    assert.deepEqual(values, {
      container_memory_usage_bytes: '1000',
      container_memory_working_set_bytes: '0',
      container_memory_rss: '300',
      container_memory_total_inactive_file_bytes: '1200',
      container_memory_max_usage_bytes: '1500',
      container_memory_limit_bytes: '2000',
      container_memory_swap_limit_bytes: '3000',
      container_memory_limit_hits_total: '3',
      container_oom_kills_total: '2',
    });
  });

  for (const [mode, mount] of [
    ['v2', ''],
    ['v1', '/hugetlb'],
  ] as const) {
    test(`${mode}: the sizes of huge pages are those of the existing files`, (t) => {
      const [usage, limit] = mode === 'v2' ? ['current', 'max'] : ['usage_in_bytes', 'limit_in_bytes'];
      const pages = Object.fromEntries(
        ['2MB', '1GB'].flatMap((size) => [
          [`hugetlb.${size}.${usage}`, '0\n'],
          [`hugetlb.${size}.${limit}`, '4194304\n'],
          [`hugetlb.${size}.rsvd.${usage}`, '9\n'],
        ]),
      );
      const node = mode === 'v2' ? { 'cgroup/cgroup.controllers': '' } : V1;
      const files = { ...node, ...below(`${mount}/kubepods`, pages), ...below(`${mount}${CONTAINER}`, pages) };
      const root = fileTree(t, { 'proc/': '', ...files });
      const reader = new FileReader({ maxCachedDescriptors: 0 });
      const { plan } = openNode({
        paths: { procfs: join(root, 'proc'), sysfs: '/sys', rootfs: '/', cgroup: join(root, 'cgroup') },
        collectors,
        interfaces: /^/,
        storage: STORAGE,
        reader,
      });
      const family = plan.families.find(({ name }) => name === 'container_hugetlb_usage_bytes');
      assert.deepEqual(family?.series.map(({ labels }) => labels).toSorted(), [['1GB'], ['2MB']]);
    });
  }

  test('a node without hierarchies is an error', (t) => {
    const root = fileTree(t);
    const paths = { procfs: root, sysfs: root, rootfs: root, cgroup: root };
    const reader = new FileReader({ maxCachedDescriptors: 0 });
    assert.throws(
      () => openNode({ paths, collectors, interfaces: /^/, storage: STORAGE, reader }),
      /no cgroup hierarchy below/,
    );
  });

  test('v1: a cgroup outside the walked hierarchy is read although optional files do not exist', async (t) => {
    const files = {
      'cgroup/memory/system.slice/memory.usage_in_bytes': '1000\n',
      'cgroup/cpu,cpuacct/system.slice/cpu.shares': '1024\n',
      'cgroup/cpu,cpuacct/docker/cpuacct.usage': '7000000000\n',
    };
    const { values } = await scrapeOnce(t, files, ['cpu', 'memory']);
    assert.equal(values['cgroup_cpu_usage_seconds_total'], '7');
  });

  test('pods outside the pids hierarchy are found and read', async (t) => {
    const files = {
      'cgroup/pids/system.slice/pids.current': '1\n',
      ...below(`/memory${CONTAINER}`, { 'memory.usage_in_bytes': '1000\n', 'cgroup.procs': '' }),
    };
    const { values } = await scrapeOnce(t, files, ['memory']);
    assert.equal(values['container_memory_usage_bytes'], '1000', `of pod ${UID}`);
  });

  for (const where of ['alone', 'beside pods']) {
    test(`v1: a container outside of pods at another path in each hierarchy is one container, ${where}`, async (t) => {
      const id = 'd'.repeat(64);
      const files = {
        ...(where === 'alone' ? {} : { [`cgroup/pids${CONTAINER}/pids.max`]: '9\n' }),
        [`cgroup/pids/docker/${id}/pids.current`]: '3\n',
        [`cgroup/cpu,cpuacct/docker/${id}/cpuacct.usage`]: '7000000000\n',
        [`cgroup/memory/system.slice/engine/docker/${id}/memory.usage_in_bytes`]: '1000\n',
        [`cgroup/unified/engine/${id}/memory.pressure`]: 'some avg10=0.00 avg60=0.00 avg300=0.00 total=1000000\n',
      };
      const { values } = await scrapeOnce(t, files, ['cpu', 'memory', 'pids', 'pressure']);
      assert.deepEqual(
        Object.entries(values).filter(([name]) => /_cpu_usage|_memory_usage|_threads$|_memory_waiting/.test(name)),
        [
          ['container_cpu_usage_seconds_total', '7'],
          ['container_memory_usage_bytes', '1000'],
          ['container_threads', '3'],
          ['container_pressure_memory_waiting_seconds_total', '1'],
        ],
      );
    });
  }
});
