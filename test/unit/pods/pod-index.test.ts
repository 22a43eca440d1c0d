import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { PodIndex } from '../../../src/pods/pod-index.ts';
import { mainStatus, NULL, OPTIONS, podObject } from './pod-objects.ts';
import { mirrorMetadata } from '../../support/pod-object.ts';

function openIndex(...names: readonly string[]): PodIndex {
  const index = new PodIndex(OPTIONS);
  index.replace(names.map((name) => podObject(name)));
  return index;
}

function* brokenList(): Generator {
  yield podObject('b');
  throw new Error('broken off');
}

function killedBy(containerID: string): object {
  return { status: mainStatus({ state: { terminated: { reason: 'OOMKilled', containerID } } }) };
}

test('find() looks up pods by UID, and size counts them', () => {
  const index = openIndex('a', 'b');
  assert.equal(index.find('uid-a')?.name, 'a');
  assert.equal(index.find('uid-c'), undefined);
  assert.equal(index.size, 2);
});

test('a static pod is found by its config hash and by the UID of its mirror pod', () => {
  const index = openIndex();
  const hash = 'e846708770000479c636dac3d3c5c94d';
  index.upsert(podObject('static', { metadata: mirrorMetadata(hash) }));
  assert.equal(index.find(hash)?.name, 'static');
  assert.equal(index.find('uid-static'), index.find(hash));
});

test('a static pod is found by a UID from its manifest, of whose characters the cgroup name keeps no dash', () => {
  const index = openIndex();
  index.upsert(podObject('vip', { metadata: mirrorMetadata('kube_vip-static') }));
  assert.equal(index.find('kube-vip-static')?.name, 'vip');
  index.remove('uid-vip');
  index.retain(new Set(['kube-vip-static']));
  assert.equal(index.find('kube-vip-static')?.name, 'vip');
});

test('of two pods with the same config hash the first one that is not a tombstone wins', () => {
  const index = openIndex();
  index.upsert(podObject('first', { metadata: mirrorMetadata('hash') }));
  index.upsert(podObject('second', { metadata: mirrorMetadata('hash') }));
  assert.equal(index.find('hash')?.name, 'first');
  index.remove('uid-first');
  assert.equal(index.find('hash')?.name, 'second');
  index.remove('uid-second');
  assert.equal(index.find('hash')?.name, 'second');
});

test('a mirror pod without an owner names a cgroup only if no other pod does', () => {
  const index = openIndex('victim');
  const { annotations } = mirrorMetadata('hash');
  const unowned = (hash: string) => ({
    annotations: { ...mirrorMetadata(hash).annotations, 'kubernetes.io/config.source': 'file' },
  });
  index.upsert(podObject('unowned', { metadata: unowned('hash') }));
  assert.equal(index.find('hash')?.name, 'unowned');
  assert.equal(index.find('hash')?.configHash, undefined);
  index.upsert(podObject('owned', { metadata: mirrorMetadata('hash') }));
  assert.equal(index.find('hash')?.name, 'owned');
  index.upsert(podObject('unowned', { metadata: unowned('uid-victim') }));
  assert.equal(index.find('uid-victim')?.name, 'victim');
  index.upsert(
    podObject('api', { metadata: { annotations: { ...annotations, 'kubernetes.io/config.source': 'api' } } }),
  );
  index.remove('uid-owned');
  index.retain(new Set());
  assert.equal(index.find('hash'), undefined);
});

test('a pod whose config hash is the UID of another pod does not take its name, not even of a tombstone', () => {
  const index = openIndex('victim');
  index.upsert(podObject('thief', { metadata: mirrorMetadata('uid-victim') }));
  assert.equal(index.find('uid-victim')?.name, 'victim');
  index.remove('uid-victim');
  assert.equal(index.find('uid-victim')?.name, 'victim');
});

test('a tombstone is kept until its cgroup is gone', () => {
  const index = openIndex('a', 'b');
  index.remove('uid-a');
  assert.equal(index.size, 1);
  assert.equal(index.isDeleted('uid-a'), true);
  index.retain(new Set(['uid-a', 'uid-b']));
  assert.equal(index.find('uid-a')?.name, 'a');
  index.retain(new Set(['uid-b']));
  assert.equal(index.find('uid-a'), undefined);
  assert.equal(index.isDeleted('uid-a'), false);
});

test('a tombstone of a static pod is kept until the cgroup with its hash is gone', () => {
  const index = openIndex();
  index.upsert(podObject('static', { metadata: mirrorMetadata('hash') }));
  index.remove('uid-static');
  index.retain(new Set(['hash']));
  assert.equal(index.find('hash')?.name, 'static');
  index.retain(new Set());
  assert.equal(index.find('hash'), undefined);
});

test('an indexed pod is kept without a cgroup', () => {
  const index = openIndex('a');
  index.retain(new Set());
  assert.equal(index.find('uid-a')?.name, 'a');
});

test('without retain() the newest thousand tombstones are kept', () => {
  const index = openIndex();
  for (let pod = 0; pod < 1200; pod++) {
    index.upsert(podObject(`p${pod}`));
    index.remove(`uid-p${pod}`);
  }
  assert.equal(index.find('uid-p199'), undefined);
  assert.equal(index.find('uid-p200')?.name, 'p200');
  assert.equal(index.find('uid-p1199')?.name, 'p1199');
});

test('removing an unknown UID has no effect', () => {
  const index = openIndex('a');
  const { generation } = index;
  index.remove('uid-x');
  assert.equal(index.generation, generation);
  assert.equal(index.isDeleted('uid-x'), false);
});

test('a list replaces the index, and pods not in it become tombstones', () => {
  const index = openIndex('a', 'b');
  index.replace([podObject('b'), podObject('c')]);
  assert.equal(index.size, 2);
  assert.equal(index.isDeleted('uid-a'), true);
  assert.equal(index.find('uid-a')?.name, 'a');
  assert.equal(index.find('uid-c')?.name, 'c');
});

test('a failing list leaves the index unchanged', () => {
  const index = openIndex('a');
  assert.throws(() => index.replace(brokenList()), /broken off/);
  assert.equal(index.find('uid-a')?.name, 'a');
  assert.equal(index.find('uid-b'), undefined);
  assert.equal(index.isDeleted('uid-a'), false);
});

test('an update turns a tombstone into a pod', () => {
  const index = openIndex('a', 'b');
  const record = index.find('uid-a');
  index.remove('uid-a');
  index.upsert(podObject('a'));
  assert.equal(index.isDeleted('uid-a'), false);
  assert.equal(index.size, 2);
  assert.equal(index.find('uid-a'), record);
  index.remove('uid-a');
  index.replace([podObject('a')]);
  assert.equal(index.isDeleted('uid-a'), false);
  assert.equal(index.find('uid-a'), record);
});

test('a pod recreated with the same name is found beside the tombstone of the old one', () => {
  const index = openIndex();
  index.upsert(podObject('db-0', { metadata: { uid: 'old' } }));
  index.upsert(podObject('db-0', { metadata: { uid: 'new' } }));
  index.remove('old');
  assert.deepEqual([index.find('old')?.uid, index.find('new')?.uid], ['old', 'new']);
  assert.deepEqual([index.isDeleted('old'), index.isDeleted('new')], [true, false]);
});

test('a record stays the same object without a relevant change', () => {
  const index = openIndex('a', 'b');
  const record = index.find('uid-a');
  const { generation } = index;
  index.upsert(podObject('a', { metadata: { resourceVersion: '99', labels: { not: 'allowed' } } }));
  index.replace([podObject('b'), podObject('a')]);
  assert.equal(index.find('uid-a'), record);
  assert.equal(index.generation, generation);
  index.upsert(podObject('a', { status: { podIP: '10.0.0.9' } }));
  assert.notEqual(index.find('uid-a'), record);
  assert.equal(index.find('uid-a')?.podIp, '10.0.0.9');
});

test('the generation increases with every change', () => {
  const index = openIndex();
  const seen = [index.generation];
  const steps = [
    () => index.upsert(podObject('a')),
    () => index.upsert(podObject('a', { status: { podIP: '10.0.0.9' } })),
    () => index.replace([podObject('b')]),
    () => index.remove('uid-b'),
    () => index.retain(new Set()),
  ];
  for (const step of steps) {
    step();
    seen.push(index.generation);
  }
  assert.deepEqual(
    seen,
    [...new Set(seen)].toSorted((a, b) => a - b),
  );
});

test('OOM kills are counted across events, lists and removals, and start at 0 for a new UID', () => {
  const index = openIndex('a');
  const kills = (uid = 'uid-a'): number | undefined => index.find(uid)?.containers[0]?.oomKills;
  assert.equal(kills(), 0);
  index.upsert(podObject('a', killedBy('c://1')));
  assert.equal(kills(), 1);
  index.replace([podObject('a', killedBy('c://2'))]);
  assert.equal(kills(), 2);
  index.replace([]);
  assert.equal(kills(), 2);
  index.upsert(podObject('a', killedBy('c://3')));
  assert.equal(kills(), 3);
  index.upsert(podObject('a', { metadata: { uid: 'new' }, ...killedBy('c://3') }));
  assert.equal(kills('new'), 0);
});

test('labels and annotations that exceed a limit are counted, and those of the node are limited in the order of pods', () => {
  const metadataLimits = { maxKeys: 2, maxBytes: 10, maxNodeBytes: 12 };
  const index = new PodIndex({ podLabels: ['*'], podAnnotations: ['*'], metadataLimits });
  const pod = (name: string, labels: object, annotations = {}) =>
    podObject(name, { metadata: { labels, annotations } });
  index.replace([pod('a', { k: '12345678', l: '1' }, { m: '' }), pod('b', { k: '1', l: '2' })]);
  const exported = (uid: string) => [index.find(uid)?.labels, index.find(uid)?.annotations];
  assert.deepEqual(exported('uid-a'), [{ k: '12345678' }, { m: '' }]);
  assert.deepEqual(exported('uid-b'), [{ k: '1' }, {}]);
  assert.equal(index.skippedMetadata, 2);
  index.upsert(pod('a', {}));
  index.upsert(pod('b', { k: '1', l: '2' }));
  assert.deepEqual(exported('uid-b'), [{ k: '1', l: '2' }, {}]);
  assert.equal(index.skippedMetadata, 0);
});

test('a removed pod frees its share of the labels and annotations of the node', () => {
  const metadataLimits = { maxKeys: 2, maxBytes: 10, maxNodeBytes: 10 };
  const index = new PodIndex({ podLabels: ['*'], podAnnotations: [], metadataLimits });
  const pod = (name: string) => podObject(name, { metadata: { labels: { key: '1234567' } } });
  index.replace([pod('a')]);
  index.upsert(pod('b'));
  assert.equal(index.skippedMetadata, 1);
  index.remove('uid-a');
  index.upsert(pod('b'));
  assert.deepEqual([index.find('uid-b')?.labels, index.skippedMetadata], [{ key: '1234567' }, 0]);
});

test('with a node name unscheduled pods and pods of other nodes are skipped', () => {
  const index = new PodIndex({ ...OPTIONS, nodeName: 'node1' });
  const elsewhere = podObject('elsewhere', { spec: { nodeName: 'node2' } });
  const pending = podObject('pending', { spec: { nodeName: undefined } });
  index.replace([podObject('here'), elsewhere, pending]);
  assert.equal(index.size, 1);
  assert.equal(index.find('uid-elsewhere'), undefined);
  assert.equal(index.otherNodePods, 2);
  index.upsert(elsewhere);
  assert.equal(index.otherNodePods, 3);
  index.replace([podObject('here')]);
  assert.equal(index.otherNodePods, 0);
});

test('without a node name all pods are indexed', () => {
  const index = openIndex();
  index.replace([podObject('a'), podObject('b', { spec: { nodeName: 'node2' } }), podObject('c', { spec: {} })]);
  assert.equal(index.size, 3);
  assert.equal(index.otherNodePods, 0);
});

test('an invalid object is counted and skipped', () => {
  const index = openIndex();
  index.replace([podObject('a'), NULL, { metadata: {} }, 'pod']);
  index.upsert(undefined);
  assert.equal(index.size, 1);
  assert.equal(index.invalidPods, 4);
});

test('an older resource version is ignored and restores no tombstone', () => {
  const index = openIndex();
  const version = (resourceVersion: string, podIP: string) =>
    podObject('a', { metadata: { resourceVersion }, status: { podIP } });
  index.upsert(version('10', '10.0.0.10'));
  index.upsert(version('9', '10.0.0.9'));
  assert.equal(index.find('uid-a')?.podIp, '10.0.0.10');
  index.remove('uid-a', '9');
  assert.equal(index.isDeleted('uid-a'), false);
  index.remove('uid-a', '12');
  index.upsert(version('11', '10.0.0.11'));
  assert.equal(index.isDeleted('uid-a'), true);
  index.replace([]);
  index.upsert(version('11', '10.0.0.11'));
  assert.equal(index.isDeleted('uid-a'), true);
  index.upsert(version('13', '10.0.0.13'));
  assert.equal(index.find('uid-a')?.podIp, '10.0.0.13');
});

test('an old event does not restore a pod without a cgroup until the next list', () => {
  const index = openIndex();
  const version = (resourceVersion: string) => podObject('a', { metadata: { resourceVersion } });
  index.upsert(version('10'));
  index.remove('uid-a', '12');
  index.retain(new Set());
  index.upsert(version('11'));
  assert.deepEqual([index.size, index.find('uid-a')], [0, undefined]);
  index.replace([version('11')]);
  assert.equal(index.find('uid-a')?.name, 'a');
});

test('a list may have an older resource version', () => {
  const index = openIndex();
  index.upsert(podObject('a', { metadata: { resourceVersion: '10' }, status: { podIP: '10.0.0.10' } }));
  index.replace([podObject('a', { metadata: { resourceVersion: '5' }, status: { podIP: '10.0.0.5' } })]);
  assert.equal(index.find('uid-a')?.podIp, '10.0.0.5');
  index.upsert(podObject('a', { metadata: { resourceVersion: '6' }, status: { podIP: '10.0.0.6' } }));
  assert.equal(index.find('uid-a')?.podIp, '10.0.0.6');
});

test('a replacement has no effect before commit()', () => {
  const index = openIndex('a');
  const draft = index.beginReplace();
  draft.add(podObject('b'));
  draft.add({});
  assert.deepEqual([index.size, index.find('uid-b'), index.invalidPods], [1, undefined, 0]);
  draft.commit();
  assert.deepEqual([index.find('uid-b')?.name, index.isDeleted('uid-a'), index.invalidPods], ['b', true, 1]);
});

test('pods above the limit are skipped', () => {
  const index = openIndex();
  index.replace(Array.from({ length: 10_005 }, (_, pod) => podObject(`p${pod}`)));
  assert.deepEqual([index.size, index.invalidPods], [10_000, 5]);
  index.upsert(podObject('late'));
  index.upsert(podObject('p1', { status: { podIP: '10.0.0.1' } }));
  assert.deepEqual([index.size, index.invalidPods, index.find('uid-p1')?.podIp], [10_000, 6, '10.0.0.1']);
});
