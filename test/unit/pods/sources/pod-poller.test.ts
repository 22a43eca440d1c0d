import { strict as assert } from 'node:assert';
import { describe, test } from 'node:test';
import { equals, until } from '../../../support/until.ts';
import { httpStatus } from '../../../support/api-faults.ts';
import { whyNoCertificates } from '../../../support/certificates.ts';
import { mainStatus, podObject } from '../pod-objects.ts';
import {
  LIST_RESUMED,
  nextList,
  POLL_INTERVAL_MS,
  polledKubelet,
  TOKEN,
  untilDelay,
  type PolledKubelet,
} from './polled-kubelet.ts';
import { mirrorMetadata } from '../../../support/pod-object.ts';

describe('polling a kubelet', { skip: whyNoCertificates }, () => {
  test('lists the pods with the token of the service account', async (context) => {
    const { kubelet, source, log } = await polledKubelet(context);
    assert.deepEqual([source.name, source.status.synced], ['kubelet', false]);
    await source.start();
    assert.equal(source.index.find('uid-a')?.name, 'a');
    assert.deepEqual(kubelet.requests, [{ url: '/pods', authorization: `Bearer ${TOKEN}`, client: undefined }]);
    const { synced, lastListSeconds, lastEventSeconds, restarts } = source.status;
    assert.deepEqual(
      [synced, lastListSeconds, lastEventSeconds, restarts.size],
      [true, 1_800_000_000, 1_800_000_000, 0],
    );
    assert.deepEqual(log.lines, ['info listed pods {"pods":1}']);
  });

  for (const [random, milliseconds] of [
    [0, 24_000],
    [0.5, 30_000],
    [0.75, 33_000],
  ] as const) {
    test(`lists again after ${milliseconds} ms if random() is ${random}`, async (context) => {
      const polled = await polledKubelet(context, { random: () => random });
      const { kubelet, source, clock, log } = polled;
      await source.start();
      kubelet.pods = [podObject('a', { status: { podIP: '10.0.0.9' } }), podObject('b')];
      await untilDelay(polled, milliseconds);
      clock.advance(milliseconds - 1);
      assert.equal(clock.waits.join(), '1');
      clock.advance(1);
      await until('the new pod', () => source.index.find('uid-b'));
      assert.equal(source.index.find('uid-a')?.podIp, '10.0.0.9');
      assert.equal(source.status.lastListSeconds, 1_800_000_000 + milliseconds / 1000);
      assert.equal(kubelet.requests.length, 2);
      assert.equal(log.lines.length, 1);
    });
  }

  test('indexes all pods without a node name', async (context) => {
    const { kubelet, source } = await polledKubelet(context);
    kubelet.pods = [podObject('a', { spec: { nodeName: 'node2' } }), podObject('b', { spec: {} })];
    await source.start();
    assert.deepEqual([source.index.size, source.index.otherNodePods], [2, 0]);
  });

  test('keeps the selected labels and annotations', async (context) => {
    const { kubelet, source } = await polledKubelet(context, { podLabels: ['app'], podAnnotations: ['note'] });
    kubelet.pods = [podObject('a', { metadata: { labels: { app: 'x', other: 'y' }, annotations: { note: 'z' } } })];
    await source.start();
    assert.deepEqual(source.index.find('uid-a')?.labels, { app: 'x' });
    assert.deepEqual(source.index.find('uid-a')?.annotations, { note: 'z' });
  });

  test('a pod recreated with the same name is a new pod', async (context) => {
    const polled = await polledKubelet(context);
    const { kubelet, source } = polled;
    await source.start();
    kubelet.pods = [podObject('a', { metadata: { uid: 'uid-of-the-second' } })];
    await nextList(polled);
    assert.equal(source.index.find('uid-of-the-second')?.name, 'a');
    assert.deepEqual([source.index.size, source.index.isDeleted('uid-a')], [1, true]);
  });

  const hash = '573dfca7e50677dd616cf60a1d40e53b';
  const config = { 'kubernetes.io/config.hash': hash };
  const own = podObject('static-node1', { metadata: { uid: hash, annotations: config }, status: {} });
  const mirror = podObject('static-node1', {
    metadata: mirrorMetadata(hash),
  });

  test('a static pod without a status is found by its config hash, which its cgroup has', async (context) => {
    const polled = await polledKubelet(context);
    const { kubelet, source } = polled;
    kubelet.pods = [own];
    await source.start();
    assert.equal(source.index.find(hash)?.name, 'static-node1');
    kubelet.pods = [{ ...own, status: mainStatus({ containerID: 'containerd://1' }) }];
    await nextList(polled);
    assert.equal(source.index.find(hash)?.containers[0]?.id, '1');
  });

  for (const pods of [
    [own, mirror],
    [mirror, own],
  ]) {
    test('a mirror pod beside its static pod is harmless', async (context) => {
      const { kubelet, source } = await polledKubelet(context);
      kubelet.pods = pods;
      await source.start();
      for (const uid of [hash, 'uid-static-node1']) assert.equal(source.index.find(uid)?.name, 'static-node1');
    });
  }

  test('a mirror pod that replaces its static pod, and vice versa, is harmless', async (context) => {
    const polled = await polledKubelet(context);
    const { kubelet, source } = polled;
    for (const pods of [[own], [mirror], [own]]) {
      kubelet.pods = pods;
      if (source.status.synced) await nextList(polled);
      else await source.start();
      source.index.retain(new Set([hash]));
      assert.deepEqual([source.index.find(hash)?.name, source.index.size], ['static-node1', 1]);
    }
  });

  test('an empty list of a restarted kubelet removes no metadata of existing cgroups', async (context) => {
    const polled = await polledKubelet(context);
    const { kubelet, source } = polled;
    kubelet.pods = [podObject('a', { status: mainStatus({ restartCount: 3 }) })];
    await source.start();
    kubelet.pods = [];
    await nextList(polled);
    source.index.retain(new Set(['uid-a']));
    assert.equal(source.index.find('uid-a')?.containers[0]?.restarts, 3);
    kubelet.pods = [podObject('a', { status: mainStatus({ restartCount: 3 }) })];
    await nextList(polled);
    assert.deepEqual([source.index.size, source.index.isDeleted('uid-a')], [1, false]);
  });

  test('OOM kills are counted across lists', async (context) => {
    const polled = await polledKubelet(context);
    const { kubelet, source } = polled;
    const killed = (containerID: string): object =>
      podObject('a', { status: mainStatus({ lastState: { terminated: { reason: 'OOMKilled', containerID } } }) });
    kubelet.pods = [killed('containerd://1')];
    await source.start();
    for (const id of ['containerd://1', 'containerd://2', 'containerd://2', 'containerd://3']) {
      kubelet.pods = [killed(id)];
      await nextList(polled);
    }
    assert.equal(source.index.find('uid-a')?.containers[0]?.oomKills, 2);
  });
});

/** Requests a relist as a scrape does. Resolves to whether it was allowed, after its response. */
async function requestRelist({ kubelet, source, clock }: PolledKubelet, unmatched: string): Promise<boolean> {
  const [requests, allowed] = [kubelet.requests.length, source.status.restarts.get('requested')];
  source.requestRelist([unmatched]);
  if (source.status.restarts.get('requested') === allowed) return false;
  await until(
    'the list and the delay after it',
    () => ({ requests: kubelet.requests.length, waits: clock.waits }),
    (seen) => seen.requests > requests && seen.waits.length === 1,
  );
  return true;
}

describe('a relist requested by a scrape', { skip: whyNoCertificates }, () => {
  test('starts at once, at most one per 10 s', async (context) => {
    const polled = await polledKubelet(context);
    const { kubelet, source, clock } = polled;
    await source.start();
    await untilDelay(polled, POLL_INTERVAL_MS);
    for (const name of ['b', 'c', 'd']) {
      kubelet.pods = [podObject(name)];
      assert.equal(await requestRelist(polled, name), true);
      assert.equal(source.index.find(`uid-${name}`)?.name, name);
      clock.advance(9999);
      assert.equal(await requestRelist(polled, `${name}-late`), false);
      clock.advance(1);
    }
    assert.equal(kubelet.requests.length, 4);
    assert.deepEqual([...source.status.restarts], [['requested', 3]]);
  });

  test('has an increasing interval for the same cgroup', async (context) => {
    const polled = await polledKubelet(context);
    const { kubelet, source, clock } = polled;
    await source.start();
    const allowedAt: number[] = [];
    for (let second = 0; second < 400; second++) {
      await until('the end of the list', () => clock.waits.length, equals(1));
      if (await requestRelist(polled, 'uid-x')) allowedAt.push(second);
      const isDue = clock.waits.join() === '1000';
      const { length } = kubelet.requests;
      clock.advance(1000);
      if (isDue) {
        await until(
          'the list that is due',
          () => kubelet.requests.length,
          (count) => count > length,
        );
      }
    }
    assert.deepEqual(allowedAt, [0, 10, 30, 70, 150, 310]);
    await until('the end of the last list', () => clock.waits.length, equals(1));
    assert.equal(await requestRelist(polled, 'uid-y'), true);
  });

  test('is denied while a list is in flight or the kubelet fails', async (context) => {
    const polled = await polledKubelet(context);
    const { kubelet, source, clock } = polled;
    kubelet.faults.push(httpStatus(500), () => {});
    source.requestRelist(['uid-x']);
    await source.start();
    await untilDelay(polled, 500);
    source.requestRelist(['uid-x']);
    clock.advance(499);
    assert.deepEqual(clock.waits, [1]);
    clock.advance(1);
    await until('the silent request', () => kubelet.requests.length, equals(2));
    source.requestRelist(['uid-x']);
    clock.advance(30_000);
    await untilDelay(polled, 1000);
    assert.equal(source.status.restarts.get('requested'), undefined);
    assert.equal(kubelet.requests.length, 2);
  });
});

test(
  'an hour of faults and relist requests stays within the request limit',
  { skip: whyNoCertificates },
  async (context) => {
    const polled = await polledKubelet(context);
    const { kubelet, source, clock, log } = polled;
    const faults = [
      httpStatus(500),
      httpStatus(401),
      httpStatus(503),
      httpStatus(403),
      httpStatus(429, { 'Retry-After': '5' }),
    ];
    const times: number[] = [];
    await source.start();
    while (clock.elapsed() < 3_600_000) {
      await until('the end of the list', () => clock.waits.length, equals(1));
      clock.advance(Math.min(12_000, (clock.waits[0] ?? 0) - 1));
      if (await requestRelist(polled, String(times.length))) times.push(clock.elapsed());
      const fault = faults[times.length % 8];
      kubelet.pods = [podObject('a'), podObject(String(times.length))];
      if (fault !== undefined) kubelet.faults.push(fault);
      await nextList(polled, clock.waits[0]);
      times.push(clock.elapsed());
    }
    assert.equal(kubelet.requests.length, times.length + 1);
    assert.ok(times.length < 200, `${times.length} requests`);
    const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    assert.ok(Math.min(...gaps) >= 500, `${Math.min(...gaps)} ms between two requests`);
    assert.equal(source.index.find('uid-a')?.name, 'a');
    assert.ok(log.matching(LIST_RESUMED).length > 5);
  },
);
