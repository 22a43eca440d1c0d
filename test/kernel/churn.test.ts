import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setInterval } from 'node:timers/promises';

import { ExporterProcess } from '../support/exporter-process.ts';
import { launch } from '../support/launch.ts';
import { podObject } from '../support/pod-object.ts';
import type { PodPlan } from '../support/pod-plan.ts';
import { whyNoStandIn } from '../support/requirements.ts';
import { newContainerId } from '../support/running-container.ts';
import { SampleTable } from '../support/sample-table.ts';
import { StandInNode } from '../support/stand-in-node.ts';
import { equals, until } from '../support/until.ts';
import { idle } from '../support/workloads.ts';

const skip = whyNoStandIn() ?? false;

/** Rounds of one pod that comes, one that goes and one container that is replaced. */
const ROUNDS = 120;
const ROUND_MS = 40;

/** So many of the pods that come and go are there at a time. */
const POPULATION = 12;

/** The pod that is there all the time. */
const CONSTANT = 'constant';

/** More kernel files than are read of a cgroup. */
const MOST_FILES = 20;

/** Every so many rounds the pod that comes takes over the name of the one that goes, as in a StatefulSet. */
const NAMESAKES = 5;

/** Every so many rounds the pod that comes has a process. */
const WITH_PROCESS = 4;

interface LivePod {
  readonly plan: PodPlan;
  readonly uid: string;
  readonly cgroup: string;
  /** The container's present cgroup. */
  container: { readonly id: string; readonly cgroup: string; readonly restarts: number };
}

/** Names and container IDs that were given away, each with how many cgroups have it now. */
class Register {
  readonly #living = new Map<string, number>();
  readonly #born = new Set<string>();

  add(name: string): void {
    this.#living.set(name, (this.#living.get(name) ?? 0) + 1);
    this.#born.add(name);
  }

  remove(name: string): void {
    this.#living.set(name, (this.#living.get(name) ?? 0) - 1);
  }

  /** What is gone for good at this moment: those that come back until the returned function is called are not in it. */
  dead(): () => ReadonlySet<string> {
    const dead = new Set([...this.#living].flatMap(([name, count]) => (count === 0 ? [name] : [])));
    this.#born.clear();
    return () => new Set([...dead].filter((name) => !this.#born.has(name)));
  }
}

describe('while pods and containers come and go', { skip }, () => {
  const cleanups: (() => Promise<unknown>)[] = [];
  const register = new Register();
  const pods: LivePod[] = [];
  let node: StandInNode;
  let exporter: ExporterProcess;

  before(async () => {
    node = await StandInNode.create();
    cleanups.push(() => node.stop());
    const api = ['--pods=api', `--kubeconfig=${node.kubeconfigPath}`, `--node-name=${node.nodeName}`];
    exporter = await ExporterProcess.start([...api, `--path.cgroup=${node.tree.view()}`]);
    cleanups.push(() => exporter.stop());
    await exporter.ready();
  });

  after(async () => {
    for (const cleanup of cleanups.toReversed()) await cleanup();
  });

  const scrape = async (): Promise<SampleTable> => new SampleTable(await exporter.get('/metrics'));

  const startContainer = (pod: string, restarts: number): LivePod['container'] => {
    const id = newContainerId();
    const cgroup = node.tree.makeContainer(pod, id, { memory: 2 ** 24 });
    register.add(id);
    return { id, cgroup, restarts };
  };

  const show = ({ plan, uid, container }: LivePod): void => {
    const state = { id: container.id, restarts: container.restarts, startedAt: new Date() };
    const { nodeName } = node;
    const containers = new Map([['app', state]]);
    node.apiServer.setPod(
      podObject(plan, { uid, configHash: undefined, nodeName, podIp: undefined, createdAt: new Date(), containers }),
    );
  };

  const come = async (name: string, withProcess: boolean): Promise<void> => {
    const plan: PodPlan = { namespace: 'churn', name, containers: [{ name: 'app', argv: idle() }] };
    const uid = randomUUID();
    const cgroup = node.tree.makePod({ qos: 'BestEffort', uid });
    register.add(name);
    node.tree.makeContainer(cgroup, newContainerId());
    const pod = { plan, uid, cgroup, container: startContainer(cgroup, 0) };
    pods.push(pod);
    show(pod);
    if (withProcess) await launch(node.tree, { cgroup: pod.container.cgroup, network: 'host', argv: idle() });
  };

  const go = async (pod: LivePod, forgotten: 'before' | 'after'): Promise<void> => {
    if (forgotten === 'before') node.apiServer.deletePod(pod.uid);
    await node.tree.removeCgroup(pod.cgroup);
    register.remove(pod.plan.name);
    register.remove(pod.container.id);
    node.apiServer.deletePod(pod.uid);
  };

  const restart = async (pod: LivePod): Promise<void> => {
    const { id, cgroup, restarts } = pod.container;
    await node.tree.removeCgroup(cgroup);
    register.remove(id);
    pod.container = startContainer(pod.cgroup, restarts + 1);
    show(pod);
  };

  const comeAndGo = async (round: number): Promise<void> => {
    const oldest = pods.length >= POPULATION ? pods.shift() : undefined;
    const name = round % NAMESAKES === 0 ? oldest?.plan.name : undefined;
    await come(name ?? `pod-${round}`, round % WITH_PROCESS === 0);
    if (oldest !== undefined) await go(oldest, round % 2 === 0 ? 'before' : 'after');
    const restarted = pods[round % pods.length];
    if (restarted !== undefined) await restart(restarted);
  };

  /** Goes on at a rate far above what a node sees; the interval sets the pace, and nothing waits for it. */
  const churn = async (signal: AbortSignal): Promise<void> => {
    let round = 0;
    for await (const _ of setInterval(ROUND_MS)) {
      await comeAndGo(round++);
      if (round === ROUNDS || signal.aborted) return;
    }
  };

  const podsIn = (table: SampleTable): readonly string[] =>
    table.family('container_info').map(({ labels }) => labels['pod'] ?? '');

  const exportsOnly = async (wanted: readonly string[]): Promise<void> => {
    const found = async (): Promise<readonly string[]> => podsIn(await scrape()).toSorted();
    await until(`exposition with ${wanted.length} pods`, found, equals(wanted.toSorted()));
  };

  test('every scrape is whole, has no series twice and none of what is gone', async () => {
    await come(CONSTANT, true);
    const [constant] = pods.splice(0);
    await exportsOnly([CONSTANT]);
    const baseline = await descriptors();
    const seriesOfConstant = seriesOf(await scrape(), CONSTANT);

    const ended = new AbortController();
    const underWay = { churn: true };
    const churned = churn(ended.signal).finally(() => (underWay.churn = false));
    const seen = new Set<string>();
    let scrapes = 0;
    try {
      while (underWay.churn) {
        const dead = register.dead();
        const table = await scrape();
        scrapes++;
        assertNoGhosts(table, dead());
        assert.deepEqual(seriesOf(table, CONSTANT), seriesOfConstant);
        for (const { labels } of table.samples) if (labels['pod'] !== undefined) seen.add(labels['pod']);
        const cgroups = table.family('pod_exporter_cgroups').map(({ value }) => value);
        const cached = table.value('pod_exporter_descriptors_cached') ?? Number.NaN;
        assert.ok(cached <= MOST_FILES * cgroups.reduce((sum, value) => sum + value), `${cached} descriptors`);
      }
    } finally {
      ended.abort();
      await churned;
    }
    assert.ok(scrapes > 20, `${scrapes} scrapes`);
    assert.ok(seen.size > ROUNDS / 4, `${seen.size} pods were seen`);

    await exportsOnly([CONSTANT, ...pods.map(({ plan }) => plan.name)]);
    await Promise.all(pods.splice(0).map((pod) => go(pod, 'after')));
    await exportsOnly([CONSTANT]);
    const end = await descriptors();
    assert.equal(end.cached, baseline.cached);
    assert.equal(end.ofCgroups, baseline.ofCgroups);
    assert.ok(end.all <= baseline.all + 4, `${baseline.all} descriptors became ${end.all}`);
    if (constant !== undefined) await go(constant, 'before');
    await exportsOnly([]);
  });

  test('nothing of it is an error', async () => {
    assert.deepEqual((await scrape()).family('pod_exporter_read_errors_total'), []);
    assert.doesNotMatch(exporter.log, /level=(?:warn|error)/);
  });

  const descriptors = async (): Promise<{
    readonly cached: number;
    readonly ofCgroups: number;
    readonly all: number;
  }> => {
    const cached = (await scrape()).value('pod_exporter_descriptors_cached') ?? Number.NaN;
    const folder = `/proc/${exporter.pid}/fd`;
    const links = readdirSync(folder).flatMap((name) => linkAt(join(folder, name)) ?? []);
    return { cached, ofCgroups: links.filter((link) => link.includes(node.tree.name)).length, all: links.length };
  };
});

/** No series bears the name or the ID of what was gone before the scrape began. */
function assertNoGhosts(table: SampleTable, dead: ReadonlySet<string>): void {
  for (const { name, labels } of table.samples) {
    const { pod = '', container_id: id = '' } = labels;
    assert.ok(!dead.has(pod) && !dead.has(id), `ghost: ${name} ${JSON.stringify(labels)}`);
  }
}

/** Names and labels of a pod's series. */
function seriesOf(table: SampleTable, pod: string): readonly string[] {
  return table.keys().filter((key) => key.includes(`["pod","${pod}"]`));
}

/** Where a descriptor leads to; `undefined` if it has been closed meanwhile. */
function linkAt(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
