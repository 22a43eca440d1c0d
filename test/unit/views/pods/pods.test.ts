import { strict as assert } from 'node:assert';
import { describe, test, type TestContext } from 'node:test';
import { collectors } from '../../../../src/metrics/index.ts';
import { SnapshotBuilder } from '../../../../src/snapshot/builder.ts';
import type { Scope } from '../../../../src/views/endpoint.ts';
import { PodsView } from '../../../../src/views/pods/pods.ts';
import { volumesByPod } from '../../../../src/views/pods/volumes.ts';
import { parsePodsDocument, type PodsContainer, type PodsDocument } from '../../../support/pods-document.ts';
import { noCollection, textOutput, writtenText } from '../../../support/view-text.ts';
import { CONTAINER, fakeNode, ID, PAUSE, podObject, UID, type FakeNode } from '../../collect/fake-node.ts';
import type { Files } from '../../kernel/file-tree.ts';
import { kubeletNode, runningPod, snapshotOf } from '../kubelet-node.ts';

interface Choice {
  readonly collect?: readonly string[];
  readonly scope?: Scope;
  readonly deadline?: number;
}

async function documentOf(node: FakeNode, choice: Choice = {}): Promise<PodsDocument> {
  const { collect = ['cpu', 'memory'], scope = 'node', deadline } = choice;
  const answer = new PodsView({ scope, collect: noCollection }).answer(new Set(collect));
  return parsePodsDocument(await writtenText(answer, await snapshotOf(node, answer.collectors, deadline)));
}

const document = (t: TestContext, files: Files, choice?: Choice): Promise<PodsDocument> =>
  documentOf(kubeletNode(t, files), choice);

function onlyContainer({ pods }: PodsDocument): PodsContainer {
  const [pod, ...otherPods] = pods;
  const [container, ...others] = pod?.containers ?? [];
  assert.deepEqual([otherPods, others], [[], []]);
  return container ?? assert.fail('no container');
}

const DEV =
  'Inter-|   Receive |  Transmit\n face |bytes packets errs drop\n' +
  '    lo: 1 1 1 0 0 0 0 0 1 1 1 0 0 0 0 0\n  eth0: 10 1 2 0 0 0 0 0 30 1 4 0 0 0 0 0\n';

/** The fake clock stands still at this Unix time. */
const NOW = 1000;

function succeeded(...names: readonly string[]): PodsDocument['collectors'] {
  return names.map((name) => ({ name, success: true, time_seconds: NOW, duration_seconds: 0 }));
}

describe('/api/v1/pods', () => {
  test('has the node, its pods and their containers', async (t) => {
    const { pods, containers, ...rest } = await document(t, {});
    assert.deepEqual(containers, []);
    assert.deepEqual(rest, {
      time_seconds: NOW,
      scope: 'node',
      node: {
        name: 'node1',
        cpu: { usage_seconds_total: 9 },
        memory: {
          capacity_bytes: 102_400,
          usage_bytes: 14_000,
          working_set_bytes: 11_000,
          swap_capacity_bytes: 51_200,
          swap_bytes: 30_720,
        },
      },
      collectors: succeeded('cpu', 'memory', 'node-cpu', 'node-memory'),
    });
    const memory = {
      rss_bytes: 500,
      cache_bytes: 2000,
      total_inactive_file_bytes: 1000,
      page_faults_total: 7,
      major_page_faults_total: 1,
    };
    assert.deepEqual(pods, [
      {
        namespace: 'shop',
        name: 'web-0',
        uid: UID,
        node: 'node1',
        host_network: false,
        start_time_seconds: 1_795_237_574,
        cpu: { usage_seconds_total: 3, user_seconds_total: 0, system_seconds_total: 0 },
        memory: { usage_bytes: 91_000, working_set_bytes: 90_000, ...memory },
        containers: [
          {
            name: 'app',
            type: 'app',
            id: ID,
            state: 'running',
            start_time_seconds: 1_795_237_605,
            restarts_total: 0,
            terminated_oom_total: 0,
            cpu: { usage_seconds_total: 2.5, user_seconds_total: 0, system_seconds_total: 0 },
            memory: { usage_bytes: 81_000, working_set_bytes: 80_000, ...memory },
          },
        ],
      },
    ]);
  });

  test('has what the specification and the status of a pod name', async (t) => {
    const container = {
      name: 'app',
      image: 'registry.local/app:1',
      resources: { requests: { cpu: '250m', memory: '1Mi' }, limits: { 'ephemeral-storage': '1Gi' } },
    };
    const pod = podObject({
      metadata: {
        labels: { app: 'web' },
        annotations: { note: 'x' },
        ownerReferences: [{ kind: 'StatefulSet', name: 'web', controller: true }],
      },
      spec: {
        nodeName: 'node1',
        hostNetwork: true,
        runtimeClassName: 'kata',
        priorityClassName: 'high',
        containers: [container],
      },
      status: { qosClass: 'Burstable', hostIP: '192.0.2.1', podIP: '192.0.2.2', containerStatuses: [] },
    });
    const { pods } = await documentOf(kubeletNode(t, {}, [pod]), { collect: [] });
    assert.deepEqual(pods, [
      {
        namespace: 'shop',
        name: 'web-0',
        uid: UID,
        node: 'node1',
        qos_class: 'Burstable',
        host_network: true,
        workload: { kind: 'StatefulSet', name: 'web' },
        runtime_class: 'kata',
        priority_class: 'high',
        host_ip: '192.0.2.1',
        pod_ip: '192.0.2.2',
        requests: { cpu_cores: 0.25, memory_bytes: 1048576 },
        limits: { ephemeral_storage_bytes: 1073741824 },
        labels: { app: 'web' },
        annotations: { note: 'x' },
        containers: [
          {
            name: 'app',
            type: 'app',
            image: 'registry.local/app:1',
            terminated_oom_total: 0,
            requests: { cpu_cores: 0.25, memory_bytes: 1_048_576 },
            limits: { ephemeral_storage_bytes: 1_073_741_824 },
          },
        ],
      },
    ]);
  });

  test('has devices, interfaces and page sizes with their numbers', async (t) => {
    const node = fakeNode(t, {
      files: {
        [`cgroup${CONTAINER}/cgroup.procs`]: '41\n',
        [`cgroup${CONTAINER}/io.stat`]: '8:0 rbytes=1 wbytes=2 rios=3 wios=4\n8:16 rbytes=5\n',
        [`cgroup${CONTAINER}/hugetlb.2MB.current`]: '4096\n',
        [`cgroup${CONTAINER}/hugetlb.1GB.current`]: '0\n',
        [`cgroup${PAUSE}/cgroup.procs`]: '40\n',
        'proc/partitions': 'major minor  #blocks  name\n\n   8        0   1 sda\n   8       16   1 sdb\n',
        'proc/diskstats': '   8       0 sda 1\n   8      16 sdb 1\n',
        'proc/40/net/dev': DEV,
        'proc/1/net/dev': DEV,
      },
      collectors,
      kernel: { pageSizes: ['2MB', '1GB'] },
      pods: [runningPod()],
    });
    const found = await documentOf(node, { collect: ['io', 'hugetlb', 'network'] });
    const { io, hugetlb } = onlyContainer(found);
    assert.deepEqual((io as { devices: readonly object[] }).devices.length, 2);
    assert.deepEqual(hugetlb, { usage_bytes: { '2MB': 4096, '1GB': 0 } });
    const network = found.pods[0]?.['network'] as { interfaces: unknown } | undefined;
    assert.deepEqual(network?.interfaces, [
      {
        interface: 'eth0',
        receive_bytes_total: 10,
        receive_packets_total: 1,
        receive_errors_total: 2,
        receive_packets_dropped_total: 0,
        transmit_bytes_total: 30,
        transmit_packets_total: 1,
        transmit_errors_total: 4,
        transmit_packets_dropped_total: 0,
      },
    ]);
  });

  test('has no field for a number that is not available', async (t) => {
    const { node, pods } = await document(t, { 'proc/meminfo': '', [`cgroup${CONTAINER}/memory.stat`]: '' });
    assert.deepEqual(Object.keys(node['memory'] as object), ['usage_bytes', 'working_set_bytes']);
    assert.deepEqual(pods[0]?.containers[0]?.['memory'], { usage_bytes: 81_000 });
  });

  test('has no numbers of a collector that is not selected, although another request needed them', async (t) => {
    const node = kubeletNode(t);
    const answer = new PodsView({ scope: 'node', collect: noCollection }).answer(new Set(['cpu']));
    const all = await snapshotOf(node, new Set(['cpu', 'memory', 'node-cpu', 'node-memory', 'machine', 'pids']));
    const found = parsePodsDocument(await writtenText(answer, all));
    assert.deepEqual(found.collectors, succeeded('cpu', 'node-cpu'));
    assert.deepEqual(found.node, { name: 'node1', cpu: { usage_seconds_total: 9 } });
    assert.deepEqual(Object.keys(found.pods[0] ?? {}).slice(-2), ['cpu', 'containers']);
  });

  test('reports the collectors that the deadline cut off, and has none of their numbers', async (t) => {
    const { collectors: outcomes, node, pods } = await document(t, {}, { deadline: 0 });
    assert.ok(outcomes.length === 4 && outcomes.every(({ success }) => !success));
    assert.deepEqual(node, { name: 'node1' });
    assert.deepEqual([pods.length, pods[0]?.['cpu'], pods[0]?.['memory']], [1, undefined, undefined]);
  });

  test('reports a collector that has not been read yet', async (t) => {
    const node = kubeletNode(t);
    const answer = new PodsView({ scope: 'node', collect: noCollection }).answer(new Set(['cpu', 'memory']));
    const { collectors: outcomes } = parsePodsDocument(
      await writtenText(answer, await snapshotOf(node, new Set(['cpu', 'node-cpu']))),
    );
    assert.deepEqual(
      outcomes.map(({ name, success }) => [name, success]),
      [
        ['cpu', true],
        ['memory', false],
        ['node-cpu', true],
        ['node-memory', false],
      ],
    );
  });

  const STATES = {
    waiting: { state: { waiting: { reason: 'CrashLoopBackOff' } }, reason: 'CrashLoopBackOff' },
    terminated: { state: { terminated: { exitCode: 0, reason: 'Completed' } }, reason: 'Completed' },
  };
  for (const [name, { state, reason }] of Object.entries(STATES)) {
    test(`has a container that is ${name}, without numbers if it has no cgroup`, async (t) => {
      const node = kubeletNode(t, {}, [runningPod(state)]);
      node.remove(`cgroup${CONTAINER}`);
      const container = onlyContainer(await documentOf(node));
      assert.deepEqual([container.state, container['state_reason']], [name, reason]);
      assert.equal(container['cpu'], undefined);
    });
  }

  test('without pod metadata has UIDs of pods and IDs of containers', async (t) => {
    const node = fakeNode(t, { files: { [`cgroup${CONTAINER}/pids.current`]: '2\n' }, collectors });
    const { pods } = await documentOf(node, { collect: ['pids'] });
    assert.deepEqual(pods, [{ uid: UID, containers: [{ id: ID, pids: { threads: 2 } }] }]);
  });

  test('of one pod has of the node only the name', async (t) => {
    const found = await document(t, {}, { scope: 'pod' });
    assert.deepEqual([found.scope, found.node, found.pods.length], ['pod', { name: 'node1' }, 1]);
    assert.deepEqual(found.collectors, succeeded('cpu', 'memory'));
  });

  test('has pods by namespace and name', async (t) => {
    const uidOf = (index: number): string => `${index}c48913c-b29f-11e7-9350-020968147796`;
    const names = ['c/a', 'a/b', 'b/z', 'a/a'].map((name) => name.split('/'));
    const pods = names.map(([namespace, name], index) =>
      podObject({ metadata: { namespace, name, uid: uidOf(index) } }),
    );
    const files = Object.fromEntries(
      names.map((_, index) => [`cgroup/kubepods/pod${uidOf(index)}/pids.current`, '1\n']),
    );
    const found = await documentOf(fakeNode(t, { files, collectors, pods }), { collect: ['pids'] });
    assert.deepEqual(
      found.pods.map(({ namespace, name }) => `${namespace}/${name}`),
      ['a/a', 'a/b', 'b/z', 'c/a'],
    );
  });

  test('is sent in pieces', async (t) => {
    const name = 'x'.repeat(70_000);
    const node = kubeletNode(t, {}, [podObject({ metadata: { name } })]);
    const answer = new PodsView({ scope: 'node', collect: noCollection }).answer(new Set(['cpu']));
    const output = textOutput();
    await answer.write(await snapshotOf(node, answer.collectors), output);
    assert.equal(output.pieces.length, 2);
    assert.equal(parsePodsDocument(output.text()).pods[0]?.name, name);
  });
});

describe('volumes of pods', () => {
  const LABELS = [
    ['namespace', 'shop'],
    ['pod', 'web-0'],
    ['volume', 'data'],
    ['persistentvolumeclaim', 'web'],
  ] as const;

  function volumes(t: TestContext, success = true): ReturnType<typeof volumesByPod> {
    const builder = new SnapshotBuilder(kubeletNode(t).plan);
    builder.outcomes.push({ collector: 'volumes', seconds: 0, success });
    builder.tables.set('volume', [
      {
        labels: LABELS,
        numbers: { size: 10, available: 4, used: undefined, files: Number.NaN, readonly: 1, stuck: 0 },
      },
    ]);
    builder.tables.set('volume_info', [
      { labels: [...LABELS, ['type', 'nfs'], ['fstype', 'nfs4'], ['storage', 'network']], numbers: { one: 1 } },
    ]);
    return volumesByPod(builder.finish());
  }

  test('have their numbers, and what they are made of', (t) => {
    assert.deepEqual(
      [...volumes(t)],
      [
        [
          'shop/web-0',
          [
            {
              name: 'data',
              persistentvolumeclaim: 'web',
              type: 'nfs',
              fstype: 'nfs4',
              storage: 'network',
              capacity_bytes: 10,
              available_bytes: 4,
              readonly: true,
              stuck: false,
            },
          ],
        ],
      ],
    );
  });

  test('are not there if they could not be read', (t) => assert.deepEqual([...volumes(t, false)], []));
});
