import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { TestContext } from 'node:test';

import { VolumeChanges } from '../../../src/events/collected.ts';
import { EventStore } from '../../../src/events/event-store.ts';
import type { NodeEvent } from '../../../src/events/event.ts';
import { NodeEvents, type NodeEventsParts } from '../../../src/events/node-events.ts';
import { PendingEvents } from '../../../src/events/pending-events.ts';
import { CgroupTree } from '../../../src/node/cgroup-tree.ts';
import { PodIndex } from '../../../src/pods/pod-index.ts';
import type { Snapshot } from '../../../src/snapshot/snapshot.ts';
import { readEventQuery } from '../../../src/views/events/query.ts';
import { EVENT_TYPES } from '../../../src/events/event.ts';
import { configOf } from '../../support/config-of.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { PlainNode } from '../../support/plain-node.ts';
import { equals, until } from '../../support/until.ts';

function uidOf({ objects: [first] }: PlainNode): string {
  return (first as unknown as { readonly metadata: { readonly uid: string } }).metadata.uid;
}

const ID = 'c0ffee'.padEnd(64, '0');

/** The pod of a node, with a status of its container. */
function withStatus({ objects: [pod] }: PlainNode, status: object): object {
  const statuses = [{ name: 'app', restartCount: 0, ...status }];
  return { ...pod, status: { ...(pod as { readonly status?: object }).status, containerStatuses: statuses } };
}

const STARTED: NodeEvent = { type: 'container_started', time: 0, uid: 'u', containerId: 'c' };

function store(t: { readonly time: number }, maxEvents = 4): EventStore {
  return new EventStore({ maxEvents, maxAgeSeconds: 100, time: () => t.time });
}

describe('EventStore', () => {
  test('keeps the newest events, up to a number and an age', () => {
    const now = { time: 1000 };
    const kept = store(now);
    for (let second = 0; second < 10; second++) kept.add({ type: 'pod_added', time: 1000 + second });
    const sequences = (after = 0): readonly number[] => kept.after(after).map(({ sequence }) => sequence);
    assert.deepEqual(sequences(), [7, 8, 9, 10]);
    assert.deepEqual(sequences(8), [9, 10]);
    assert.deepEqual(sequences(10), []);
    assert.deepEqual(sequences(99), []);
    now.time = 1107.5;
    assert.deepEqual(sequences(), [9, 10]);
    assert.equal(kept.counts.get('pod_added'), 10);
    assert.equal(kept.counts.get('oom_kill'), 0);
  });

  test('wakes those that wait for the next event, and those that give up', async () => {
    const kept = store({ time: 0 });
    const given = new AbortController();
    const next = kept.wait(0, given.signal);
    kept.add(STARTED);
    await next;
    await kept.wait(0, given.signal);
    const last = kept.wait(1, given.signal);
    given.abort();
    await last;
  });
});

function pending(t: TestContext): {
  readonly clock: FakeClock;
  readonly index: PodIndex;
  readonly events: PendingEvents;
  readonly published: NodeEvent[];
  readonly plain: PlainNode;
} {
  const clock = new FakeClock();
  const index = new PodIndex({ podLabels: [], podAnnotations: [] });
  const published: NodeEvent[] = [];
  const events = new PendingEvents({ index, clock, publish: (event) => published.push(event) });
  const plain = new PlainNode();
  t.after(() => plain.remove());
  return { clock, index, events, published, plain };
}

/** The events of a node of plain files, whose kernel is cgroup v2. */
function eventsOf(plain: PlainNode, t: TestContext, more: Partial<NodeEventsParts> = {}): NodeEvents {
  const mount = join(plain.folder, 'cgroup');
  const tree = new CgroupTree([mount]);
  const events = new NodeEvents({
    hierarchies: { mode: 'v2', controllers: new Map(), unified: mount },
    tree,
    index: undefined,
    clock: { time: () => 7, elapsed: () => 0, after: () => () => {} },
    published: () => {},
    maxEvents: 100,
    maxAgeSeconds: 100,
    ...more,
  });
  events.start();
  t.after(() => events.close());
  return events;
}

describe('PendingEvents', () => {
  test('holds an event until the index has the names', (t) => {
    const { clock, index, events, published, plain } = pending(t);
    const [object] = plain.objects;
    const uid = uidOf(plain);
    events.add({ type: 'pod_added', time: clock.time(), uid });
    clock.advance(1000);
    assert.equal(published.length, 0);
    index.replace([object]);
    clock.advance(1000);
    assert.deepEqual(
      published.map(({ namespace, pod }) => [namespace, pod]),
      [['shop', 'web']],
    );
  });

  test('publishes a pod without a name, and drops a container that no status has, after a while', (t) => {
    const { clock, index, events, published, plain } = pending(t);
    const uid = uidOf(plain);
    events.add({ ...STARTED, time: clock.time() });
    events.add({ ...STARTED, time: clock.time(), uid, containerId: 'sandbox' });
    index.replace(plain.objects);
    clock.advance(9000);
    assert.equal(published.length, 0);
    clock.advance(2000);
    assert.deepEqual(
      published.map((event) => event.uid),
      ['u'],
    );
  });
});

for (const seconds of [-3600, 3600]) {
  test(`an event is held for 10 s when the clock is set by ${seconds} s meanwhile`, (t) => {
    const { clock, events, published } = pending(t);
    events.add({ ...STARTED, time: clock.time() });
    clock.shift(seconds);
    clock.advance(9000);
    assert.equal(published.length, 0);
    clock.advance(2000);
    assert.equal(published.length, 1);
  });
}

describe('a pod whose containers were never seen', () => {
  test('has the events of the containers that its status has, with exit code and reason', (t) => {
    const { clock, index, events, published, plain } = pending(t);
    const uid = uidOf(plain);
    const show = (status: object): void => index.replace([withStatus(plain, status)]);
    show({ state: { running: { startedAt: '2026-11-28T12:00:00Z' } }, containerID: `containerd://${ID}` });
    events.add({ type: 'pod_added', time: clock.time(), uid });
    events.add({ type: 'pod_removed', time: clock.time(), uid }, { isUnseen: true });
    clock.advance(1000);
    assert.deepEqual(
      published.map(({ type }) => type),
      ['pod_added'],
    );
    show({ state: { terminated: { exitCode: 3, reason: 'Error', containerID: `containerd://${ID}` } } });
    clock.advance(1000);
    const names = { time: published[0]?.time, uid, namespace: 'shop', pod: 'web' };
    const container = { container: 'app', containerId: ID };
    assert.deepEqual(published.slice(1), [
      { type: 'container_started', ...names, ...container },
      { type: 'container_ended', ...names, ...container, exitCode: 3, reason: 'Error' },
      { type: 'pod_removed', ...names },
    ]);
  });

  test('is counted, also if its cgroup is gone before it can be listed', async (t) => {
    const plain = new PlainNode();
    t.after(() => plain.remove());
    const { folder } = plain.pod('web');
    const events = eventsOf(plain, t);
    // Without a turn of the event loop in between, so that nothing is left when inotify reports the first directory.
    for (const name of ['gone', 'empty']) mkdirSync(join(folder, '..', `pod${name}`));
    rmSync(join(folder, '..', 'podgone'), { recursive: true });
    const types = (uid: string): readonly string[] =>
      events.store
        .after(0)
        .filter((event) => event.uid === uid)
        .map(({ type }) => type);
    await until('the pod that is gone', () => types('gone'), equals(['pod_added', 'pod_removed']));
    assert.equal(events.unseenPods, 1);
    rmSync(join(folder, '..', 'podempty'), { recursive: true });
    await until('the pod without containers', () => types('empty'), equals(['pod_added', 'pod_removed']));
    assert.equal(events.unseenPods, 2);
    rmSync(folder, { recursive: true });
    await until('the pod with a container', () => events.store.counts.get('pod_removed'), equals(3));
    assert.equal(events.unseenPods, 2);
  });
});

describe('a container outside of pods', () => {
  /** Makes the cgroup of a container as Docker does; returns its removal. */
  function docker(plain: PlainNode, id: string): () => void {
    const folder = join(plain.folder, 'cgroup/docker', id);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'cpu.stat'), 'usage_usec 250000\n');
    return () => rmSync(folder, { recursive: true });
  }

  const identitiesOf = (events: NodeEvents): readonly unknown[] =>
    events.store.after(0).map(({ type, container, exitCode, uid }) => [type, container, exitCode, uid]);

  test('has events with its short ID, also in a directory that is made later, and none if it ran before', async (t) => {
    const plain = new PlainNode();
    t.after(() => plain.remove());
    const events = eventsOf(plain, t);
    const remove = docker(plain, ID);
    const short = ID.slice(0, 12);
    await until('its start', () => identitiesOf(events), equals([['container_started', short, undefined, undefined]]));
    const later = eventsOf(plain, t);
    remove();
    const ended = ['container_ended', short, undefined, undefined];
    await until('its end', () => identitiesOf(later), equals([ended]));
    await until('both', () => identitiesOf(events).length, equals(2));
  });

  test('is no container of Kubernetes', async (t) => {
    const plain = new PlainNode();
    t.after(() => plain.remove());
    const events = eventsOf(plain, t);
    docker(plain, `cri-containerd-${ID.replace('c', 'd')}.scope`);
    docker(plain, ID);
    await until('the other one', () => identitiesOf(events).length > 0);
    assert.deepEqual(
      events.store.after(0).map(({ containerId }) => containerId),
      [ID],
    );
  });

  test('has the name that the engine reports, and at its end the exit code', async (t) => {
    const plain = new PlainNode();
    t.after(() => plain.remove());
    const clock = new FakeClock();
    const lives = new Map<string, { readonly name: string; readonly exitCode?: number }>();
    const names = {
      find: () => (lives.size === 0 ? ('pending' as const) : undefined),
      life: (id: string) => lives.get(id),
    };
    const events = eventsOf(plain, t, { clock, names });
    const remove = docker(plain, ID);
    await until('the wait for a name', () => clock.waits.length > 0);
    clock.advance(1000);
    assert.deepEqual(identitiesOf(events), []);
    lives.set(ID, { name: 'job' });
    clock.advance(1000);
    assert.deepEqual(identitiesOf(events), [['container_started', 'job', undefined, undefined]]);
    remove();
    await until('the wait for an exit code', () => clock.waits.length > 0);
    clock.advance(1000);
    assert.equal(identitiesOf(events).length, 1);
    lives.set(ID, { name: 'job', exitCode: 3 });
    clock.advance(1000);
    assert.deepEqual(identitiesOf(events)[1], ['container_ended', 'job', 3, undefined]);
  });
});

describe('VolumeChanges', () => {
  const collected = (volumes: Readonly<Record<string, number>>): Snapshot => {
    const entries = Object.entries(volumes).map(([volume, stuck]) => ({
      labels: [
        ['namespace', 'shop'],
        ['pod', 'db-0'],
        ['volume', volume],
      ],
      numbers: { stuck },
    }));
    const tables = { get: (table: string) => (table === 'volume' ? entries : undefined) };
    return { time: 5, tables, succeeded: () => true } as unknown as Snapshot;
  };

  test('are none in the first collection, then what appears, does not respond and is gone', () => {
    const changes = new VolumeChanges();
    const of = (volumes: Readonly<Record<string, number>>): readonly string[] =>
      changes.of(collected(volumes)).map(({ type, volume }) => `${type} ${volume}`);
    assert.deepEqual(of({ data: 0 }), []);
    assert.deepEqual(of({ data: 0, logs: 0 }), ['volume_appeared logs']);
    assert.deepEqual(of({ data: 1, logs: 0 }), ['volume_stuck data']);
    assert.deepEqual(of({ data: 1, logs: 0 }), []);
    assert.deepEqual(of({ data: 0 }), ['volume_gone logs']);
  });
});

describe('NodeEvents on cgroup v2', () => {
  test('reports an OOM kill when the file changes, and the numbers of a container whose last process ends', async (t) => {
    const plain = new PlainNode();
    t.after(() => plain.remove());
    const { folder } = plain.pod('web');
    const mount = join(plain.folder, 'cgroup');
    const tree = new CgroupTree([mount]);
    const container = join(mount, tree.walk().pods[0]?.containers[0]?.path ?? '');
    writeFileSync(join(container, 'cgroup.events'), 'populated 1\nfrozen 0\n');
    writeFileSync(join(container, 'memory.peak'), '5000000\n');
    const events = eventsOf(plain, t);
    const published = (): readonly NodeEvent[] => events.store.after(0);
    writeFileSync(join(container, 'memory.events'), 'oom 2\noom_kill 2\n');
    writeFileSync(join(folder, 'memory.events'), 'oom 2\noom_kill 2\n');
    const [kill] = await until('the OOM kill', published, ({ length }) => length > 0);
    assert.deepEqual([kill?.type, kill?.count], ['oom_kill', 2]);
    writeFileSync(join(container, 'cgroup.events'), 'populated 0\nfrozen 0\n');
    const [, ended] = await until('the end', published, ({ length }) => length > 1);
    assert.equal(ended?.type, 'container_ended');
    assert.deepEqual(ended.last, { cpuSeconds: 1.5, peakMemoryBytes: 5_000_000, oomKills: 2 });
    rmSync(folder, { recursive: true });
    await until('the removal', published, ({ length }) => length > 2);
    assert.deepEqual(
      published().map(({ type }) => type),
      ['oom_kill', 'container_ended', 'pod_removed'],
    );
  });
});

describe('a query of events', () => {
  const BAD: readonly string[] = [
    'types=bogus',
    'since=yesterday',
    'since=2026-11-28T12:00:00',
    'since=2026-11-28',
    'since=2026-13-28T12:00:00Z',
    'since=2026-02-30T12:00:00Z',
    'until=2026-11-28T24:00:00+02:00',
    'since=1795910400000',
    'until=x',
    'limit=0',
    'limit=1.5',
    'watch=2s',
  ];
  for (const query of BAD) {
    test(`${query} is answered with 400`, () => {
      const answer = readEventQuery(new URLSearchParams(query), EVENT_TYPES);
      assert.equal('status' in answer && answer.status, 400);
    });
  }

  test('accepts a time zone, also where its + is not encoded', () => {
    for (const zone of ['+02:00', '%2B02:00']) {
      const query = readEventQuery(new URLSearchParams(`since=2026-11-28T14:00:00${zone}`), EVENT_TYPES);
      assert.ok(!('kind' in query));
      assert.equal(query.since, Date.UTC(2026, 10, 28, 12) / 1000);
    }
  });

  test('accepts times in both notations, and types in one or several parameters', () => {
    const text = 'types=oom_kill,pod_added&types=pod_removed&since=1795910400.5&until=2026-11-28T12:00:00Z';
    const query = readEventQuery(new URLSearchParams(text), EVENT_TYPES);
    assert.ok(!('kind' in query));
    assert.deepEqual([...query.types].toSorted(), ['oom_kill', 'pod_added', 'pod_removed']);
    assert.deepEqual([query.since, query.until], [1_795_910_400.5, Date.UTC(2026, 10, 28, 12) / 1000]);
  });
});

test('--events enables events, and --log.events their log', () => {
  const limits = { maxEvents: 5000, maxAgeSeconds: 86_400 };
  assert.deepEqual(configOf(['--events', '--log.events']).events, { ...limits, log: true });
  assert.deepEqual(configOf(['--events']).events, { ...limits, log: false });
  assert.equal(configOf([]).events, undefined);
});
