import assert from 'node:assert/strict';
import { once } from 'node:events';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';

import { mountedHierarchies } from '../support/cgroup-mounts.ts';
import { ExporterProcess } from '../support/exporter-process.ts';
import { sendRequest } from '../support/http-client.ts';
import { launch } from '../support/launch.ts';
import { podObject } from '../support/pod-object.ts';
import { whyNoStandIn } from '../support/requirements.ts';
import { newContainerId } from '../support/running-container.ts';
import { SampleTable } from '../support/sample-table.ts';
import { StandInNode } from '../support/stand-in-node.ts';
import { equals, until } from '../support/until.ts';

/** An event as the endpoint returns it. */
interface Event {
  readonly id: string;
  readonly type: string;
  readonly time: string;
  readonly uid?: string;
  readonly namespace?: string;
  readonly pod?: string;
  readonly container?: string;
  readonly container_id?: string;
  readonly cpu_seconds?: number;
  readonly exit_code?: number;
  readonly reason?: string;
}

interface Job {
  readonly uid: string;
  readonly id: string;
}

/** What happens to a pod of one container that ends. */
const LIFE = ['pod_added', 'container_started', 'container_ended', 'pod_removed'];

const PODS_PER_SECOND = 10;
const CHURNED_PODS = 30;

/** Burns CPU time for a moment. */
const WORK = ['sh', '-c', 'i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done'];

describe('events of real cgroups', { skip: whyNoStandIn() ?? false }, () => {
  let node: StandInNode;
  const exporters: ExporterProcess[] = [];

  before(async () => {
    node = await StandInNode.create();
    // What is there before the exporter starts has no events.
    makePod();
  });

  after(async () => {
    await Promise.all(exporters.map((each) => each.stop()));
    await node.stop();
  });

  const start = async (flags: readonly string[], wrapper: readonly string[] = []): Promise<ExporterProcess> => {
    const all = [`--path.cgroup=${node.tree.view()}`, '--events', ...flags];
    const exporter = await ExporterProcess.start(all, wrapper.length === 0 ? {} : { wrapper });
    exporters.push(exporter);
    await exporter.ready();
    return exporter;
  };

  const api = (): readonly string[] => [
    '--pods=api',
    `--kubeconfig=${node.kubeconfigPath}`,
    `--node-name=${node.nodeName}`,
  ];

  const makePod = (): Job & { readonly pod: string; readonly container: string } => {
    const uid = randomUUID();
    const id = newContainerId();
    const pod = node.tree.makePod({ qos: 'BestEffort', uid });
    return { uid, id, pod, container: node.tree.makeContainer(pod, id) };
  };

  /** Works for a moment in the container. */
  const work = async (container: string): Promise<void> => {
    const { child } = await launch(node.tree, { cgroup: container, network: 'host', argv: WORK });
    if (child.exitCode === null) await once(child, 'exit');
  };

  const eventsOf = async (exporter: ExporterProcess, query = ''): Promise<readonly Event[]> => {
    const document = JSON.parse(await exporter.get(`/api/v1/events${query}`)) as { readonly events: readonly Event[] };
    return document.events;
  };

  const typesOf = async (exporter: ExporterProcess, uid: string): Promise<readonly string[]> =>
    (await eventsOf(exporter)).filter((event) => event.uid === uid).map(({ type }) => type);

  const unified = mountedHierarchies().some(({ version }) => version === 2);
  const skip = !unified && 'needs a v2 mount, whose cgroup.events report the end';
  test('a job between two scrapes has its life, with the CPU time that it used', { skip }, async () => {
    const exporter = await start(['--pods=none', '--log.events']);
    const { uid, id, pod, container } = makePod();
    await work(container);
    // Without a scrape. A runtime takes its time to remove the cgroup, too.
    await until('its end', () => typesOf(exporter, uid), equals(LIFE.slice(0, 3)));
    await node.tree.removeCgroup(pod);
    await until('its events', () => typesOf(exporter, uid), equals(LIFE));
    const events = await eventsOf(exporter);
    assert.deepEqual(new Set(events.map((event) => event.uid)), new Set([uid]));
    const ended = events.find(({ type }) => type === 'container_ended');
    assert.ok((ended?.cpu_seconds ?? 0) > 0.001, JSON.stringify(ended));
    assert.deepEqual([ended?.container, ended?.container_id], [id.slice(0, 12), id]);
    const ids = events.map((event) => event.id);
    assert.deepEqual(
      ids,
      ids.toSorted((left, right) => Number(left.split('-')[1]) - Number(right.split('-')[1])),
    );
    const table = new SampleTable(await exporter.get('/metrics'));
    for (const type of LIFE) assert.equal(table.value('pod_exporter_events_total', { type }), 1);
    assert.equal(table.value('pod_exporter_events_total', { type: 'oom_kill' }), 0);
    assert.equal(table.value('pod_exporter_check', { check: 'event-watches' }), 1);
    await exporter.stop();
    assert.match(exporter.log, /msg=event type=container_ended uid=\S+ container=\S+ container_id=\S+ cpu_seconds=/);
  });

  test('has names, exit code and reason when the status arrives, and none for a sandbox', async () => {
    const exporter = await start(api());
    const { uid, id, pod, container } = makePod();
    node.tree.makeContainer(pod, newContainerId());
    const plan = { namespace: 'shop', name: 'job-1', containers: [{ name: 'app', argv: WORK }] };
    const facts = { uid, configHash: undefined, nodeName: node.nodeName, podIp: undefined, createdAt: new Date() };
    const startedAt = new Date();
    const show = (restarts: number, ended?: { readonly exitCode: number; readonly reason: string }): void => {
      const last = ended === undefined ? {} : { last: { ...ended, id, startedAt, finishedAt: new Date() } };
      const state = { id: ended === undefined ? id : newContainerId(), restarts, startedAt, ...last };
      node.apiServer.setPod(podObject(plan, { ...facts, containers: new Map([['app', state]]) }));
    };
    show(0);
    await work(container);
    show(1, { exitCode: 3, reason: 'Error' });
    const query = '?namespace=shop&pod=job-1&container=app';
    const ended = await until('the end of the container', async () =>
      (await eventsOf(exporter, query)).find(({ type }) => type === 'container_ended'),
    );
    assert.deepEqual([ended?.exit_code, ended?.reason, ended?.container_id], [3, 'Error', id]);
    await node.tree.removeCgroup(pod);
    node.apiServer.deletePod(uid);
    await until('the end of the pod', () => typesOf(exporter, uid), equals(LIFE));
    assert.deepEqual(await eventsOf(exporter, '?types=oom_kill,volume_gone'), []);
    assert.equal((await eventsOf(exporter, '?limit=1'))[0]?.type, 'pod_removed');
    assert.deepEqual(await eventsOf(exporter, '?until=2020-01-01T00:00:00Z'), []);
    await exporter.stop();
  });

  test('no event of many pods is lost or doubled, in the list and in a stream that reconnects', async () => {
    const exporter = await start(['--pods=none']);
    const first = await openStream(exporter);
    const jobs: Job[] = [];
    let last = '';
    for (let made = 0; made < CHURNED_PODS; made++) {
      const { uid, id, pod } = makePod();
      await delay(1000 / PODS_PER_SECOND);
      await node.tree.removeCgroup(pod);
      jobs.push({ uid, id });
      if (made === CHURNED_PODS / 2) last = await first.disconnect();
    }
    const second = await openStream(exporter, last);
    await until('all events', async () => (await eventsOf(exporter)).length, equals(jobs.length * LIFE.length));
    for (const { uid } of jobs) assert.deepEqual(await typesOf(exporter, uid), LIFE);
    const listed = (await eventsOf(exporter)).map(({ id }) => id);
    await until('the streams', () => [...first.ids, ...second.ids], equals(listed));
    await second.disconnect();
    await exporter.stop();
  });

  test('without enough watches events are found at scrapes, and a check fails', async () => {
    const limited = ['unshare', '-Ur', 'sh', '-c', 'echo 3 >/proc/sys/user/max_inotify_watches; exec "$@"', 'limit'];
    const exporter = await start(['--pods=none'], limited);
    const { uid, pod } = makePod();
    await until(
      'its start',
      async () => {
        await exporter.get('/metrics');
        return (await typesOf(exporter, uid)).length;
      },
      equals(2),
    );
    await node.tree.removeCgroup(pod);
    await exporter.get('/metrics');
    assert.deepEqual(await typesOf(exporter, uid), LIFE);
    const table = new SampleTable(await exporter.get('/metrics'));
    assert.equal(table.value('pod_exporter_check', { check: 'event-watches' }), 0);
    await exporter.stop();
  });
});

/** The IDs of a stream's events, as far as they have arrived. */
async function openStream(
  exporter: ExporterProcess,
  lastId = '',
): Promise<{ readonly ids: readonly string[]; readonly disconnect: () => Promise<string> }> {
  const headers = lastId === '' ? {} : { 'Last-Event-ID': lastId };
  const response = await sendRequest(`${exporter.url}/api/v1/events?watch=true`, { headers });
  assert.equal(response.headers['content-type'], 'text/event-stream');
  const ids: string[] = [];
  let rest = '';
  response.on('data', (piece: Buffer) => {
    const lines = (rest + piece.toString()).split('\n');
    rest = lines.pop() ?? '';
    ids.push(...lines.flatMap((line) => (line.startsWith('id: ') ? [line.slice('id: '.length)] : [])));
  });
  response.on('error', () => {});
  return {
    ids,
    disconnect: async () => {
      await until('an event', () => ids.length > 0);
      response.destroy();
      return ids.at(-1) ?? '';
    },
  };
}
