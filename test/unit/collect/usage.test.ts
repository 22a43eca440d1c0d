import { strict as assert } from 'node:assert';
import { test, type TestContext } from 'node:test';
import { ephemeralStorage } from '../../../src/metrics/ephemeral-storage.ts';
import { pids } from '../../../src/metrics/pids.ts';
import type { Usage, UsageKey, UsagePod, UsageReader } from '../../../src/usage/usage-cache.ts';
import { podObject } from '../pods/pod-objects.ts';
import { CONTAINER, fakeNode, ID, PAUSE, UID, type FakeNode } from './fake-node.ts';
import { mirrorMetadata } from '../../support/pod-object.ts';

const STARTED = '2026-11-21T05:18:33Z';

/** Records the pods and keys that it receives. */
class UsageRecord implements UsageReader {
  pods: readonly UsagePod[] = [];
  readonly keys: string[] = [];
  readonly usages = new Map<string, Usage>();

  updatePods(pods: readonly UsagePod[]): void {
    this.pods = pods;
  }

  find({ uid, container = '-', type }: UsageKey, since?: number): Usage | undefined {
    this.keys.push(`${uid} ${container} ${type} ${since ?? ''}`.trim());
    return this.usages.get(`${container} ${type}`);
  }
}

function node(t: TestContext, usage?: UsageReader): FakeNode {
  const state = { running: { startedAt: STARTED } };
  const status = { containerStatuses: [{ name: 'main', containerID: `containerd://${ID}`, state }] };
  return fakeNode(t, {
    files: { [`cgroup${CONTAINER}/pids.current`]: '3\n', [`cgroup${PAUSE}/`]: '' },
    collectors: [ephemeralStorage, pids],
    pods: [podObject('web', { metadata: { uid: UID }, status })],
    ...(usage === undefined ? {} : { usage }),
  });
}

test('a scrape exports the last measurement and its time', async (t) => {
  const usage = new UsageRecord();
  usage.usages.set('main writable_layer', { bytes: 4096, time: 1_800_000_000.5 });
  usage.usages.set('- empty_dir', { bytes: 0, time: 1_800_000_001 });
  const { lines } = await node(t, usage).scrape([ephemeralStorage.name]);
  assert.deepEqual(lines, [
    'container_ephemeral_storage_bytes{namespace="shop",pod="web",container="main",type="writable_layer"} 4096',
    'container_ephemeral_storage_timestamp_seconds{namespace="shop",pod="web",container="main",type="writable_layer"} 1800000000.5',
    'pod_ephemeral_storage_bytes{namespace="shop",pod="web",type="empty_dir"} 0',
    'pod_ephemeral_storage_timestamp_seconds{namespace="shop",pod="web",type="empty_dir"} 1800000001',
  ]);
});

test('a static pod has the UID of its manifest in the paths of the kubelet, not that of its cgroup name', async (t) => {
  const usage = new UsageRecord();
  const kubeVip = fakeNode(t, {
    files: { 'cgroup/kubepods.slice/kubepods-podkube_vip.slice/pids.current': '1\n' },
    collectors: [ephemeralStorage, pids],
    pods: [podObject('vip', { metadata: mirrorMetadata('kube_vip') })],
    usage,
  });
  await kubeVip.scrape([ephemeralStorage.name]);
  assert.deepEqual(
    usage.pods.map(({ uid, record }) => [uid, record?.name]),
    [['kube_vip', 'vip']],
  );
});

test('a scrape reports the current pods and containers, without the sandbox', async (t) => {
  const usage = new UsageRecord();
  await node(t, usage).scrape([ephemeralStorage.name]);
  const [pod, ...others] = usage.pods;
  assert.deepEqual(others, []);
  assert.equal(pod?.uid, UID);
  assert.equal(pod.record?.name, 'web');
  assert.deepEqual(pod.containers, [{ name: 'main', cgroup: CONTAINER }]);
});

test('the writable layer is looked up since the last start of the container, its logs are not', async (t) => {
  const usage = new UsageRecord();
  await node(t, usage).scrape([ephemeralStorage.name]);
  assert.deepEqual(
    new Set(usage.keys),
    new Set([`${UID} main writable_layer ${Date.parse(STARTED) / 1000}`, `${UID} main logs`, `${UID} - empty_dir`]),
  );
});

test('a scrape without the collector reports no pods', async (t) => {
  const usage = new UsageRecord();
  await node(t, usage).scrape([pids.name]);
  assert.deepEqual(usage.pods, []);
});

test('without measurements there are no series, which is not a failure', async (t) => {
  const { lines, success } = await node(t).scrape([ephemeralStorage.name]);
  assert.deepEqual(lines, []);
  assert.deepEqual(success, { [ephemeralStorage.name]: true });
});
