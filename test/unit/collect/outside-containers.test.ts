import { strict as assert } from 'node:assert';
import { describe, test, type TestContext } from 'node:test';
import type { ContainerNames } from '../../../src/engine/engines.ts';
import type { OutsideRecord } from '../../../src/engine/outside-record.ts';
import { collectors } from '../../../src/metrics/index.ts';
import type { Files } from '../kernel/file-tree.ts';
import { fakeNode, ID, podObject, share, UID, type FakeNode } from './fake-node.ts';

const OTHER_ID = 'd'.repeat(64);
const POD = `/kubepods/besteffort/pod${UID}`;
const SHORT = ID.slice(0, 12);
const OTHER_SHORT = OTHER_ID.slice(0, 12);

const FROM_KERNEL = collectors.filter(({ name }) => ['cpu', 'pids', 'network', 'info'].includes(name));

/** A cgroup with a process that started at `pid` ticks. */
function cgroup(path: string, pid: number): Files {
  return {
    [`cgroup${path}/pids.current`]: `${pid}\n`,
    [`cgroup${path}/cgroup.procs`]: `${pid}\n`,
    [`proc/${pid}/stat`]: `${pid} (app) S 1 7 7 0 -1 0 0 0 0 0 1 2 0 0 20 0 1 0 ${pid} 100 20\n`,
  };
}

function network(pid: number, received: number): Files {
  return { [`proc/${pid}/net/dev`]: `head\n head\n  eth0: ${received} 1 0 0 0 0 0 0 5 1\n` };
}

function nodeOf(t: TestContext, files: readonly Files[], pods?: readonly unknown[], names?: ContainerNames): FakeNode {
  return fakeNode(t, {
    files: Object.fromEntries(files.flatMap((each) => Object.entries(each))),
    collectors: FROM_KERNEL,
    ...(pods === undefined ? {} : { pods }),
    ...(names === undefined ? {} : { names }),
  });
}

/** The series of threads, of bytes received, and of information. */
async function linesOf(node: FakeNode): Promise<readonly string[]> {
  const { lines } = await node.scrape();
  return lines.filter((line) => /^(?:container_threads|container_info|\w+_network_receive_bytes_total)\{/.test(line));
}

describe('a container outside of pods', () => {
  test('has the families of containers and of networks, with its short ID and no label of a pod', async (t) => {
    const node = nodeOf(t, [cgroup(`/docker/${ID}`, 200), network(200, 7), network(1, 9)]);
    assert.deepEqual(await linesOf(node), [
      `container_threads{container="${SHORT}"} 200`,
      `container_network_receive_bytes_total{container="${SHORT}",interface="eth0"} 7`,
      `container_info{container="${SHORT}",container_id="${ID}"} 1`,
    ]);
  });

  test('is found beside pods, and counted by a kind of its own', async (t) => {
    const node = nodeOf(t, [cgroup(`${POD}/${ID}`, 100), cgroup(`/docker/${OTHER_ID}`, 200)], [podObject()]);
    const { counts, unmatched } = await node.scrape();
    assert.deepEqual([counts.container, counts.outside, unmatched], [1, 1, []]);
    assert.deepEqual(
      (await linesOf(node)).filter((line) => line.startsWith('container_threads')),
      [
        'container_threads{namespace="shop",pod="web-0",container="app"} 100',
        `container_threads{container="${OTHER_SHORT}"} 200`,
      ],
    );
  });

  test('is not exported until a pod is known, because it may be a container of a pod', async (t) => {
    const node = nodeOf(t, [cgroup(`/docker/${OTHER_ID}`, 200)], []);
    assert.deepEqual(await linesOf(node), []);
    node.index.replace([podObject()]);
    assert.equal((await linesOf(node))[0], `container_threads{container="${OTHER_SHORT}"} 200`);
  });

  test('is exported once if several cgroups have its ID, and not for those in its cgroup', async (t) => {
    const files = [
      cgroup(`/docker/${ID}`, 200),
      cgroup(`/user.slice/a/${ID}`, 300),
      cgroup(`/docker/${ID}/docker/${OTHER_ID}`, 400),
    ];
    assert.deepEqual(
      (await linesOf(nodeOf(t, files))).filter((line) => line.startsWith('container_threads')),
      [`container_threads{container="${SHORT}"} 200`],
    );
  });

  test('is no container of a pod because its parent is called podman', async (t) => {
    const node = nodeOf(t, [cgroup(`/podman/${ID}`, 200)]);
    assert.equal((await linesOf(node))[0], `container_threads{container="${SHORT}"} 200`);
  });

  test('has its whole ID as its name if another container has the same short ID', async (t) => {
    const similar = SHORT.padEnd(64, '0');
    const node = nodeOf(t, [cgroup(`/docker/${ID}`, 200), cgroup(`/user.slice/a/${similar}`, 300)]);
    assert.deepEqual(
      (await linesOf(node)).filter((line) => line.startsWith('container_threads')),
      [`container_threads{container="${SHORT}"} 200`, `container_threads{container="${similar}"} 300`],
    );
  });

  test('is not exported if it is a node whose pods are', async (t) => {
    const node = nodeOf(t, [cgroup(`/docker/${OTHER_ID}`, 200), cgroup(`/docker/${OTHER_ID}${POD}/${ID}`, 100)]);
    assert.deepEqual(await linesOf(node), [`container_threads{namespace="",pod="${UID}",container="${SHORT}"} 100`]);
  });

  test('has no network if it is that of the host, and one of two that share a namespace has it', async (t) => {
    const files = [cgroup(`/docker/${ID}`, 300), cgroup(`/docker/${OTHER_ID}`, 200), network(1, 9)];
    const node = nodeOf(t, files);
    const bytes = async (): Promise<readonly string[]> =>
      (await linesOf(node)).filter((line) => line.startsWith('container_network'));
    share(node, 300, 1);
    node.write(network(200, 5));
    assert.deepEqual(await bytes(), [
      `container_network_receive_bytes_total{container="${OTHER_SHORT}",interface="eth0"} 5`,
    ]);
    node.remove('proc/300/net');
    share(node, 300, 200);
    assert.deepEqual(await bytes(), [
      `container_network_receive_bytes_total{container="${OTHER_SHORT}",interface="eth0"} 5`,
    ]);
  });

  test('is warned about if none shows its network', async (t) => {
    const { notices } = await nodeOf(t, [cgroup(`/docker/${ID}`, 200)]).scrape();
    assert.deepEqual(notices, [
      {
        message: 'cannot read the network of containers',
        fields: { cause: 'no process of a container is visible', hint: 'run with --pid=host' },
      },
    ]);
  });

  const RECORD: OutsideRecord = {
    id: ID,
    name: 'web',
    image: 'busybox:1',
    imageId: 'sha256:0123',
    runtime: 'docker',
    composeProject: 'shop',
    composeService: 'cart',
    createdAt: 1000,
    labels: { 'app.kubernetes.io/tier': 'front' },
  };

  /** Names of an engine that has these records and is asked for others. */
  function namesOf(records: readonly OutsideRecord[], other?: 'pending'): ContainerNames {
    return { find: (id) => records.find((record) => record.id === id) ?? other, retain: () => {} };
  }

  test('has the name and the facts that its engine reports', async (t) => {
    const node = nodeOf(
      t,
      [cgroup(`/docker/${ID}`, 200), cgroup(`/docker/${OTHER_ID}`, 300)],
      undefined,
      namesOf([RECORD]),
    );
    assert.deepEqual(
      (await linesOf(node)).filter((line) => line.startsWith('container_info')),
      [
        `container_info{container="web",container_id="${ID}",image="busybox:1",image_id="sha256:0123",runtime="docker",compose_project="shop",compose_service="cart",label_app_kubernetes_io_tier="front"} 1`,
        `container_info{container="${OTHER_SHORT}",container_id="${OTHER_ID}"} 1`,
      ],
    );
  });

  test('is not exported while its engine is asked for its name', async (t) => {
    const files = [cgroup(`/docker/${ID}`, 200), cgroup(`/docker/${OTHER_ID}`, 300)];
    const node = nodeOf(t, files, undefined, namesOf([RECORD], 'pending'));
    assert.deepEqual(
      (await linesOf(node)).filter((line) => line.startsWith('container_threads')),
      ['container_threads{container="web"} 200'],
    );
  });

  test('keeps its name if another one with the same name is older, which gets its short ID', async (t) => {
    const files = [cgroup(`/docker/${ID}`, 200), cgroup(`/docker/${OTHER_ID}`, 300)];
    const names = namesOf([RECORD, { ...RECORD, id: OTHER_ID, createdAt: 2000 }]);
    assert.deepEqual(
      (await linesOf(nodeOf(t, files, undefined, names))).filter((line) => line.startsWith('container_threads')),
      ['container_threads{container="web"} 300', `container_threads{container="${SHORT}"} 200`],
    );
  });
});
