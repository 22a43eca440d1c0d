import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { ExporterProcess } from '../support/exporter-process.ts';
import * as kernel from '../support/kernel-readings.ts';
import { parseAsMetricsServer, served, type MetricsBatch } from '../support/metrics-server.ts';
import { nodePods } from '../support/node-pods.ts';
import { podObject } from '../support/pod-object.ts';
import type { PodPlan } from '../support/pod-plan.ts';
import { whyNoStandIn } from '../support/requirements.ts';
import { newContainerId } from '../support/running-container.ts';
import { SampleTable } from '../support/sample-table.ts';
import { StandInNode } from '../support/stand-in-node.ts';
import { parseSummary } from '../support/summary-schema.ts';
import { equals, until } from '../support/until.ts';
import { idle } from '../support/workloads.ts';

const skip = whyNoStandIn() ?? false;

/** Rounds of one pod that comes and one that goes, while another is killed and started again all the time. */
const ROUNDS = 25;

/** Seconds of CPU time; rounding may take a microsecond. */
function assertBetween(low: number, value: number, high: number): void {
  assert.ok(low - 1e-6 <= value && value <= high + 1e-6, `${value} is not between ${low} and ${high}`);
}

describe('a node whose kubelet endpoints are requested', { skip }, () => {
  const cleanups: (() => Promise<unknown>)[] = [];
  let node: StandInNode;
  let exporter: ExporterProcess;

  before(async () => {
    node = await StandInNode.create();
    cleanups.push(() => node.stop());
    await node.addPods(nodePods({ folder: node.tree.folder, oomPeriod: 0.2 }));
    const api = ['--pods=api', `--kubeconfig=${node.kubeconfigPath}`, `--node-name=${node.nodeName}`];
    exporter = await ExporterProcess.start([...api, `--path.cgroup=${node.tree.view()}`]);
    cleanups.push(() => exporter.stop());
    await exporter.ready();
  });

  after(async () => {
    for (const cleanup of cleanups.toReversed()) await cleanup();
  });

  const resource = async (): Promise<MetricsBatch> => {
    const asked = Date.now();
    return parseAsMetricsServer(await exporter.get('/metrics/resource'), asked);
  };

  const cpu = (cgroup: string): number =>
    kernel.readingOf(node.tree, cgroup, kernel.COUNTERS['cpu_usage_seconds_total'] ?? []) ?? Number.NaN;

  /** Containers by pod that run all the time. */
  const constant = (): ReadonlyMap<string, readonly string[]> => {
    const pods = node.pods.filter(
      ({ plan, containers }) => plan.unknown !== true && containers.length > 0 && !plan.name.startsWith('oom'),
    );
    return new Map(
      pods.map(({ plan, containers }) => [
        `${plan.namespace}/${plan.name}`,
        containers.map(({ name }) => name).toSorted(),
      ]),
    );
  };

  test('metrics-server takes all of it, while pods start, restart and vanish', async () => {
    const missing = async (): Promise<readonly string[]> => {
      const { pods } = await resource();
      return [...constant().keys()].filter((name) => !pods.has(name));
    };
    await until('CPU time of every container', missing, equals([]));
    let restarts = 0;
    node.events.on('restart', () => restarts++);
    for (let round = 0; round < ROUNDS; round++) {
      const plan: PodPlan = { namespace: 'new', name: `pod-${round}`, containers: [{ name: 'app', argv: idle() }] };
      const expected = constant();
      const [batch, pod] = await Promise.all([resource(), node.addPod(plan)]);
      const [other] = await Promise.all([resource(), node.removePod(pod)]);
      for (const { dropped, pods, node: whole } of [batch, other]) {
        assert.deepEqual(dropped, []);
        assert.ok(whole !== undefined);
        for (const [name, containers] of expected) {
          assert.deepEqual([...(pods.get(name)?.keys() ?? [])].toSorted(), containers, name);
        }
      }
    }
    await until('restart of a container', () => restarts);
  });

  test('a container that has used no CPU time yet is omitted, and no other one is', async () => {
    const plan: PodPlan = {
      namespace: 'new',
      name: 'half-started',
      containers: [
        { name: 'unborn', argv: idle() },
        { name: 'app', argv: idle() },
      ],
    };
    const pod = await node.addPod(plan);
    try {
      const cgroup = pod.cgroup ?? '';
      const id = newContainerId();
      const unborn = node.tree.makeContainer(cgroup, id);
      const { id: appId, state } = pod.container('app');
      const containers = new Map([
        ['unborn', { id, restarts: 0, startedAt: new Date() }],
        ['app', { ...state, id: appId }],
      ]);
      const uid = pod.uid;
      const shown = { uid, configHash: undefined, nodeName: node.nodeName, podIp: undefined, createdAt: new Date() };
      node.apiServer.setPod(podObject(plan, { ...shown, containers }));
      assert.equal(cpu(unborn), 0);
      await until('the new pod', async () => (await resource()).pods.has('new/half-started'));
      const ofUnborn = { namespace: 'new', pod: 'half-started', container: 'unborn' };
      const exported = async (): Promise<number | undefined> =>
        new SampleTable(await exporter.get('/metrics?collect[]=cpu')).value(
          'container_cpu_usage_seconds_total',
          ofUnborn,
        );
      await until('the container without CPU time', exported, equals(0));
      const text = await exporter.get('/metrics/resource');
      assert.doesNotMatch(text, /unborn/);
      assert.deepEqual([...(parseAsMetricsServer(text, 0).pods.get('new/half-started')?.keys() ?? [])], ['app']);
    } finally {
      await node.removePod(pod);
    }
  });

  test('CPU time and usage match the kernel between two responses', async () => {
    const pod = node.pod('throttled');
    const { cgroup } = pod.container('busy');
    const busy = (batch: MetricsBatch) => batch.pods.get('batch/throttled')?.get('busy');
    const a = cpu(cgroup);
    const first = await resource();
    const b = cpu(cgroup);
    await until(
      'more CPU time',
      () => cpu(cgroup),
      (seconds) => seconds > b + 0.02,
    );
    const c = cpu(cgroup);
    const second = await resource();
    const d = cpu(cgroup);
    const one = busy(first) ?? assert.fail();
    const two = busy(second) ?? assert.fail();
    assertBetween(a, Number(one.cpu) / 1e9, b);
    assertBetween(c, Number(two.cpu) / 1e9, d);
    assert.ok(one.timestamp < two.timestamp);
    const { pods, skipped } = served(first, second, 60_000);
    const { cores = Number.NaN } = pods.get('batch/throttled')?.get('busy') ?? {};
    assertBetween(c - b, (cores * (two.timestamp - one.timestamp)) / 1000, d - a);
    for (const name of constant().keys()) assert.ok(pods.has(name), name);
    // Of a container that was started again in the second of the first answer, whole seconds do not tell.
    assert.deepEqual(
      skipped.filter((name) => !name.startsWith('batch/oom')),
      [],
    );
  });

  test('there are no containers but those, and no labels but the three', async () => {
    const text = await exporter.get('/metrics/resource');
    const known = new Set(
      node.pods.flatMap(({ plan, containers }) =>
        containers.map(({ name }) => `container="${name}",namespace="${plan.namespace}",pod="${plan.name}"`),
      ),
    );
    const labels = [...text.matchAll(/^container_\w+\{(.*)\} /gm)].map(([, own = '']) => own);
    assert.ok(labels.length > 30);
    for (const own of labels) assert.ok(known.has(own), own);
    assert.doesNotMatch(text, /=""/);
  });

  test('/stats/summary keeps to the schema and names every running container', async () => {
    const { node: own, pods } = parseSummary(await exporter.get('/stats/summary'));
    assert.equal(own.nodeName, node.nodeName);
    assert.notDeepEqual(own.network?.interfaces ?? [], []);
    assert.ok(Number(own.rlimit?.curproc) > 10);
    const names = new Map(
      pods.map(({ podRef, containers }) => [
        `${podRef.namespace}/${podRef.name}`,
        containers.map(({ name }) => name).toSorted(),
      ]),
    );
    for (const [name, containers] of constant()) assert.deepEqual(names.get(name), containers);
  });

  test('/stats/summary has UIDs, networks and processes of the pods', async () => {
    const { pods } = parseSummary(await exporter.get('/stats/summary'));
    for (const { plan, uid, configHash, containers } of node.pods) {
      const shown = pods.find(({ podRef }) => podRef.name === plan.name);
      if (shown === undefined) continue;
      assert.equal(shown.podRef.uid, configHash ?? uid);
      assert.equal(shown.network === undefined, plan.hostNetwork === true, plan.name);
      if (!plan.name.startsWith('processes')) continue;
      const processes = containers.flatMap(({ cgroup }) => node.tree.pids(cgroup));
      assert.equal(shown.process_stats?.process_count, processes.length);
    }
  });

  test('twenty concurrent requests all get usage', async () => {
    const own = await ExporterProcess.start([
      '--pods=api',
      `--kubeconfig=${node.kubeconfigPath}`,
      `--node-name=${node.nodeName}`,
      `--path.cgroup=${node.tree.view()}`,
    ]);
    cleanups.push(() => own.stop());
    await own.ready();
    const asked = Array.from({ length: 20 }, () => own.get('/stats/summary?only_cpu_and_memory=true'));
    for (const text of await Promise.all(asked)) {
      const burning = parseSummary(text).pods.find(({ podRef }) => podRef.name === 'throttled') ?? assert.fail();
      assert.ok(burning.containers[0]?.cpu?.usageNanoCores !== undefined);
    }
  });
});
