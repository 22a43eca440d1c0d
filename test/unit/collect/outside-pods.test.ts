import { strict as assert } from 'node:assert';
import { describe, test, type TestContext } from 'node:test';
import type { Collector } from '../../../src/metrics/row.ts';
import type { Files } from '../kernel/file-tree.ts';
import { fakeNode, ID, PAUSE_ID, podObject, share, UID, type FakeNode } from './fake-node.ts';

const ROWS: Collector = {
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
  network: [
    {
      name: 'pod_network_receive_bytes_total',
      type: 'counter',
      help: 'X.',
      by: ['interface'],
      source: { file: 'net/dev', key: '0' },
    },
  ],
};

const UNDERSCORED = UID.replaceAll('-', '_');
const POD = `/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod${UNDERSCORED}.slice`;
const SLICE = `kubepods-besteffort-pod${UNDERSCORED}.slice`;

const PAUSE_PROCESS = 100;
const APP_PROCESS = 200;

/** Files of a cgroup with a process that started at its own number of ticks. */
function cgroup(path: string, threads: number, pid?: number, name = 'app'): Files {
  return {
    [`cgroup${path}/pids.current`]: `${threads}\n`,
    [`cgroup${path}/cgroup.procs`]: pid === undefined ? '' : `${pid}\n`,
    ...(pid === undefined
      ? {}
      : { [`proc/${pid}/stat`]: `${pid} (${name}) S 1 7 7 0 -1 0 0 0 0 0 1 2 0 0 20 0 1 0 ${pid} 100 20\n` }),
  };
}

const NETWORK = { [`proc/${PAUSE_PROCESS}/net/dev`]: 'head\n head\n  eth0: 100 1 0 0 0 0 0 0 5 1\n' };

/** A node with the pod's own cgroup, which is empty unless `inside` has files of it, and other cgroups. */
function nodeOf(t: TestContext, others: readonly Files[], pods: readonly unknown[] = [podObject()]): FakeNode {
  const node = fakeNode(t, {
    files: { ...cgroup(POD, 9), ...NETWORK, ...Object.fromEntries(others.flatMap((files) => Object.entries(files))) },
    collectors: [ROWS],
    pods,
  });
  share(node, APP_PROCESS, PAUSE_PROCESS);
  return node;
}

async function linesOf(node: FakeNode): Promise<readonly string[]> {
  const { lines } = await node.scrape();
  return lines.filter((line) => !line.startsWith('cgroup_threads{cgroup="/kubepods') && !line.includes('cgroup="/"'));
}

const NAMES = 'namespace="shop",pod="web-0"';
const COMPLETE = [
  `container_threads{${NAMES},container="app"} 4`,
  `pod_threads{${NAMES}} 9`,
  `pod_network_receive_bytes_total{${NAMES},interface="eth0"} 100`,
];

/** Where the cgroup of a container is, and whether that of the sandbox is there too. */
const LAYOUTS: Readonly<Record<string, { readonly prefix: string; readonly suffix?: string; readonly alone?: true }>> =
  {
    'at the top, in the notation of the systemd driver': { prefix: `/${SLICE}:cri-containerd:` },
    'in a service, in the notation of the systemd driver': {
      prefix: `/system.slice/containerd.service/${SLICE}:cri-containerd:`,
    },
    'in system.slice, without the sandbox': { prefix: `/system.slice/${SLICE}:cri-containerd:`, alone: true },
    'in kubepods, in the notation of the systemd driver': {
      prefix: `/kubepods.slice/kubepods-besteffort.slice/${SLICE}:crio:`,
    },
    'at the top, named by CRI-O': { prefix: '/crio-' },
    'in a slice of pods for the cgroupfs driver of docker': { prefix: `/${SLICE}/` },
    'in system.slice, named by docker, without the sandbox': {
      prefix: '/system.slice/docker-',
      suffix: '.scope',
      alone: true,
    },
    'in machine.slice, named by podman, without the sandbox': {
      prefix: '/machine.slice/libpod-',
      suffix: '.scope',
      alone: true,
    },
    'in the group of the CRI plugin, without the sandbox': { prefix: '/k8s.io/', alone: true },
  };

describe('a container outside of the cgroup of its pod', () => {
  for (const [where, { prefix, suffix = '', alone = false }] of Object.entries(LAYOUTS)) {
    test(`is found ${where}, with the network of its pod`, async (t) => {
      const sandbox = alone ? `${POD}/cri-containerd-${PAUSE_ID}.scope` : `${prefix}${PAUSE_ID}${suffix}`;
      const node = nodeOf(t, [
        cgroup(sandbox, 1, PAUSE_PROCESS, 'pause'),
        cgroup(`${prefix}${ID}${suffix}`, 4, APP_PROCESS),
      ]);
      const { counts, notices } = await node.scrape();
      assert.deepEqual(
        (await linesOf(node)).filter((line) => !line.startsWith('cgroup_')),
        COMPLETE,
      );
      assert.deepEqual([counts.container, counts.pause, counts.unmatched], [1, 1, 0]);
      assert.deepEqual(notices, []);
    });
  }

  test('has no series of the level of cgroups', async (t) => {
    const node = nodeOf(t, [cgroup(`/crio-${ID}`, 4, APP_PROCESS), cgroup('/crio-other', 3)]);
    const { lines } = await node.scrape();
    assert.deepEqual(
      lines.filter((line) => line.includes('crio-')),
      ['cgroup_threads{cgroup="/crio-other"} 3'],
    );
  });

  test('is the same one in the next scrape, and gone when its cgroup is', async (t) => {
    const path = `/crio-${ID}`;
    const node = nodeOf(t, [cgroup(path, 4, APP_PROCESS)]);
    await node.scrape();
    node.write({ [`cgroup${path}/pids.current`]: '5\n' });
    assert.ok((await linesOf(node)).includes(`container_threads{${NAMES},container="app"} 5`));
    node.remove(`cgroup${path}`);
    assert.deepEqual(await linesOf(node), [`pod_threads{${NAMES}} 9`]);
  });

  test('is read once if the cgroup of its pod has two with its ID', async (t) => {
    const node = nodeOf(t, [
      cgroup(`${POD}/cri-containerd-${ID}.scope`, 4, APP_PROCESS),
      cgroup(`${POD}/crio-${ID}`, 4),
    ]);
    const { lines, counts } = await node.scrape();
    assert.deepEqual(
      lines.filter((line) => line.startsWith('container_')),
      [`container_threads{${NAMES},container="app"} 4`],
    );
    assert.deepEqual([counts.container, counts.duplicate], [1, 1]);
  });

  test('is found where its pod has no cgroup at all, as with cgroupsPerQOS: false', async (t) => {
    const files = [cgroup(`/crio-${ID}`, 4, APP_PROCESS), cgroup(`/crio-${PAUSE_ID}`, 1, PAUSE_PROCESS, 'pause')];
    const node = nodeOf(t, files);
    node.remove('cgroup/kubepods.slice');
    const { missing, errors } = await node.scrape();
    assert.deepEqual(
      await linesOf(node),
      COMPLETE.filter((line) => !line.startsWith('pod_threads')),
    );
    assert.deepEqual([missing, errors], [['web-0'], {}]);
  });

  for (const path of [`/machine.slice/a.scope/cri-containerd-${ID}.scope`, `/system.slice/a.service/${ID}`]) {
    test(`does not replace the one in the cgroup of its pod: ${path.replace(ID, '<id>')}`, async (t) => {
      const own = `${POD}/cri-containerd-${ID}.scope`;
      const node = nodeOf(t, [cgroup(own, 4, APP_PROCESS), cgroup(path, 66, 300)]);
      const { lines, counts, notices } = await node.scrape();
      assert.deepEqual(
        lines.filter((line) => line.startsWith('container_threads')),
        [`container_threads{${NAMES},container="app"} 4`],
      );
      assert.equal(counts.duplicate, 1);
      assert.deepEqual(
        notices.map(({ message }) => message),
        ['skipped duplicate cgroups of pods and containers'],
      );
    });
  }

  test('is read once if two cgroups have its ID, that of Kubernetes', async (t) => {
    const node = nodeOf(t, [
      cgroup(`/a.service/${ID}`, 66, 300),
      cgroup(`/${SLICE}:cri-containerd:${ID}`, 4, APP_PROCESS),
    ]);
    const { lines } = await node.scrape();
    assert.deepEqual(
      lines.filter((line) => line.startsWith('container_threads')),
      [`container_threads{${NAMES},container="app"} 4`],
    );
  });

  const UNKNOWN_POD = `/kubepods-pod${'0'.repeat(8)}.slice:cri-containerd:${ID}`;
  for (const path of [UNKNOWN_POD, `/system.slice/crio-${ID}.scope`, `/system.slice${UNKNOWN_POD}`]) {
    test(`is unmatched if no status has it: ${path.replace(ID, '<id>')}`, async (t) => {
      const { unmatched, counts } = await nodeOf(t, [cgroup(path, 4)], []).scrape();
      assert.deepEqual(unmatched.toSorted(), [UID, ID].toSorted());
      assert.equal(counts.unmatched, 2);
    });
  }

  test('is unmatched if it runs in the network of the node, which shows no pod', async (t) => {
    const node = nodeOf(t, [cgroup(`/crio-${ID}`, 4, APP_PROCESS), cgroup(`/crio-${PAUSE_ID}`, 1, 300, 'sleep')]);
    share(node, 1, PAUSE_PROCESS);
    share(node, 300, PAUSE_PROCESS);
    assert.deepEqual((await node.scrape()).unmatched, [PAUSE_ID]);
  });

  test('is not expected to be the one of another program', async (t) => {
    const other = 'c'.repeat(64);
    const places = [`/system.slice/docker-${other}.scope`, `/docker/${other}`];
    const node = nodeOf(
      t,
      places.map((path) => cgroup(path, 4, APP_PROCESS)),
    );
    const { unmatched, lines } = await node.scrape();
    assert.deepEqual(unmatched, []);
    assert.ok(lines.includes(`pod_threads{${NAMES}} 9`));
  });
});
