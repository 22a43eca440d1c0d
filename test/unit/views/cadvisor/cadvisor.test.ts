import { strict as assert } from 'node:assert';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { collectors, viewCollectors } from '../../../../src/metrics/index.ts';
import { CadvisorView } from '../../../../src/views/cadvisor/cadvisor.ts';
import type { CompatOptions } from '../../../../src/views/endpoint-definition.ts';
import { writtenText } from '../../../support/view-text.ts';
import type { Files } from '../../kernel/file-tree.ts';
import {
  CONTAINER,
  fakeNode,
  ID,
  PAUSE,
  PAUSE_ID,
  POD,
  podObject,
  UID,
  type FakeNode,
} from '../../collect/fake-node.ts';
import { cgroup, kubeletNode, runningPod, snapshotOf, STARTED } from '../kubelet-node.ts';

const COMPAT: CompatOptions = { zeros: false, kubeletMinor: 37, pauseImage: 'pause:3', hostNetwork: false };

async function linesOf(
  node: FakeNode,
  compat: Partial<CompatOptions> = {},
  { timestamps = false, deadline = Infinity } = {},
): Promise<readonly string[]> {
  const { plan } = node;
  const view = new CadvisorView({ plan, compat: { ...COMPAT, ...compat }, version: 'test' });
  const answer = view.answer({ timestamps });
  const text = await writtenText(answer, await snapshotOf(node, answer.collectors, deadline));
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

function family(lines: readonly string[], name: string): readonly string[] {
  return lines.filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
}

/** The labels of a row, as they are written. */
function row(id: string, { container = '', image = '', name = '', pod = 'web-0' } = {}): string {
  const namespace = pod === '' ? '' : 'shop';
  return `container="${container}",id="${id}",image="${image}",name="${name}",namespace="${namespace}",pod="${pod}"`;
}

const APP = row(CONTAINER, { container: 'app', name: ID });
const SANDBOX = row(PAUSE, { image: 'pause:3', name: PAUSE_ID });
const WEB = row(POD);
const ROOT = row('/', { pod: '' });
const KUBEPODS = row('/kubepods', { pod: '' });

const MEMORY = 'container_memory_working_set_bytes';

describe('/metrics/cadvisor', () => {
  test('has a row for the root, kubepods, the pod, its sandbox and its container', async (t) => {
    const files = { ...cgroup(PAUSE, 1_000_000, 5000), ...cgroup('/kubepods', 4_000_000, 95_000) };
    const lines = await linesOf(kubeletNode(t, files));
    assert.deepEqual(family(lines, MEMORY), [
      `${MEMORY}{${APP}} 80000`,
      `${MEMORY}{${SANDBOX}} 5000`,
      `${MEMORY}{${WEB}} 90000`,
      `${MEMORY}{${ROOT}} 11000`,
      `${MEMORY}{${KUBEPODS}} 95000`,
    ]);
    assert.deepEqual(family(lines, 'container_cpu_usage_seconds_total').slice(0, 1), [
      `container_cpu_usage_seconds_total{${APP},cpu="total"} 2.5`,
    ]);
    assert.deepEqual(family(lines, 'container_memory_failures_total').slice(0, 2), [
      `container_memory_failures_total{${APP},failure_type="pgfault",scope="container"} 7`,
      `container_memory_failures_total{${SANDBOX},failure_type="pgfault",scope="container"} 7`,
    ]);
  });

  test('calls containers of CRI-O as Docker did, and their sandbox POD', async (t) => {
    const files = Object.fromEntries(
      [POD, `${POD}/crio-${ID}.scope`, `${POD}/crio-${PAUSE_ID}.scope`].flatMap((path) =>
        Object.entries(cgroup(path, 1, 1)),
      ),
    );
    // CRI-O may run pods without a sandbox, so that only the process shows that there is one.
    const pause = {
      [`cgroup${POD}/crio-${PAUSE_ID}.scope/cgroup.procs`]: '40\n',
      'proc/40/stat': '40 (pause) S 1 7 7 0 -1 0 0 0 0 0 1 2 0 0 20 0 1 0 10 100 20\n',
    };
    const all = { ...files, ...pause };
    const node = fakeNode(t, { files: all, collectors: [...collectors, ...viewCollectors], pods: [runningPod()] });
    assert.deepEqual(family(await linesOf(node), MEMORY), [
      `${MEMORY}{${row(`${POD}/crio-${ID}.scope`, { container: 'app', name: `k8s_app_web-0_shop_${UID}_0` })}} 1`,
      `${MEMORY}{${row(`${POD}/crio-${PAUSE_ID}.scope`, { container: 'POD', image: 'pause:3', name: `k8s_POD_web-0_shop_${UID}_0` })}} 1`,
      `${MEMORY}{${WEB}} 1`,
    ]);
  });

  test('writes 0 for no limit, and nothing for a limit that is not to be read', async (t) => {
    const files = { [`cgroup${CONTAINER}/memory.max`]: 'max\n', [`cgroup${POD}/memory.max`]: '4096\n' };
    const limits = family(await linesOf(kubeletNode(t, files)), 'container_spec_memory_limit_bytes');
    assert.deepEqual(limits, [
      `container_spec_memory_limit_bytes{${APP}} 0`,
      `container_spec_memory_limit_bytes{${WEB}} 4096`,
      `container_spec_memory_limit_bytes{${ROOT}} 102400`,
    ]);
  });

  test('has the shares of the request if they give the weight by either conversion, otherwise those of the weight', async (t) => {
    const shares = async (cpu: string, container: number, pod: number): Promise<readonly string[]> => {
      const files = {
        ...cgroup(PAUSE, 1, 1),
        [`cgroup${PAUSE}/cpu.weight`]: '1\n',
        [`cgroup${CONTAINER}/cpu.weight`]: `${container}\n`,
        [`cgroup${POD}/cpu.weight`]: `${pod}\n`,
      };
      const containers = [{ name: 'app', resources: { requests: { cpu } } }];
      const of = { ...(runningPod() as object), spec: { nodeName: 'node1', containers } };
      return family(await linesOf(kubeletNode(t, files, [of])), 'container_spec_cpu_shares');
    };
    const lines = (container: number, pod: number): readonly string[] => [
      `container_spec_cpu_shares{${APP}} ${container}`,
      `container_spec_cpu_shares{${SANDBOX}} 2`,
      `container_spec_cpu_shares{${WEB}} ${pod}`,
    ];
    // 100m is a weight of 4 from the kubelet and older runtimes, and of 17 from runc 1.5.
    assert.deepEqual(await shares('100m', 17, 4), lines(102, 102));
    assert.deepEqual(await shares('100m', 4, 4), lines(102, 102));
    assert.deepEqual(await shares('100m', 40, 40), lines(1024, 1024));
  });

  test('has the shares that the kubelet sets with pod-level resources, and for a pod without requests', async (t) => {
    const shares = async (spec: object, status: object, weights: readonly [number, number]) => {
      const files = {
        [`cgroup${CONTAINER}/cpu.weight`]: `${weights[0]}\n`,
        [`cgroup${POD}/cpu.weight`]: `${weights[1]}\n`,
      };
      const running = runningPod() as { status: object };
      const of = { ...running, spec: { nodeName: 'node1', ...spec }, status: { ...running.status, ...status } };
      return family(await linesOf(kubeletNode(t, files, [of])), 'container_spec_cpu_shares').map(
        (line) => line.split(' ')[1],
      );
    };
    const resources = { requests: { cpu: '1' }, limits: { cpu: '2' } };
    // A container without a request has shares by the limit of its pod.
    assert.deepEqual(await shares({ containers: [{ name: 'app' }], resources }, {}, [79, 39]), ['2048', '1024']);
    assert.deepEqual(await shares({ containers: [{ name: 'app' }] }, { qosClass: 'BestEffort' }, [1, 1]), ['2', '2']);
  });

  test('puts the network in the row of the sandbox, and the node in that of the root', async (t) => {
    const lines = await linesOf(networkNode(t, podObject()));
    assert.deepEqual(family(lines, 'container_network_receive_bytes_total'), [
      `container_network_receive_bytes_total{${SANDBOX},interface="eth0"} 11`,
      `container_network_receive_bytes_total{${ROOT},interface="eth0"} 77`,
    ]);
  });

  test('repeats the node for a pod on its network only if asked to', async (t) => {
    const pod = podObject({ spec: { hostNetwork: true } });
    const name = 'container_network_receive_bytes_total';
    const node = networkNode(t, pod);
    const ofRoot = `${name}{${ROOT},interface="eth0"} 77`;
    assert.deepEqual(family(await linesOf(node), name), [ofRoot]);
    assert.deepEqual(family(await linesOf(node, { hostNetwork: true }), name), [
      ofRoot,
      `${name}{${SANDBOX},interface="eth0"} 77`,
    ]);
  });

  test('reports the start of the first process, and that of Kubernetes where there is none', async (t) => {
    const stat = `7 (app) S ${Array.from({ length: 18 }, () => 0).join(' ')} 500 0`;
    const files: Files = {
      'proc/stat': 'btime 1795237000\n',
      'proc/7/stat': `${stat}\n`,
      'proc/7/limits': 'Max open files            1024                 4096                 files\n',
      [`cgroup${CONTAINER}/cgroup.procs`]: '7\n',
    };
    const seen = await linesOf(kubeletNode(t, files));
    assert.deepEqual(family(seen, 'container_start_time_seconds').slice(0, 1), [
      `container_start_time_seconds{${APP}} 1795237005`,
    ]);
    assert.deepEqual(family(seen, 'container_ulimits_soft'), [
      `container_ulimits_soft{${APP},ulimit="max_open_files"} 1024`,
    ]);
    const unseen = await linesOf(kubeletNode(t));
    assert.deepEqual(family(unseen, 'container_start_time_seconds').slice(0, 1), [
      `container_start_time_seconds{${APP}} ${STARTED}`,
    ]);
  });

  test('the root has the disks of the machine, in seconds, NVMe too', async (t) => {
    const files = { 'proc/diskstats': ' 259 0 nvme0n1 1 2 3 4000 5 6 7 8000 9 10000 11000\n' };
    const lines = await linesOf(kubeletNode(t, files));
    const device = `{${ROOT},device="/dev/nvme0n1"}`;
    assert.deepEqual(family(lines, 'container_fs_read_seconds_total'), [`container_fs_read_seconds_total${device} 4`]);
    assert.deepEqual(family(lines, 'container_fs_io_time_seconds_total'), [
      `container_fs_io_time_seconds_total${device} 10`,
    ]);
    assert.deepEqual(family(lines, 'container_fs_reads_bytes_total'), [`container_fs_reads_bytes_total${device} 1536`]);
  });

  test('has what is always 0 only if asked to, and not for what could not be read', async (t) => {
    const node = kubeletNode(t);
    assert.deepEqual(family(await linesOf(node, { kubeletMinor: 36 }), 'container_tasks_state'), []);
    const lines = await linesOf(node, { zeros: true });
    assert.deepEqual(family(lines, 'container_tasks_state'), []);
    const older = family(await linesOf(node, { zeros: true, kubeletMinor: 36 }), 'container_tasks_state');
    assert.ok(older.length > 0 && older.length % 5 === 0);
    assert.ok(family(lines, 'container_memory_pgscan_total').every((line) => line.endsWith(' 0')));
    const late = await linesOf(node, { zeros: true }, { deadline: 0 });
    assert.deepEqual(family(late, 'container_memory_pgscan_total'), []);
    assert.deepEqual(family(late, 'container_scrape_error'), ['container_scrape_error 1']);
  });

  test('has no file systems where statfs is not permitted', async (t) => {
    const without = collectors.filter(({ name }) => name !== 'filesystem');
    const node = fakeNode(t, {
      files: cgroup(POD, 1, 1),
      collectors: [...without, ...viewCollectors],
      pods: [runningPod()],
    });
    assert.deepEqual(family(await linesOf(node), 'container_scrape_error'), ['container_scrape_error 0']);
  });

  test('has times of the reading if asked to, but not on what is no measurement', async (t) => {
    const lines = await linesOf(kubeletNode(t), {}, { timestamps: true });
    assert.deepEqual(family(lines, MEMORY).slice(0, 1), [`${MEMORY}{${APP}} 80000 1000000`]);
    assert.deepEqual(family(lines, 'container_spec_memory_limit_bytes').slice(0, 1), [
      `container_spec_memory_limit_bytes{${ROOT}} 102400`,
    ]);
    assert.deepEqual(family(lines, 'container_scrape_error'), ['container_scrape_error 0']);
  });
});

/** A pod whose first process is in another network namespace than the node's. */
function networkNode(t: TestContext, pod: unknown): FakeNode {
  const dev = (bytes: number): string => `head\nhead\n  eth0: ${bytes} 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n`;
  const files: Files = {
    'proc/1/net/dev': dev(77),
    'proc/7/net/dev': dev(11),
    'proc/7/stat': `7 (pause) S ${Array.from({ length: 18 }, () => 0).join(' ')} 500 0\n`,
    ...cgroup(PAUSE, 1, 1),
    [`cgroup${PAUSE}/cgroup.procs`]: '7\n',
  };
  const node = kubeletNode(t, files, [pod]);
  mkdirSync(join(node.root, 'proc/self/ns'), { recursive: true });
  // As in the machine's own namespace of processes.
  symlinkSync('pid:[4026531836]', join(node.root, 'proc/self/ns/pid'));
  return node;
}
