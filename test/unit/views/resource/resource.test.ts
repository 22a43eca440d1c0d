import { strict as assert } from 'node:assert';
import { describe, test, type TestContext } from 'node:test';
import { collectors, viewCollectors } from '../../../../src/metrics/index.ts';
import type { Snapshot } from '../../../../src/snapshot/snapshot.ts';
import { ResourceView } from '../../../../src/views/resource/resource.ts';
import { writtenText } from '../../../support/view-text.ts';
import type { Files } from '../../kernel/file-tree.ts';
import { CONTAINER, fakeNode, POD } from '../../collect/fake-node.ts';
import { cgroup, kubeletNode, runningPod, snapshotOf, STARTED } from '../kubelet-node.ts';

const view = new ResourceView();

async function linesOf(snapshot: Snapshot): Promise<readonly string[]> {
  const text = await writtenText(view, snapshot);
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

/** The samples of a node with these files and pods. */
async function shown(t: TestContext, files: Files = {}, pods?: readonly unknown[]): Promise<readonly string[]> {
  return linesOf(await snapshotOf(kubeletNode(t, files, pods), view.collectors));
}

const APP = '{container="app",namespace="shop",pod="web-0"}';
const WEB = '{namespace="shop",pod="web-0"}';
const AT = '1000000';

const OF_NODE = [
  `node_cpu_usage_seconds_total 9 ${AT}`,
  `node_memory_working_set_bytes 11000 ${AT}`,
  `node_swap_usage_bytes 30720 ${AT}`,
];
const OF_POD = [`pod_cpu_usage_seconds_total${WEB} 3 ${AT}`, `pod_memory_working_set_bytes${WEB} 90000 ${AT}`];
const NO_ERROR = ['resource_scrape_error 0'];

describe('/metrics/resource', () => {
  test('has containers, the node and pods, with the times of the reading', async (t) => {
    assert.deepEqual(await shown(t), [
      `container_cpu_usage_seconds_total${APP} 2.5 ${AT}`,
      `container_memory_working_set_bytes${APP} 80000 ${AT}`,
      `container_start_time_seconds${APP} ${STARTED}`,
      ...OF_NODE,
      ...OF_POD,
      ...NO_ERROR,
    ]);
  });

  test('has swap where the kernel counts it, and its limit where there is one', async (t) => {
    const lines = await shown(t, {
      [`cgroup${CONTAINER}/memory.swap.current`]: '4096\n',
      [`cgroup${CONTAINER}/memory.swap.max`]: '8192\n',
      [`cgroup${POD}/memory.swap.current`]: '5000\n',
      [`cgroup${POD}/memory.swap.max`]: 'max\n',
    });
    assert.deepEqual(
      lines.filter((line) => /^(?:pod|container)_swap/.test(line)),
      [
        `container_swap_limit_bytes${APP} 8192 ${AT}`,
        `container_swap_usage_bytes${APP} 4096 ${AT}`,
        `pod_swap_usage_bytes${WEB} 5000 ${AT}`,
      ],
    );
  });

  const INCOMPLETE: Readonly<Record<string, Files>> = {
    'no CPU time yet': cgroup(CONTAINER, 0, 80_000),
    'no memory yet': {
      [`cgroup${CONTAINER}/memory.current`]: '0\n',
      [`cgroup${CONTAINER}/memory.stat`]: 'anon 0\nkernel 0\ninactive_file 0\n',
    },
    'CPU time that cannot be read': { [`cgroup${CONTAINER}/cpu.stat`]: 'usage_usec lots\n' },
    'memory that cannot be read': { [`cgroup${CONTAINER}/memory.current`]: 'lots\n' },
  };
  for (const [what, files] of Object.entries(INCOMPLETE)) {
    test(`has nothing of a container with ${what}, not even its start time or swap`, async (t) => {
      const lines = await shown(t, { ...files, [`cgroup${CONTAINER}/memory.swap.current`]: '4096\n' });
      assert.deepEqual(lines, [...OF_NODE, ...OF_POD, ...NO_ERROR]);
    });
  }

  /** `memory.current` and `memory.stat` of the container, and the memory that is shown. */
  const FLOORED: Readonly<Record<string, readonly [current: number, stat: string, shown: number]>> = {
    'anonymous memory': [4_313_088, 'anon 3244032\nfile 4866048\nkernel 1000\ninactive_file 4866048\n', 3_244_032],
    'kernel memory without anonymous memory': [4096, 'anon 0\nkernel 1000\ninactive_file 4866048\n', 1000],
    'its usage without both': [4096, 'anon 0\nkernel 0\ninactive_file 4096\n', 4096],
    'anonymous memory without any usage': [0, 'anon 8192\nkernel 0\ninactive_file 0\n', 8192],
  };
  for (const [what, [current, stat, bytes]] of Object.entries(FLOORED)) {
    test(`has a container whose inactive page cache exceeds its usage, with ${what}`, async (t) => {
      const files = { [`cgroup${CONTAINER}/memory.current`]: `${current}\n`, [`cgroup${CONTAINER}/memory.stat`]: stat };
      assert.deepEqual(
        (await shown(t, files)).filter((line) => line.startsWith('container_')),
        [
          `container_cpu_usage_seconds_total${APP} 2.5 ${AT}`,
          `container_memory_working_set_bytes${APP} ${bytes} ${AT}`,
          `container_start_time_seconds${APP} ${STARTED}`,
        ],
      );
    });
  }

  const NOT_RUNNING = {
    terminated: { terminated: { exitCode: 0 } },
    'waiting to be restarted': { waiting: { reason: 'CrashLoopBackOff' } },
  };
  for (const [what, state] of Object.entries(NOT_RUNNING)) {
    test(`has nothing of a pod whose only container is ${what}`, async (t) => {
      assert.deepEqual(await shown(t, {}, [runningPod(state)]), [...OF_NODE, ...NO_ERROR]);
    });
  }

  test('has only the node where pods have no names', async (t) => {
    assert.deepEqual(await shown(t, {}, []), [...OF_NODE, ...NO_ERROR]);
  });

  test('has the root of v1 as the kernel counts it', async (t) => {
    const node = fakeNode(t, {
      files: {
        'cgroup/pids/cgroup.procs': '',
        'cgroup/cpuacct/cpuacct.usage': '7000000000\n',
        'cgroup/memory/memory.usage_in_bytes': '5000\n',
        'cgroup/memory/memory.stat': 'inactive_file 1\ntotal_inactive_file 2000\n',
      },
      collectors: [...collectors, ...viewCollectors],
      kernel: { version: 'v1' },
      pods: [],
    });
    assert.deepEqual(await linesOf(await snapshotOf(node, view.collectors)), [
      `node_cpu_usage_seconds_total 7 ${AT}`,
      `node_memory_working_set_bytes 3000 ${AT}`,
      ...NO_ERROR,
    ]);
  });

  test('reports that something is missing when the deadline cut it', async (t) => {
    const snapshot = await snapshotOf(kubeletNode(t), view.collectors, 0);
    assert.deepEqual(await linesOf(snapshot), ['resource_scrape_error 1']);
  });

  test('of a snapshot that is not even walked is only that', async (t) => {
    const node = kubeletNode(t);
    await node.scrape();
    assert.deepEqual(await linesOf(node.scraper.builder().finish()), ['resource_scrape_error 1']);
  });

  test('has one HELP and TYPE above each family that is there, and none above others', async (t) => {
    const snapshot = await snapshotOf(kubeletNode(t), view.collectors);
    const text = await writtenText(view, snapshot);
    const heads = text.split('\n').filter((line) => line.startsWith('# TYPE '));
    assert.deepEqual(
      heads.map((line) => line.split(' ')[2]),
      [...new Set((await linesOf(snapshot)).map((line) => /^\w+/.exec(line)?.[0]))],
    );
    assert.match(text, /^# HELP container_cpu_usage_seconds_total \[STABLE\] /);
  });

  test('asks for the collectors of which it is made', () => {
    assert.deepEqual([...view.collectors].toSorted(), ['cpu', 'memory', 'node-cpu', 'node-memory']);
  });
});
