import { strict as assert } from 'node:assert';
import { mkdirSync, writeFileSync } from 'node:fs';
import { describe, test, type TestContext } from 'node:test';
import { LEVELS, type Collector } from '../../../src/metrics/row.ts';
import type { Snapshot } from '../../../src/snapshot/snapshot.ts';
import type { Files } from '../kernel/file-tree.ts';
import { CONTAINER, fakeNode, ID, PAUSE, PAUSE_ID, POD, podObject, UID, type FakeNode } from './fake-node.ts';
import { mirrorMetadata } from '../../support/pod-object.ts';

const NO_COUNTS = { pod: 0, container: 0, outside: 0, pause: 0, slice: 0, unmatched: 0, nested: 0, duplicate: 0 };

const THREADS: Collector = {
  name: 'test',
  about: 'Test.',
  enabled: true,
  cgroup: [
    {
      name: 'threads',
      type: 'gauge',
      help: 'X.',
      levels: ['container', 'pod', 'cgroup'],
      from: { v1: 'absent', v2: { file: 'pids.current' } },
    },
  ],
};

const OTHER_UID = '00000000-b29f-11e7-9350-020968147796';
const HASH = '5a7e4f1d8c3b2a69f0e1d2c3b4a59687';

/** Files of cgroups; the number of threads of each is its position. */
function cgroups(...paths: readonly string[]): Files {
  return Object.fromEntries(
    paths.flatMap((path, index) => [
      [`cgroup${path}/pids.current`, `${index + 1}\n`],
      [`cgroup${path}/cgroup.procs`, ''],
    ]),
  );
}

/** Files of a process in a cgroup that started at `ticks`. */
function processIn(path: string, pid: number, name: string, ticks: number): Files {
  return {
    [`cgroup${path}/cgroup.procs`]: `${pid}\n`,
    [`proc/${pid}/stat`]: `${pid} (${name}) S 1 7 7 0 -1 0 0 0 0 0 1 2 0 0 20 0 1 0 ${ticks} 100 20\n`,
  };
}

function node(t: TestContext, files: Files, pods?: readonly unknown[]): FakeNode {
  return fakeNode(t, { files, collectors: [THREADS], ...(pods === undefined ? {} : { pods }) });
}

/** Lines of containers and pods. */
async function podLines(of: FakeNode): Promise<readonly string[]> {
  const { lines } = await of.scrape();
  return lines.filter((line) => !line.startsWith('cgroup_'));
}

describe('names from Kubernetes', () => {
  test('are on pods and containers, and the pause container is not exported', async (t) => {
    const of = node(t, cgroups(CONTAINER, PAUSE, POD), [podObject()]);
    assert.deepEqual(await podLines(of), [
      'container_threads{namespace="shop",pod="web-0",container="app"} 1',
      'pod_threads{namespace="shop",pod="web-0"} 3',
    ]);
    assert.deepEqual((await of.scrape()).counts, { ...NO_COUNTS, pod: 1, container: 1, pause: 1, slice: 2 });
  });

  test('of a static pod are found by its config hash', async (t) => {
    const path = `/kubepods/pod${HASH}`;
    const pod = podObject({ metadata: mirrorMetadata(HASH) });
    assert.deepEqual(await podLines(node(t, cgroups(`${path}/${ID}`, path), [pod])), [
      'container_threads{namespace="shop",pod="web-0",container="app"} 1',
      'pod_threads{namespace="shop",pod="web-0"} 2',
    ]);
  });

  test('are required: an unknown pod and its containers are counted as unmatched and not exported', async (t) => {
    const of = node(t, cgroups(CONTAINER, PAUSE, POD), []);
    const { lines, counts } = await of.scrape();
    assert.deepEqual(
      lines.filter((line) => !line.startsWith('cgroup_')),
      [],
    );
    assert.deepEqual(counts, { ...NO_COUNTS, pod: 1, slice: 2, unmatched: 3 });
    of.index.replace([podObject()]);
    assert.equal((await podLines(of)).length, 2);
  });

  test('are kept until the cgroup of a deleted pod is gone', async (t) => {
    const of = node(t, cgroups(CONTAINER, POD), [podObject()]);
    of.index.remove(UID);
    assert.equal((await podLines(of)).length, 2);
    of.remove(`cgroup${POD}`);
    await of.scrape();
    of.write(cgroups(CONTAINER, POD));
    assert.equal((await of.scrape()).counts.unmatched, 2);
  });

  test('change with the object', async (t) => {
    const of = node(t, cgroups(CONTAINER, POD), [podObject()]);
    await of.scrape();
    of.index.replace([podObject({ metadata: { uid: UID, namespace: 'shop', name: 'renamed' } })]);
    assert.deepEqual(await podLines(of), [
      'container_threads{namespace="shop",pod="renamed",container="app"} 1',
      'pod_threads{namespace="shop",pod="renamed"} 2',
    ]);
  });

  test('with colliding label keys are reported when the pod appears or changes', async (t) => {
    const labelled = (labels: object) => podObject({ metadata: { labels } });
    const of = node(t, cgroups(CONTAINER, POD), [
      labelled({ 'app.kubernetes.io/name': 'a', app_kubernetes_io_name: 'b' }),
    ]);
    const notice = (keys: number): unknown => ({
      message: 'added suffixes _conflict1, _conflict2, ... to colliding label names',
      fields: { keys },
    });
    assert.deepEqual((await of.scrape()).notices, [notice(2)]);
    assert.deepEqual((await of.scrape()).notices, []);
    of.index.replace([labelled({ 'a.b': '1', 'a/b': '2', 'a-b': '3', c: '4' })]);
    assert.deepEqual((await of.scrape()).notices, [notice(3)]);
  });

  test('of one pod are not on two cgroups: the newer pod has them, or the one that is not deleted', async (t) => {
    const other = `/kubepods/pod${OTHER_UID}`;
    const files = cgroups(POD, other);
    const older = podObject({ status: { startTime: '2026-11-01T00:00:00Z' } });
    const newer = podObject({ status: { startTime: '2026-11-02T00:00:00Z' } }, OTHER_UID);
    for (const pods of [
      [older, newer],
      [newer, older],
    ]) {
      assert.deepEqual(await podLines(node(t, files, pods)), ['pod_threads{namespace="shop",pod="web-0"} 2']);
    }
    const of = node(t, files, [older, newer]);
    of.index.remove(OTHER_UID);
    assert.deepEqual(await podLines(of), ['pod_threads{namespace="shop",pod="web-0"} 1']);
  });
});

describe('containers without a status', () => {
  const RESTARTED = `${POD}/${'c'.repeat(64)}`;

  test('are the pause container, which is older, and one that was just restarted', async (t) => {
    const of = node(
      t,
      {
        ...cgroups(CONTAINER, PAUSE, RESTARTED, POD),
        ...processIn(PAUSE, 7, 'pause', 10),
        ...processIn(RESTARTED, 8, 'app', 20),
      },
      [podObject()],
    );
    const { lines, counts } = await of.scrape();
    assert.deepEqual(
      lines.filter((line) => line.startsWith('container_')),
      ['container_threads{namespace="shop",pod="web-0",container="app"} 1'],
    );
    assert.deepEqual(counts, { ...NO_COUNTS, pod: 1, container: 1, pause: 1, slice: 2, unmatched: 1 });
  });

  test('require a new list of pods, unless they are too old to get a name: those are reported once', async (t) => {
    const stray = `${POD}/${'d'.repeat(64)}`;
    const of = node(
      t,
      {
        ...cgroups(CONTAINER, PAUSE, RESTARTED, stray, POD),
        ...processIn(stray, 6, 'runc:[2:INIT]', 5),
        ...processIn(PAUSE, 7, 'pause', 10),
        ...processIn(CONTAINER, 8, 'app', 20),
        ...processIn(RESTARTED, 9, 'app', 30),
      },
      [podObject()],
    );
    const { counts, notices, unmatched } = await of.scrape();
    assert.deepEqual(counts, { ...NO_COUNTS, pod: 1, container: 1, pause: 1, slice: 2, unmatched: 2 });
    assert.deepEqual(unmatched, ['c'.repeat(64)]);
    assert.equal(notices.length, 1);
    assert.equal(notices[0]?.message, 'skipped a cgroup');
    const { cause, ...fields } = notices[0].fields;
    assert.deepEqual(fields, { cgroup: stray, namespace: 'shop', pod: 'web-0' });
    assert.match(String(cause), /belong to no container/);
    assert.deepEqual((await of.scrape()).notices, []);
  });

  test('are all unmatched if none can be identified as the pause container', async (t) => {
    const { counts } = await node(t, cgroups(CONTAINER, PAUSE, RESTARTED, POD), [podObject()]).scrape();
    assert.deepEqual([counts.pause, counts.unmatched], [0, 2]);
  });

  test('do not exist if the runtime has no pause container', async (t) => {
    const { counts } = await node(t, cgroups(CONTAINER, POD), [podObject()]).scrape();
    assert.deepEqual([counts.container, counts.pause, counts.unmatched], [1, 0, 0]);
  });
});

describe('without names', () => {
  const NAMELESS = `namespace="",pod="${UID}"`;

  test('a pod has its UID as its name, and a container its short ID', async (t) => {
    const of = node(t, {
      ...cgroups(CONTAINER, PAUSE, POD),
      ...processIn(PAUSE, 7, 'pause', 10),
      ...processIn(CONTAINER, 8, 'app', 20),
    });
    assert.deepEqual(await podLines(of), [
      `container_threads{${NAMELESS},container="${ID.slice(0, 12)}"} 1`,
      `pod_threads{${NAMELESS}} 3`,
    ]);
    assert.deepEqual((await of.scrape()).counts, { ...NO_COUNTS, pod: 1, container: 1, pause: 1, slice: 2 });
  });

  test('every container is exported if none can be identified as the pause container', async (t) => {
    const { counts, lines } = await node(t, cgroups(CONTAINER, PAUSE, POD)).scrape();
    assert.deepEqual([counts.container, counts.pause, counts.unmatched], [2, 0, 0]);
    assert.ok(lines.some((line) => line.includes(`container="${PAUSE_ID.slice(0, 12)}"`)));
  });

  test('a machine without Kubernetes exports its slices and services', async (t) => {
    const { lines, counts } = await node(t, cgroups('/system.slice', '/system.slice/ssh.service')).scrape();
    assert.deepEqual(lines, [
      'cgroup_threads{cgroup="/system.slice"} 1',
      'cgroup_threads{cgroup="/system.slice/ssh.service"} 2',
    ]);
    assert.deepEqual(counts, { ...NO_COUNTS, slice: 3 });
  });
});

describe('between two scrapes', () => {
  test('new cgroups appear and removed ones disappear', async (t) => {
    const of = node(t, cgroups(CONTAINER, POD));
    const other = `/kubepods/besteffort/pod${OTHER_UID}`;
    assert.equal((await podLines(of)).length, 2);
    of.write(cgroups(`${other}/${PAUSE_ID}`, other));
    assert.equal((await podLines(of)).length, 4);
    of.remove(`cgroup${POD}`);
    assert.deepEqual(await podLines(of), [
      `container_threads{namespace="",pod="${OTHER_UID}",container="${PAUSE_ID.slice(0, 12)}"} 1`,
      `pod_threads{namespace="",pod="${OTHER_UID}"} 2`,
    ]);
    of.remove('cgroup/kubepods');
    assert.deepEqual(await podLines(of), []);
    assert.equal(of.reader.cachedDescriptors, 0);
  });

  test('the number of cgroups can grow and shrink', async (t) => {
    const of = node(t, cgroups(CONTAINER, POD));
    await of.scrape();
    const many = Array.from(
      { length: 50 },
      (_, index) => `/kubepods/pod${String(index).padStart(8, '0')}${UID.slice(8)}`,
    );
    of.write(cgroups(...many));
    assert.equal((await podLines(of)).length, 52);
    for (const path of many) of.remove(`cgroup${path}`);
    assert.equal((await podLines(of)).length, 2);
  });
});

describe('subjects', () => {
  const RESTARTED = `${POD}/${'c'.repeat(64)}`;

  async function subjectsOf(of: FakeNode): Promise<Snapshot['subjects']> {
    return (await of.scraper.scrape(of.scraper.builder(), new Set(), { at: Infinity })).subjects;
  }

  /** Levels of which the first subject is another object than before. */
  function changed(before: Snapshot['subjects'], after: Snapshot['subjects']): readonly string[] {
    return LEVELS.filter((level) => before[level][0] !== after[level][0]);
  }

  test('are shared between snapshots as long as nothing about them changes', async (t) => {
    const of = node(t, cgroups(CONTAINER, PAUSE, POD), [podObject()]);
    const before = await subjectsOf(of);
    assert.deepEqual(
      LEVELS.map((level) => before[level].length),
      [1, 1, 1, 2, 2, 0],
    );
    of.index.replace([podObject()]);
    assert.deepEqual(changed(before, await subjectsOf(of)), []);
  });

  test('of a pod are replaced when its object changes, and keep their IDs', async (t) => {
    const of = node(t, cgroups(CONTAINER, PAUSE, POD), [podObject()]);
    const before = await subjectsOf(of);
    const copy = structuredClone(before);
    of.index.replace([podObject({ metadata: { uid: UID, namespace: 'shop', name: 'renamed' } })]);
    const after = await subjectsOf(of);
    assert.deepEqual(changed(before, after), ['container', 'pod', 'sandbox']);
    assert.deepEqual(before, copy);
    for (const level of LEVELS) assert.equal(after[level][0]?.id, before[level][0]?.id);
    assert.equal(after.pod[0]?.sandbox, after.sandbox[0]);
  });

  test('of a pod and its sandbox are replaced when the sandbox is recreated', async (t) => {
    const of = node(t, cgroups(CONTAINER, PAUSE, POD), [podObject()]);
    const before = await subjectsOf(of);
    of.remove(`cgroup${PAUSE}`);
    of.write(cgroups(RESTARTED));
    const after = await subjectsOf(of);
    assert.deepEqual(changed(before, after), ['pod', 'sandbox']);
    assert.equal(before.pod[0]?.sandbox?.path, PAUSE);
    assert.equal(after.pod[0]?.sandbox?.path, RESTARTED);
    assert.equal(after.pod[0].labels, before.pod[0].labels);
    assert.notEqual(after.sandbox[0]?.id, before.sandbox[0]?.id);
  });

  test('have another ID when a cgroup is recreated under its name', async (t) => {
    const of = node(t, cgroups(CONTAINER, PAUSE, POD), [podObject()]);
    const before = await subjectsOf(of);
    of.remove(`cgroup${POD}`);
    await subjectsOf(of);
    of.write(cgroups(CONTAINER, PAUSE, POD));
    const ids = (subjects: Snapshot['subjects']) => LEVELS.flatMap((level) => subjects[level].map(({ id }) => id));
    const after = ids(await subjectsOf(of));
    assert.equal(new Set(after).size, after.length);
    assert.deepEqual(
      ids(before).filter((id) => after.includes(id)),
      [...before.cgroup, ...before.node].map(({ id }) => id),
    );
  });
});

describe('cgroups whose names are not UTF-8', () => {
  test('are read, and have escapes in their labels', async (t) => {
    const of = node(t, cgroups('/system.slice'));
    for (const [index, byte] of ['\xe8', '\xe9'].entries()) {
      const directory = Buffer.from(`${of.root}/cgroup/caf${byte}.slice`, 'latin1');
      mkdirSync(directory);
      writeFileSync(Buffer.concat([directory, Buffer.from('/pids.current')]), `${index + 7}\n`);
    }
    const { lines, errors } = await of.scrape();
    assert.deepEqual(
      lines.filter((line) => line.includes('caf')),
      ['cgroup_threads{cgroup="/caf\\\\xe8.slice"} 7', 'cgroup_threads{cgroup="/caf\\\\xe9.slice"} 8'],
    );
    assert.deepEqual(errors, {});
  });
});

describe('a container whose ID is not in the status yet', () => {
  const files = {
    ...cgroups(CONTAINER, PAUSE, POD),
    ...processIn(PAUSE, 40, 'pause', 10),
    ...processIn(CONTAINER, 41, 'app', 9000),
  };

  /** A pod with containers `app`, not started or of another ID, and `others` as they are given. */
  function podWith(others: Readonly<Record<string, object>> = {}, initContainers: readonly object[] = []): unknown {
    const statuses = Object.entries(others).map(([name, status]) => ({ name, ...status }));
    const app = { name: 'app', containerID: `containerd://${'c'.repeat(64)}`, restartCount: 1, state: { running: {} } };
    const spec = {
      nodeName: 'node1',
      containers: ['app', ...Object.keys(others)].map((name) => ({ name })),
      initContainers,
    };
    const init = initContainers.map((container) => ({
      ...container,
      containerID: `containerd://${'e'.repeat(64)}`,
      state: { terminated: { reason: 'Completed' } },
    }));
    return podObject({ spec, status: { containerStatuses: [app, ...statuses], initContainerStatuses: init } });
  }

  test('has the name of the only container without a cgroup', async (t) => {
    const of = node(t, files, [podWith({}, [{ name: 'init' }])]);
    const { unmatched } = await of.scrape();
    assert.deepEqual(await podLines(of), [
      'container_threads{namespace="shop",pod="web-0",container="app"} 1',
      'pod_threads{namespace="shop",pod="web-0"} 3',
    ]);
    assert.deepEqual(unmatched, []);
    const { subjects } = await of.scraper.scrape(of.scraper.builder(), new Set(['test']), { at: Infinity });
    const { id, startedAt, state } = subjects.container[0]?.container ?? {};
    assert.deepEqual([id, state], [ID, 'running']);
    assert.ok(startedAt !== undefined && Math.abs(startedAt - Date.now() / 1000) < 3600, `${startedAt}`);
  });

  test('has none while two containers have no cgroup, and keeps the one that it had', async (t) => {
    const of = node(t, files, [podWith({ side: { state: { waiting: {} } } })]);
    assert.deepEqual((await of.scrape()).unmatched, [ID]);
    of.index.replace([podWith()]);
    assert.deepEqual((await of.scrape()).unmatched, []);
    of.index.replace([podWith({ side: { state: { waiting: {} } } })]);
    assert.deepEqual((await of.scrape()).unmatched, []);
  });

  test('has none without a sandbox, which it may be', async (t) => {
    const { [`cgroup${PAUSE}/cgroup.procs`]: _, [`cgroup${PAUSE}/pids.current`]: __, ...alone } = files;
    const crio = Object.fromEntries(
      Object.entries(alone).map(([path, content]) => [path.replace(`/${ID}/`, `/crio-${ID}.scope/`), content]),
    );
    assert.deepEqual((await node(t, crio, [podWith()]).scrape()).unmatched, [ID]);
  });
});
