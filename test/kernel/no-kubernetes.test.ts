import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { TestContext } from 'node:test';

import { mountedHierarchies } from '../support/cgroup-mounts.ts';
import { CgroupTree } from '../support/cgroups.ts';
import { ExporterProcess } from '../support/exporter-process.ts';
import { COUNTERS, readingOf } from '../support/kernel-readings.ts';
import { launch } from '../support/launch.ts';
import { whyNoStandIn } from '../support/requirements.ts';
import { SampleTable } from '../support/sample-table.ts';
import { until } from '../support/until.ts';
import { idle } from '../support/workloads.ts';

const CONTAINER = 'c0ffee'.padEnd(64, '0');
const OTHER_CONTAINER = 'decaf'.padEnd(64, '0');

const CONTAINERS = [`/system.slice/docker-${CONTAINER}.scope`, `/docker/${OTHER_CONTAINER}`];

/** Where systemd and Docker put services, sessions and containers. */
const SERVICES = [
  '/system.slice',
  '/system.slice/ssh.service',
  '/user.slice',
  '/user.slice/user-1000.slice',
  '/user.slice/user-1000.slice/session-3.scope',
  '/docker',
];

const LAYOUT = [...SERVICES, ...CONTAINERS];

// The machine that runs the tests may itself be a pod.
delete process.env['KUBERNETES_SERVICE_HOST'];

describe('a machine without Kubernetes', () => {
  test('has its services, sessions and containers exported, on cgroup v2', async (t) => {
    const files = LAYOUT.map(
      (path, index) =>
        [
          path,
          {
            'cpu.stat': `usage_usec ${index + 1}000000\n`,
            'memory.current': `${index}\n`,
            'cgroup.procs': `${process.pid}\n`,
          },
        ] as const,
    );
    const root = fakeTree(t, {
      '': { 'cgroup.controllers': 'cpu memory\n', 'cpu.stat': 'usage_usec 99000000\n' },
      ...Object.fromEntries(files),
    });
    const { table, log } = await serve(t, [`--path.cgroup=${root}`]);
    assert.equal(table.value('cgroup_cpu_usage_seconds_total', { cgroup: '/' }), 99);
    for (const [index, path] of LAYOUT.entries()) {
      assert.equal(valueOf(table, 'cpu_usage_seconds_total', path), index + 1);
      assert.equal(valueOf(table, 'memory_usage_bytes', path), index);
    }
    assertSaid(log, { cgroups: 'v2', slices: SERVICES.length + 1, containers_outside_pods: CONTAINERS.length });
    assert.match(log, /no io controller: .*; no pids controller: /);
    assert.doesNotMatch(log, /no (?:cpu|memory) controller/);
    assertNoPods(table);
  });

  test('has its services, sessions and containers exported, on cgroup v1, whichever hierarchy they are in', async (t) => {
    const folders: Record<string, Record<string, string>> = {};
    for (const [index, path] of LAYOUT.entries()) {
      const procs = { 'cgroup.procs': `${process.pid}\n` };
      folders[`cpu,cpuacct${path}`] = { 'cpuacct.usage': `${index + 1}000000000\n`, ...procs };
      if (!path.startsWith('/docker')) folders[`memory${path}`] = { 'memory.usage_in_bytes': `${index}\n`, ...procs };
    }
    const root = fakeTree(t, folders);
    const { table, log } = await serve(t, [`--path.cgroup=${root}`]);
    for (const [index, path] of LAYOUT.entries()) {
      assert.equal(valueOf(table, 'cpu_usage_seconds_total', path), index + 1);
      const inMemory = path.startsWith('/docker') ? undefined : index;
      assert.equal(valueOf(table, 'memory_usage_bytes', path), inMemory);
    }
    assertSaid(log, { cgroups: 'v1', slices: SERVICES.length + 1, containers_outside_pods: CONTAINERS.length });
    assert.match(log, /no cgroup v2 mount: no pressure metrics/);
    assertNoPods(table);
  });

  test('has the same from real cgroups', { skip: whyNoStandIn() ?? false }, async (t) => {
    const tree = await CgroupTree.create();
    t.after(() => tree.remove());
    for (const path of LAYOUT) tree.make(path.slice(1));
    const service = 'system.slice/ssh.service';
    await launch(tree, { cgroup: service, network: 'host', argv: idle() });
    for (const path of CONTAINERS) await launch(tree, { cgroup: path.slice(1), network: 'host', argv: idle() });
    const used = () => readingOf(tree, service, COUNTERS['cpu_usage_seconds_total'] ?? []) ?? Number.NaN;
    const earlier = used();
    const { table, log } = await serve(t, [`--path.cgroup=${tree.view()}`]);
    const value = table.value('cgroup_cpu_usage_seconds_total', { cgroup: `/${service}` }) ?? Number.NaN;
    assert.ok(earlier > 0 && earlier <= value && value <= used(), `${earlier} ${value}`);
    const families = [
      'cpu_usage_seconds_total',
      'memory_usage_bytes',
      'memory_working_set_bytes',
      'memory_rss',
      'pressure_cpu_waiting_seconds_total',
    ];
    for (const path of LAYOUT) {
      for (const family of families) assert.ok(valueOf(table, family, path) !== undefined, `${family} of ${path}`);
    }
    assertSaid(log, { slices: SERVICES.length + 1, containers_outside_pods: CONTAINERS.length });
    assertNoPods(table);
  });

  test('is distinguished from one where nothing can be found', async (t) => {
    const root = fakeTree(t, { nothing: {} });
    await assert.rejects(ExporterProcess.start([`--path.cgroup=${root}`]), ({ message }: Error) => {
      assert.ok(message.endsWith(` on standard error: pod-exporter: no cgroup hierarchy below ${root}\n`), message);
      return true;
    });
  });
});

const whole = usageFile();

describe(
  'this machine, whatever it is',
  { skip: whole === undefined ? 'needs a mounted cgroup hierarchy' : false },
  () => {
    test('is found through its mounts, and its cgroups are exported', async (t) => {
      const used = (): number => (whole === undefined ? Number.NaN : secondsIn(whole));
      const earlier = used();
      const { table, log } = await serve(t, []);
      const value = table.value('cgroup_cpu_usage_seconds_total', { cgroup: '/' }) ?? Number.NaN;
      assert.ok(earlier <= value && value <= used(), `${earlier} ${value}`);
      assert.equal(log.match(/msg=found/g)?.length, 1);
      assert.match(log, /pods_source=none .*no in-cluster credentials/);
    });
  },
);

/** Says what a cgroup folder's files are, by its path below the tree's root. */
type Folders = Readonly<Record<string, Readonly<Record<string, string>>>>;

function fakeTree(t: TestContext, folders: Folders): string {
  const root = mkdtempSync(join(tmpdir(), 'pod-exporter-tree-'));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  for (const [folder, files] of Object.entries(folders)) {
    mkdirSync(join(root, folder), { recursive: true });
    for (const [name, content] of Object.entries(files)) writeFileSync(join(root, folder, name), content);
  }
  return root;
}

/** One scrape of the exporter, and what it logged until then. */
async function serve(
  t: TestContext,
  flags: readonly string[],
): Promise<{ readonly table: SampleTable; readonly log: string }> {
  const exporter = await ExporterProcess.start(flags);
  t.after(() => exporter.stop());
  await exporter.ready();
  const table = new SampleTable(await exporter.get('/metrics'));
  const log = await until(
    '"found" on standard error',
    () => exporter.log,
    (text) => text.includes('msg=found'),
  );
  return { table, log };
}

/** The value of a cgroup in its family: that of containers, or that of all other cgroups. */
function valueOf(table: SampleTable, family: string, path: string): number | undefined {
  const [id] = /[0-9a-f]{64}/.exec(path) ?? [];
  if (id === undefined) return table.value(`cgroup_${family}`, { cgroup: path });
  return table.value(`container_${family}`, { container: id.slice(0, 12) });
}

/** One line says what was found, what was not, and why. */
function assertSaid(log: string, found: Readonly<Record<string, string | number>>): void {
  const lines = log.split('\n').filter((line) => line.includes('msg=found'));
  assert.equal(lines.length, 1, log);
  const [line = ''] = lines;
  for (const [name, value] of Object.entries(found)) assert.ok(line.includes(` ${name}=${value} `), line);
  assert.match(line, / kubepods=none pods_source=none /);
  assert.match(line, /no kubepods cgroup: slices, services and scopes are exported as cgroup_\*/);
  assert.match(line, /no pod metadata \(no in-cluster credentials\)/);
  assert.doesNotMatch(log, /level=(?:warn|error)/);
}

function assertNoPods(table: SampleTable): void {
  assert.deepEqual(
    table.samples.filter(
      ({ name, labels }) => /^pod_(?!exporter_)/.test(name) || 'pod' in labels || 'namespace' in labels,
    ),
    [],
  );
  assert.deepEqual(table.family('pod_exporter_read_errors_total'), []);
}

/** The file that says how much CPU time all cgroups have used. */
function usageFile(): string | undefined {
  const mounts = mountedHierarchies();
  const files = [
    ...mounts.map(({ path }) => join(path, 'cpuacct.usage')),
    ...mounts.map(({ path }) => join(path, 'cpu.stat')),
  ];
  return files.find((file) => existsSync(file));
}

function secondsIn(file: string): number {
  const text = readFileSync(file, 'latin1');
  const microseconds = /^usage_usec (\d+)$/m.exec(text)?.[1];
  return microseconds === undefined ? Number(text) / 1e9 : Number(microseconds) / 1e6;
}
