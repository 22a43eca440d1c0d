import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { TestContext } from 'node:test';

import { bundleExporter } from '../../scripts/bundle.ts';
import { RUNTIME_FLAGS } from '../../scripts/runtime.ts';
import { httpStatus } from '../support/api-faults.ts';
import { mountedHierarchies } from '../support/cgroup-mounts.ts';
import * as kernel from '../support/kernel-readings.ts';
import { podAddress } from '../support/network.ts';
import { assertNetworkBetween, countersOf, networkOf } from '../support/network-counters.ts';
import { assertBetween, compare, podLabels } from '../support/node-comparison.ts';
import type { Comparison, MeasuredCgroup } from '../support/node-comparison.ts';
import { sleepingPods } from '../support/node-pods.ts';
import type { PodPlan } from '../support/pod-plan.ts';
import { whyNoStandIn } from '../support/requirements.ts';
import type { RunningPod } from '../support/running-pod.ts';
import { SampleTable } from '../support/sample-table.ts';
import { isOwn } from '../support/series-of-machine.ts';
import { whyNoSetpriv } from '../support/setpriv.ts';
import { Sidecar } from '../support/sidecar.ts';
import type { CgroupView, SidecarOptions } from '../support/sidecar.ts';
import { StandInNode } from '../support/stand-in-node.ts';
import { burnSome, holdMemory, idle, sendTraffic, serveTraffic } from '../support/workloads.ts';

const skip = whyNoStandIn() ?? whyNoSetpriv() ?? false;

const MEBIBYTE = 2 ** 20;

/** Digits of an ID by which containers are called. */
const SHORT = 12;

const EXPORTER = { name: 'exporter', argv: idle(), requests: { cpu: 0.01 } };

const WEB: PodPlan = {
  namespace: 'shop',
  name: 'web-0',
  containers: [
    EXPORTER,
    { name: 'web', argv: serveTraffic(), limits: { memory: 256 * MEBIBYTE } },
    { name: 'held', argv: holdMemory(20 * MEBIBYTE) },
    { name: 'burn', argv: burnSome(), limits: { cpu: 0.5, memory: 64 * MEBIBYTE } },
  ],
};

/** What the downward API gives to the pod's containers. */
function downward(pod: RunningPod, node: StandInNode): Readonly<Record<string, string>> {
  return {
    POD_UID: pod.configHash ?? pod.uid,
    POD_NAMESPACE: pod.plan.namespace,
    POD_NAME: pod.plan.name,
    NODE_NAME: node.nodeName,
    POD_IP: pod.address ?? HOST_IP,
    HOST_IP,
  };
}

const HOST_IP = '10.200.0.1';

describe('the exporter as a sidecar', { skip }, () => {
  const cleanups: (() => Promise<unknown>)[] = [];
  let node: StandInNode;
  let web: RunningPod;

  before(async () => {
    node = await StandInNode.create({ driver: 'systemd' });
    cleanups.push(() => node.stop());
    web = await node.addPod(WEB);
    const client = {
      namespace: 'shop',
      name: 'client',
      containers: [{ name: 'c', argv: sendTraffic([podAddress(0)]) }],
    };
    await node.addPods([client, ...sleepingPods(4, 2)]);
  });

  after(async () => {
    for (const cleanup of cleanups.toReversed()) await cleanup();
  });

  async function start(t: TestContext, options: Partial<SidecarOptions> = {}, pod = web): Promise<Sidecar> {
    const sidecar = await Sidecar.start(node, pod, {
      container: EXPORTER.name,
      view: 'mounted',
      env: downward(pod, node),
      ...options,
    });
    t.after(() => sidecar.stop());
    return sidecar;
  }

  const scrape = async (sidecar: Sidecar): Promise<SampleTable> => new SampleTable(await sidecar.get('/metrics'));

  /** The pod's cgroups with their labels; containers are called as `name` says. */
  const cgroupsOf = (pod: RunningPod, name: 'short' | 'full'): readonly MeasuredCgroup[] => [
    { level: 'pod', path: pod.cgroup ?? '', labels: podLabels(pod) },
    ...pod.containers.map(({ cgroup, id, name: full }): MeasuredCgroup => ({
      level: 'container',
      path: cgroup,
      labels: { ...podLabels(pod), container: name === 'short' ? id.slice(0, SHORT) : full },
    })),
  ];

  const compared = async (sidecar: Sidecar, name: 'short' | 'full'): Promise<readonly Comparison[]> =>
    compare(
      cgroupsOf(web, name),
      Object.keys(kernel.COUNTERS),
      ({ path }, family) => kernel.readingOf(node.tree, path, kernel.COUNTERS[family] ?? []),
      () => scrape(sidecar),
    );

  const VIEWS: readonly (readonly [what: string, view: CgroupView, without: string])[] = [
    ["the node's cgroups at another path", 'mounted', ''],
    ["the node's cgroups at another path, without the UID", 'mounted', 'POD_UID'],
    ["the node's cgroups in place of its own", 'covered', ''],
    ["the node's cgroups in place of its own, without the UID", 'covered', 'POD_UID'],
  ];

  for (const [what, view, without] of VIEWS) {
    test(`with ${what}: has the numbers of its pod, and nothing of others`, async (t) => {
      const { [without]: _, ...env } = downward(web, node);
      const sidecar = await start(t, { view, env });
      const rows = await compared(sidecar, 'short');
      for (const row of rows) assertBetween(row);
      assert.ok(rows.filter(({ value }) => value !== undefined && value > 0).length > 20);
      const earlier = countersOf(web.pausePid);
      const table = await scrape(sidecar);
      assertNetworkBetween(table, web, [earlier, countersOf(web.pausePid)]);
      assertOnlyOf(table, web, new Set(web.containers.map(({ id }) => id.slice(0, SHORT))));
      const { node: name, uid, host_network: host } = table.family('pod_info')[0]?.labels ?? {};
      assert.deepEqual([name, uid, host], [node.nodeName, web.uid, 'false']);
      assert.match(
        sidecar.log,
        new RegExp(`msg=found scope=pod namespace=shop pod=web-0 uid=${web.uid} .*network=own`),
      );
      assert.match(sidecar.log, /missing="no names of containers \(no in-cluster credentials\): they are named by/);
      assert.doesNotMatch(sidecar.log, /level=(?:warn|error)/);
    });
  }

  /** Everything that is not about the exporter itself is of this pod and these containers. */
  function assertOnlyOf(table: SampleTable, pod: RunningPod, containers: ReadonlySet<string>): void {
    for (const { name, labels } of table.samples) {
      if (isOwn(name)) continue;
      assert.deepEqual({ namespace: labels['namespace'], pod: labels['pod'] }, podLabels(pod), name);
      assert.match(name, /^(?:pod|container)_/);
      if (name.startsWith('container_')) assert.ok(containers.has(labels['container'] ?? ''), JSON.stringify(labels));
    }
    const threads = table.family('container_threads').map(({ labels }) => labels['container']);
    assert.deepEqual(new Set(threads), containers);
    for (const other of node.pods) {
      if (other === pod) continue;
      for (const mark of [other.uid, other.plan.name]) assert.ok(!table.text.includes(mark), mark);
    }
    const counted = (kind: string) => table.value('pod_exporter_cgroups', { kind });
    const kinds = ['pod', 'container', 'pause', 'slice', 'unmatched'].map(counted);
    assert.deepEqual(kinds, [1, containers.size, 1, 0, 0]);
    assert.deepEqual(table.family('pod_exporter_read_errors_total'), []);
  }

  const unified = mountedHierarchies().find(({ version }) => version === 2)?.path;
  test('is found by its own process on v2 too', { skip: unified === undefined && 'needs a v2 mount' }, async (t) => {
    const { POD_UID: _, ...env } = downward(web, node);
    const sidecar = await start(t, { view: 'covered', flags: [`--path.cgroup=${unified}`], env });
    const table = await scrape(sidecar);
    const containers = web.containers.map(({ id }) => id.slice(0, SHORT)).toSorted();
    const processes = table.family('container_processes').map(({ labels }) => labels['container'] ?? '');
    assert.deepEqual(processes.toSorted(), containers);
    assert.deepEqual(table.family('container_pressure_cpu_waiting_seconds_total').length, containers.length);
    assert.match(sidecar.log, new RegExp(`uid=${web.uid} cgroups=v2 `));
    for (const other of node.pods) if (other !== web) assert.ok(!table.text.includes(other.uid), other.plan.name);
  });

  test('has no right, no process of others and no place to write, and namespaces of its own', async (t) => {
    const { pid } = await start(t);
    const status = readFileSync(`/proc/${pid}/status`, 'latin1');
    assert.match(status, /^Uid:\t65534\t65534\t65534\t65534$/m);
    assert.match(status, /^NSpid:\t\d+\t1$/m);
    for (const set of ['Inh', 'Prm', 'Eff', 'Bnd', 'Amb']) assert.match(status, new RegExp(`^Cap${set}:\\t0+$`, 'm'));
    const mounts = readFileSync(`/proc/${pid}/mountinfo`, 'latin1');
    assert.match(mounts, /^\d+ \d+ \S+ \S+ \/ ro[, ]/m);
    const namespace = (of: number | undefined, kind: string): string => readlinkSync(`/proc/${of}/ns/${kind}`);
    for (const kind of ['cgroup', 'pid', 'mnt', 'net']) {
      assert.notEqual(namespace(pid, kind), namespace(process.pid, kind), kind);
    }
    assert.equal(namespace(pid, 'net'), namespace(web.pausePid, 'net'));
    assert.ok(node.tree.pids(web.container(EXPORTER.name).cgroup).includes(pid));
  });

  for (const view of ['private', 'none'] as const) {
    test(`with ${view === 'none' ? 'no cgroup' : 'its own cgroup alone'}: has network and identity, and says why`, async (t) => {
      const sidecar = await start(t, { view });
      const earlier = countersOf(web.pausePid);
      const table = await scrape(sidecar);
      assertNetworkBetween(table, web, [earlier, countersOf(web.pausePid)]);
      const others = table.samples.filter(({ name }) => !isOwn(name) && !name.startsWith('pod_network_'));
      assert.deepEqual(
        others.map(({ name }) => name),
        ['pod_info'],
      );
      const why = view === 'none' ? 'no cgroup mount in /proc/1/mountinfo and' : 'no cgroup of this pod below';
      assert.match(sidecar.log, new RegExp(`missing="only network metrics \\(${why}.*--path.cgroup"`));
      assert.equal(sidecar.log.match(/--path\.cgroup/g)?.length, 1);
      assert.doesNotMatch(sidecar.log, /level=(?:warn|error)/);
    });
  }

  test('without the UID and without its cgroup it exits with one line, because its pod is unknown', async (t) => {
    const { POD_UID: _, ...env } = downward(web, node);
    await assert.rejects(start(t, { view: 'private', env }), {
      message: /: pod-exporter: --scope=pod cannot identify the pod, set POD_UID: .* below \/sys\/fs\/cgroup\n$/,
    });
  });

  test('without names the pod is called by its UID', async (t) => {
    const sidecar = await start(t, { env: {} });
    const table = await scrape(sidecar);
    const [pod] = table.family('pod_threads');
    assert.deepEqual(pod?.labels, { namespace: '', pod: web.uid });
    assert.match(sidecar.log, /missing="no name of this pod, .*: set POD_NAMESPACE and POD_NAME"/);
  });

  test('without the addresses it does not report whose network it is', async (t) => {
    const { POD_IP: _, HOST_IP: __, ...env } = downward(web, node);
    const sidecar = await start(t, { env });
    const table = await scrape(sidecar);
    const [info] = table.family('pod_info');
    assert.deepEqual(info?.labels, { ...podLabels(web), uid: web.uid, node: node.nodeName });
    assert.match(sidecar.log, /unknown whether this pod uses the network of the node/);
  });

  test('a file that names the containers does so here too', async (t) => {
    const sidecar = await start(t, { flags: [`--pods=file:${await node.podsFile()}`] });
    const rows = await compared(sidecar, 'full');
    for (const row of rows) assertBetween(row);
    const table = await scrape(sidecar);
    assertOnlyOf(table, web, new Set(web.containers.map(({ name }) => name)));
    assert.equal(table.family('container_info').length, web.containers.length);
    assert.doesNotMatch(sidecar.log, /missing=/);
  });

  test('a container that is started again is another, and the sandbox is still none', async (t) => {
    const sidecar = await start(t);
    await scrape(sidecar);
    const held = web.container('held');
    const { id } = held;
    const restarted = once(node.events, 'restart');
    process.kill(held.pid, 'SIGKILL');
    await restarted;
    assert.notEqual(held.id, id);
    assertOnlyOf(await scrape(sidecar), web, new Set(web.containers.map((container) => container.id.slice(0, SHORT))));
  });

  test('a static pod is found by the hash that its cgroup carries, and by itself', async (t) => {
    const pod = await node.addPod({ ...WEB, name: 'static', static: true, containers: [EXPORTER] });
    const told = downward(pod, node);
    const { POD_UID: hash, ...rest } = told;
    assert.equal(hash, pod.configHash);
    for (const env of [told, rest, { ...rest, POD_UID: pod.uid }]) {
      const sidecar = await start(t, { env }, pod);
      assertOnlyOf(await scrape(sidecar), pod, new Set(pod.containers.map(({ id }) => id.slice(0, SHORT))));
      await sidecar.stop();
    }
  });

  test('reads as much as its pod has, however many others there are', async (t) => {
    const sidecar = await start(t);
    const reads = (): number => Number(/^syscr: (\d+)$/m.exec(readFileSync(`/proc/${sidecar.pid}/io`, 'latin1'))?.[1]);
    const readsOfScrapes = async (): Promise<number> => {
      const earlier = reads();
      for (let count = 0; count < 5; count += 1) await sidecar.get('/metrics?collect[]=cpu');
      return reads() - earlier;
    };
    await sidecar.get('/metrics?collect[]=cpu');
    const alone = await readsOfScrapes();
    const more = await Promise.all(sleepingPods(12, 3).map((plan) => node.addPod({ ...plan, namespace: 'more' })));
    const crowded = await readsOfScrapes();
    t.diagnostic(`${alone} reads, then ${crowded}`);
    // The others have five times sixty cgroups; limits, which are read again after a while, are a few of its own.
    assert.ok(crowded - alone < 100, `${alone} reads, then ${crowded}`);
    await Promise.all(more.map((pod) => node.removePod(pod)));
  });

  test('the bundled program does the same', async (t) => {
    const file = join(node.tree.folder, 'pod-exporter.mjs');
    await bundleExporter(file);
    assert.ok(existsSync(file));
    const sidecar = await start(t, { exporter: [process.execPath, ...RUNTIME_FLAGS, file] });
    for (const row of await compared(sidecar, 'short')) assertBetween(row);
    assertOnlyOf(await scrape(sidecar), web, new Set(web.containers.map(({ id }) => id.slice(0, SHORT))));
    assert.equal(await sidecar.get('/readyz').then(() => true), true);
  });

  test('its page says whose numbers it shows', async (t) => {
    const sidecar = await start(t);
    assert.match(await sidecar.get('/'), /<th scope="row">Scope<\/th><td>pod<\/td>/);
    assert.notEqual(await sidecar.get('/readyz'), '');
  });

  describe("in a pod with the node's network", () => {
    const plan: PodPlan = {
      ...WEB,
      name: 'host',
      hostNetwork: true,
      containers: [EXPORTER, { name: 'app', argv: idle() }],
    };
    const short = (pod: RunningPod): ReadonlySet<string> => new Set(pod.containers.map(({ id }) => id.slice(0, SHORT)));
    const full = (pod: RunningPod): ReadonlySet<string> => new Set(pod.containers.map(({ name }) => name));

    test('has no network series, and names from the API server', async (t) => {
      const pod = await node.addPod(plan);
      const flags = [`--kubeconfig=${node.kubeconfigPath}`];
      const { POD_IP: _, HOST_IP: __, ...env } = downward(pod, node);
      const requests = node.apiServer.requests.length;
      const sidecar = await start(t, { flags, env }, pod);
      const table = await scrape(sidecar);
      assertOnlyOf(table, pod, full(pod));
      assert.deepEqual(networkOf(table, pod), []);
      const [asked] = node.apiServer.requests.slice(requests);
      assert.deepEqual(
        { kind: asked?.kind, namespace: asked?.namespace, podName: asked?.podName },
        { kind: 'list', namespace: pod.plan.namespace, podName: pod.plan.name },
      );
      assert.doesNotMatch(sidecar.log, /missing=|level=warn/);
      await node.removePod(pod);
    });

    test('falls back to the downward API where the API server refuses', async (t) => {
      const pod = await node.addPod(plan);
      t.after(() => node.apiServer.recover());
      node.apiServer.failAll('list', httpStatus(403));
      const sidecar = await start(t, { flags: ['--pods=api', `--kubeconfig=${node.kubeconfigPath}`] }, pod);
      const table = await scrape(sidecar);
      assertOnlyOf(table, pod, short(pod));
      assert.deepEqual(networkOf(table, pod), []);
      assert.equal(table.family('pod_info')[0]?.labels['host_network'], 'true');
      assert.equal(await sidecar.get('/readyz').then(() => true), true);
      assert.equal(sidecar.log.match(/level=warn/g)?.length, 1, sidecar.log);
      assert.match(sidecar.log, /HTTP 403 Forbidden/);
      assert.match(sidecar.log, /missing="no names of containers \(the API server has not listed this pod, .* a Role/);
      await node.removePod(pod);
    });
  });
});
