import { strict as assert } from 'node:assert';
import { describe, test, type TestContext } from 'node:test';
import { MissingCgroups } from '../../../src/collect/missing-cgroups.ts';
import { PodIndex } from '../../../src/pods/pod-index.ts';
import { mirrorMetadata } from '../../support/pod-object.ts';
import type { Files } from '../kernel/file-tree.ts';
import { CONTAINER, fakeNode, ID, POD, podObject, UID, type FakeNode } from './fake-node.ts';

const OTHER_UID = '00000000-b29f-11e7-9350-020968147796';
const OTHER_ID = 'd'.repeat(64);

function running(name: string, id: string): object {
  return { name, containerID: `containerd://${id}`, restartCount: 0, state: { running: {} } };
}

/** A second pod of the node with one container. */
function otherPod(overrides: { readonly spec?: object; readonly status?: object } = {}): unknown {
  return podObject(
    {
      metadata: { uid: OTHER_UID, namespace: 'shop', name: 'other' },
      spec: { nodeName: 'node1', containers: [{ name: 'main' }], ...overrides.spec },
      status: { containerStatuses: [running('main', OTHER_ID)], ...overrides.status },
    },
    OTHER_UID,
  );
}

function cgroups(...paths: readonly string[]): Files {
  return Object.fromEntries(paths.map((path) => [`cgroup${path}/cgroup.procs`, '']));
}

function nodeOf(t: TestContext, pods: readonly unknown[], files = cgroups(CONTAINER, POD)): FakeNode {
  return fakeNode(t, { files, collectors: [], pods });
}

/** What notices say: message, count, example, cause. */
async function noticesOf(node: FakeNode): Promise<readonly unknown[]> {
  const { notices } = await node.scrape();
  return notices.map(({ message, fields }) => [message, fields['count'], fields['example'], fields['cause']]);
}

describe('what runs without a cgroup', () => {
  test('is nothing on a complete node', async (t) => {
    const { missing, notices } = await nodeOf(t, [podObject()]).scrape();
    assert.deepEqual([missing, notices], [[], []]);
  });

  test('is a pod and its containers, and is reported once', async (t) => {
    const node = nodeOf(t, [podObject(), otherPod()]);
    assert.deepEqual(await noticesOf(node), [
      ['found no cgroup of running pods', 1, 'shop/other', 'kubepods has no cgroup with the UID of the pod'],
      [
        'found no cgroup of running containers',
        1,
        'shop/other/main',
        'no cgroup has the ID of the container in its name',
      ],
    ]);
    const { missing, notices } = await node.scrape();
    assert.deepEqual(missing, ['other', 'other/main']);
    assert.deepEqual(notices, []);
    node.clock.now += 30_000;
    assert.deepEqual((await node.scrape()).notices, []);
  });

  test('is reported after 30 s if most others have a cgroup: a status may be that of a container that exited', async (t) => {
    const side = 'e'.repeat(64);
    const pod = podObject({
      spec: { containers: [{ name: 'app' }, { name: 'side' }] },
      status: { containerStatuses: [running('app', ID), running('side', side)] },
    });
    const files = cgroups(CONTAINER, POD, `${POD}/${side}`);
    const node = nodeOf(t, [pod, otherPod()], { ...files, ...cgroups(`/kubepods/pod${OTHER_UID}`) });
    assert.deepEqual(await noticesOf(node), []);
    node.clock.now += 29_999;
    assert.deepEqual(await noticesOf(node), []);
    node.clock.now += 1;
    assert.equal((await noticesOf(node)).length, 1);
  });

  test('is reported again after it was complete', async (t) => {
    const node = nodeOf(t, [podObject(), otherPod()]);
    await node.scrape();
    const found = cgroups(`/kubepods/pod${OTHER_UID}/${OTHER_ID}`);
    node.write(found);
    assert.deepEqual((await node.scrape()).missing, []);
    node.remove(`cgroup/kubepods/pod${OTHER_UID}`);
    assert.deepEqual(await noticesOf(node), []);
    node.clock.now += 30_000;
    assert.equal((await noticesOf(node)).length, 2);
  });

  test('is a container whose pod has a cgroup', async (t) => {
    const pod = podObject({
      spec: { containers: [{ name: 'app' }, { name: 'side' }] },
      status: { containerStatuses: [running('app', ID), running('side', OTHER_ID)] },
    });
    assert.deepEqual((await nodeOf(t, [pod]).scrape()).missing, ['web-0/side']);
  });

  test('is not what waits or has terminated', async (t) => {
    const states = [{ waiting: { reason: 'x' } }, { terminated: { exitCode: 0 } }, undefined];
    const pods = states.map((state) =>
      otherPod({ status: { containerStatuses: [{ ...running('main', OTHER_ID), state }] } }),
    );
    for (const pod of pods) assert.deepEqual((await nodeOf(t, [podObject(), pod]).scrape()).missing, []);
  });

  test('is not a pod of another node', async (t) => {
    const pod = otherPod({ spec: { nodeName: 'node2' } });
    assert.deepEqual((await nodeOf(t, [podObject(), pod]).scrape()).missing, []);
  });

  test('is not reported while the status of a removed pod may be outdated', async (t) => {
    const node = nodeOf(t, [podObject()]);
    await node.scrape();
    node.remove(`cgroup${POD}`);
    const { missing, notices } = await node.scrape();
    assert.deepEqual([missing, notices], [['web-0', 'web-0/app'], []]);
  });

  test('is a static pod only if neither its UID nor its hash has a cgroup', async (t) => {
    const pod = podObject({ metadata: { ...mirrorMetadata(UID), uid: OTHER_UID } });
    assert.deepEqual((await nodeOf(t, [pod]).scrape()).missing, []);
  });

  test('names the mount if it has no kubepods, and the runtime class if there is one', async (t) => {
    const none = nodeOf(t, [podObject()], cgroups('/system.slice'));
    const [, , , cause] = (await noticesOf(none))[0] as readonly unknown[];
    assert.match(String(cause), /^no kubepods cgroup below .*\/cgroup$/);
    const virtual = nodeOf(t, [podObject(), otherPod({ spec: { runtimeClassName: 'kata' } })]);
    const causes = (await noticesOf(virtual)).map((notice) => (notice as readonly unknown[])[3]);
    assert.ok(causes.every((each) => String(each).endsWith(', runtime class kata')));
  });

  test('is unknown where pods have no names', async (t) => {
    const { missing } = await fakeNode(t, { files: cgroups('/system.slice'), collectors: [] }).scrape();
    assert.deepEqual(missing, []);
  });

  test('is compared only after a change of the index, of the cgroups or of the containers of one', () => {
    const index = new PodIndex({ podLabels: [], podAnnotations: [] });
    index.upsert(podObject());
    const missing = new MissingCgroups(index);
    const cgroup = { uid: UID, path: POD, containers: [{ id: ID, path: CONTAINER }] };
    const complete = missing.find([cgroup]);
    assert.deepEqual(complete, { pods: [], containers: [] });
    assert.equal(missing.find([cgroup]), complete);
    const names = (): readonly unknown[] =>
      missing.find([cgroup]).containers.map(({ pod, container }) => `${pod.name}/${container}`);
    cgroup.containers = [];
    assert.deepEqual(names(), ['web-0/app']);
    index.upsert(otherPod());
    assert.deepEqual(names(), ['web-0/app', 'other/main']);
    assert.equal(missing.find([]).pods.length, 2);
  });
});
