import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { after, before, describe, test } from 'node:test';

import type { Driver } from '../support/cgroup-layout.ts';
import { mountedHierarchies } from '../support/cgroup-mounts.ts';
import { diskOf } from '../support/disk.ts';
import { ExporterProcess } from '../support/exporter-process.ts';
import * as kernel from '../support/kernel-readings.ts';
import { assertBetween, compare, exportedPods, measuredCgroups, podLabels } from '../support/node-comparison.ts';
import type { Comparison, ReadNumber } from '../support/node-comparison.ts';
import { nodePods } from '../support/node-pods.ts';
import { promtool, whyNoPromtool } from '../support/promtool.ts';
import { whyNoStandIn } from '../support/requirements.ts';
import { oomKills } from '../support/running-container.ts';
import { SampleTable } from '../support/sample-table.ts';
import { StandInNode } from '../support/stand-in-node.ts';
import { equals, until } from '../support/until.ts';

const MEBIBYTE = 2 ** 20;
const skip = whyNoStandIn() ?? false;
const isV1 = mountedHierarchies()[0]?.version === 1;

/** A node is laid out in two ways, and its pods' names are learned in two. */
const VARIANTS: readonly {
  readonly driver: Driver;
  readonly names: 'api' | 'file';
  readonly slices: readonly string[];
}[] = [
  { driver: 'cgroupfs', names: 'api', slices: ['kubepods', 'kubepods/burstable', 'kubepods/besteffort'] },
  {
    driver: 'systemd',
    names: 'file',
    slices: ['kubepods.slice', 'kubepods.slice/kubepods-burstable.slice', 'kubepods.slice/kubepods-besteffort.slice'],
  },
];

/** Its container has another cgroup every time one looks. */
const RESTARTING = 'oom';

/** Containers that use the same memory all the time. */
const QUIET = new Set(['redis', 'idle', 'agent', 'proxy', 'forks']);

for (const { driver, names, slices } of VARIANTS) {
  describe(`a node with the driver ${driver} whose pods are named by ${names}`, { skip }, () => {
    const cleanups: (() => Promise<unknown>)[] = [];
    let node: StandInNode;
    let exporter: ExporterProcess;

    before(async () => {
      node = await StandInNode.create({ driver });
      cleanups.push(() => node.stop());
      const plans = nodePods({ folder: node.tree.folder, oomPeriod: 0.2 });
      // A file would be out of date after every restart.
      await node.addPods(plans.filter(({ name }) => names === 'api' || name !== RESTARTING));
      const api = ['--pods=api', `--kubeconfig=${node.kubeconfigPath}`];
      const source = names === 'api' ? api : [`--pods=file:${await node.podsFile()}`];
      exporter = await ExporterProcess.start([
        ...source,
        `--path.cgroup=${node.tree.view()}`,
        `--node-name=${node.nodeName}`,
      ]);
      cleanups.push(() => exporter.stop());
      await exporter.ready();
    });

    after(async () => {
      for (const cleanup of cleanups.toReversed()) await cleanup();
    });

    const scrape = async (): Promise<SampleTable> => new SampleTable(await exporter.get('/metrics'));

    const above = ['', 'switch', ...slices];

    const compared = (families: readonly string[], read: ReadNumber): Promise<readonly Comparison[]> =>
      compare(measuredCgroups(node, above, RESTARTING), families, read, scrape);

    const reading = (path: string, origins: kernel.Origins | undefined): number | undefined =>
      kernel.readingOf(node.tree, path, origins ?? []);

    test('has series of its pods and containers, and of no other', async () => {
      const table = await scrape();
      const pods = table
        .family('pod_cpu_usage_seconds_total')
        .map(({ labels }) => `${labels['namespace']}/${labels['pod']}`);
      assert.deepEqual(
        pods.toSorted(),
        exportedPods(node)
          .map(({ plan }) => `${plan.namespace}/${plan.name}`)
          .toSorted(),
      );
      const containers = table
        .family('container_cpu_usage_seconds_total')
        .flatMap(({ labels }) => (labels['pod'] === RESTARTING ? [] : [JSON.stringify(labels)]));
      const running = measuredCgroups(node, [], RESTARTING).flatMap(({ level, labels }) =>
        level === 'container' ? [JSON.stringify(labels)] : [],
      );
      assert.deepEqual(containers.toSorted(), running.toSorted());
      const cgroups = table.family('cgroup_cpu_usage_seconds_total').map(({ labels }) => labels['cgroup'] ?? '');
      assert.deepEqual(cgroups.toSorted(), above.map((path) => `/${path}`).toSorted());
    });

    test('has their pod and container', async () => {
      const table = await scrape();
      for (const pod of exportedPods(node)) {
        const info = table.of(podLabels(pod)).find(({ name }) => name === 'pod_info');
        const { uid, node: name, host_network: hostNetwork } = info?.labels ?? {};
        assert.deepEqual([uid, name, hostNetwork], [pod.uid, node.nodeName, String(pod.plan.hostNetwork === true)]);
        if (pod.plan.name === RESTARTING) continue;
        const infos = table.of(podLabels(pod)).filter((sample) => sample.name === 'container_info');
        const ids = infos.map(({ labels }) => labels['container_id'] ?? '');
        assert.deepEqual(ids.toSorted(), pod.containers.map(({ id }) => id).toSorted(), pod.plan.name);
      }
      const web = table.family('pod_info').filter(({ labels }) => labels['workload'] === 'web');
      assert.deepEqual(
        web.map(({ labels }) => labels['workload_kind']),
        ['Deployment', 'Deployment'],
      );
      const { configHash } = node.pod('proxy');
      assert.ok(configHash !== undefined && !table.text.includes(configHash));
      assert.ok(
        (table.value('container_cpu_usage_seconds_total', { ...podLabels(node.pod('proxy')), container: 'proxy' }) ??
          0) > 0,
      );
    });

    test('has no series with an empty label, none of a sandbox, none of a pod without a name', async () => {
      await until(
        'three cgroups without a pod',
        async () => (await scrape()).value('pod_exporter_cgroups', { kind: 'unmatched' }),
        equals(3),
      );
      const table = await scrape();
      assert.doesNotMatch(table.text, /=""/);
      for (const { name, labels } of table.samples) {
        const level = /^(container|pod|cgroup)_(?!exporter_)/.exec(name)?.[1];
        const wanted =
          { container: ['namespace', 'pod', 'container'], pod: ['namespace', 'pod'], cgroup: ['cgroup'] }[
            level ?? ''
          ] ?? [];
        for (const label of wanted) assert.ok(label in labels, `${name} ${JSON.stringify(labels)}`);
      }
      assert.ok(!table.text.includes(node.pod('unknown').uid));
      for (const { pausePid } of exportedPods(node)) assert.ok(!table.text.includes(containerIdOf(pausePid)));
      const counted = (kind: string) => table.value('pod_exporter_cgroups', { kind });
      assert.equal(counted('pod'), exportedPods(node).length + 1);
      assert.equal(counted('pause'), exportedPods(node).length);
      assert.equal(counted('slice'), above.length);
    });

    test('has counters between the values of the files before and after', async () => {
      const families = Object.keys(kernel.COUNTERS);
      const rows = await compared(families, ({ path }, family) => reading(path, kernel.COUNTERS[family]));
      const ofSlices = /^(?:cpu_usage|pressure)_/;
      const checked = rows.filter(({ level, family }) => level !== 'cgroup' || ofSlices.test(family));
      for (const row of checked) assertBetween(row);
      assert.ok(checked.filter(({ value }) => value !== undefined && value > 0).length > 100);
      const hasPressure = rows.some(
        ({ family, level, value }) => family.startsWith('pressure_') && level === 'container' && value !== undefined,
      );
      assert.equal(hasPressure, node.tree.file('', 'cpu.pressure') !== undefined);
    });

    test('has the counters of a container that v1 does not add up in the pod', async () => {
      const { cgroup } = node.pod('oom-child').container('worker');
      await until('an OOM kill', () => oomKills(node.tree, cgroup));
      const families = Object.keys(kernel.CONTAINER_COUNTERS);
      const rows = await compared(families, ({ path }, family) => reading(path, kernel.CONTAINER_COUNTERS[family]));
      for (const row of rows) {
        if (row.level === 'container') assertBetween(row);
        if (row.level === 'pod' && isV1) assert.equal(row.value, undefined, row.what);
      }
      const kills = rows.find(({ path, family }) => path === cgroup && family === 'oom_kills_total');
      assert.ok(Number(kills?.value) > 0, kills?.what);
    });

    test('has how often a container was throttled, where CPU time is limited', async () => {
      const { cgroup } = node.pod('throttled').container('busy');
      await until(
        'the end of a throttled period',
        () => Object.values(kernel.THROTTLING).map((origins) => reading(cgroup, origins)),
        (counters) => counters.every((value) => Number(value) > 0),
      );
      const rows = await compared(Object.keys(kernel.THROTTLING), ({ path }, family) =>
        reading(path, kernel.CPU_QUOTA) === undefined ? undefined : reading(path, kernel.THROTTLING[family]),
      );
      for (const row of rows) assertBetween(row);
      const ofBusy = rows.filter(({ path }) => path === cgroup);
      assert.equal(ofBusy.length, 3);
      for (const { value, what } of ofBusy) assert.ok(Number(value) > 0, what);
      assert.ok(rows.some(({ level, value }) => level === 'container' && value === undefined));
    });

    test('has limits equal to those in the files, and none where there is none', async () => {
      const cores = (path: string): number | undefined => {
        const [quota, period] = [reading(path, kernel.CPU_QUOTA), reading(path, kernel.CPU_PERIOD)];
        return quota === undefined || period === undefined ? undefined : quota / period;
      };
      const rows = await compared(['cpu_limit_cores', ...Object.keys(kernel.LIMITS)], ({ path, level }, family) => {
        if (level === 'cgroup') return undefined;
        return family === 'cpu_limit_cores' ? cores(path) : reading(path, kernel.LIMITS[family]);
      });
      for (const { before: limit, value, what } of rows) assert.equal(value, limit, what);
      assert.ok(rows.filter(({ value }) => value !== undefined).length > 30);
      assert.ok(rows.some(({ family, value }) => family === 'cpu_limit_cores' && value === 0.02));
      assert.ok(rows.some(({ family, value }) => family === 'memory_limit_bytes' && value === undefined));
    });

    test('has amounts equal to those in the files, while nothing changes them', async () => {
      const redis = node.pod('cart').container('redis');
      const forks = node.pod('processes').container('forks');
      const held = (): number => reading(redis.cgroup, kernel.AMOUNTS['memory_rss']) ?? 0;
      await until('48 MiB of memory', held, (bytes) => bytes >= 48 * MEBIBYTE);
      await until('nine processes', () => node.tree.pids(forks.cgroup).length, equals(9));
      const rows = await compared(
        ['processes', 'memory_working_set_bytes', ...Object.keys(kernel.AMOUNTS)],
        ({ path, labels }, family) => {
          if (!QUIET.has(labels['container'] ?? '')) return undefined;
          if (family === 'processes') return node.tree.pids(path).length;
          if (family !== 'memory_working_set_bytes') return reading(path, kernel.AMOUNTS[family]);
          const [usage = Number.NaN, inactive = Number.NaN] = [
            kernel.AMOUNTS['memory_usage_bytes'],
            kernel.INACTIVE_FILE,
          ].map((origins) => reading(path, origins));
          return Math.max(0, usage - inactive);
        },
      );
      const still = rows.filter((row) => row.before !== undefined && row.before === row.after);
      for (const { before: amount, value, what } of still) assert.equal(value, amount, what);
      assert.ok(still.length > 30, `${still.length} amounts stood still`);
      assert.ok(still.some(({ family, value }) => family === 'processes' && value === 9));
    });

    test('has network series of pods with a network of their own only', async () => {
      const table = await scrape();
      for (const pod of exportedPods(node)) {
        const network = table.of(podLabels(pod)).filter(({ name }) => name.startsWith('pod_network_'));
        assert.equal(network.length > 30, pod.plan.hostNetwork !== true, `${pod.plan.name}: ${network.length}`);
      }
    });

    const disk = diskOf(tmpdir());
    test(
      'says how much was written to the disk',
      { skip: disk === undefined && 'needs a temporary folder on a disk' },
      async () => {
        const { cgroup } = node.pod('multi').container('writer');
        const written = (): number => {
          const file = ['blkio.throttle.io_service_bytes_recursive', 'io.stat'].find(
            (name) => node.tree.file(cgroup, name) !== undefined,
          );
          const pattern = new RegExp(`^${disk} (?:Write |.*wbytes=)(\\d+)`, 'm');
          return Number(pattern.exec(node.tree.read(cgroup, file ?? ''))?.[1] ?? 0);
        };
        await until('a written MiB', written, (bytes) => bytes >= MEBIBYTE);
        const earlier = written();
        const table = await scrape();
        const labels = { ...podLabels(node.pod('multi')), container: 'writer', device: diskName(disk) };
        const value = table.value('container_fs_writes_bytes_total', labels);
        assertBetween({ before: earlier, value, after: written(), what: JSON.stringify(labels) });
        assert.ok((table.value('container_fs_writes_total', labels) ?? 0) > 0);
      },
    );

    test('counts the kills that Kubernetes reports', { skip: names !== 'api' && 'needs the API server' }, async () => {
      await once(node.events, 'restart');
      const labels = { ...podLabels(node.pod(RESTARTING)), container: 'eater' };
      await until('an OOM kill in the exposition', async () =>
        (await scrape()).value('container_terminated_oom_total', labels),
      );
      const table = await scrape();
      assert.ok((table.value('container_restarts_total', labels) ?? 0) > 0);
      assert.equal(
        table.value('container_terminated_oom_total', { ...podLabels(node.pod('cart')), container: 'redis' }),
        0,
      );
    });

    test('passes promtool', { skip: whyNoPromtool() }, async () => {
      assert.equal(promtool(['check', 'metrics'], await exporter.get('/metrics')), '');
    });

    test('is read without errors', { skip: names === 'api' && 'a container is killed all the time' }, async () => {
      assert.deepEqual((await scrape()).family('pod_exporter_read_errors_total'), []);
      assert.doesNotMatch(exporter.log, /level=(?:warn|error)/);
    });
  });
}

/** The container ID in the path of a process' cgroup. */
function containerIdOf(pid: number | undefined): string {
  const id = /([0-9a-f]{64})(?:\.scope)?$/m.exec(readFileSync(`/proc/${pid}/cgroup`, 'latin1'))?.[1];
  assert.ok(id !== undefined);
  return id;
}

function diskName(disk: string | undefined): string {
  const fields = readFileSync('/proc/diskstats', 'latin1')
    .split('\n')
    .map((line) => line.trim().split(/\s+/));
  return fields.find(([major, minor]) => `${major}:${minor}` === disk)?.[2] ?? '';
}
