import { strict as assert } from 'node:assert';
import { utimesSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { collectors, viewCollectors } from '../../../../src/metrics/index.ts';
import type { CpuUsage } from '../../../../src/snapshot/cpu-usage.ts';
import type { Snapshot } from '../../../../src/snapshot/snapshot.ts';
import type { SnapshotAnswer } from '../../../../src/views/endpoint.ts';
import { SummaryView } from '../../../../src/views/summary/summary.ts';
import { parseSummary, type Summary } from '../../../support/summary-schema.ts';
import { writtenText } from '../../../support/view-text.ts';
import type { Files } from '../../kernel/file-tree.ts';
import { CONTAINER, fakeNode, PAUSE, POD, podObject, UID, type FakeNode } from '../../collect/fake-node.ts';
import { cgroup, kubeletNode, runningPod, snapshotOf } from '../kubelet-node.ts';
import { mirrorMetadata } from '../../../support/pod-object.ts';

/** The answer for a node without CPU usage, unless that is given. */
function answerOf(
  { onlyCpuAndMemory = false, usage = () => new Map() }: Pick<Asked, 'onlyCpuAndMemory' | 'usage'>,
  nodeName = 'node1',
): SnapshotAnswer {
  const cpuUsage = (snapshot: Snapshot): Promise<CpuUsage> => Promise.resolve(usage(snapshot));
  return new SummaryView({ cpuUsage, ...(nodeName === '' ? {} : { nodeName }) }).answer({ onlyCpuAndMemory });
}

interface Asked {
  readonly onlyCpuAndMemory?: boolean;
  readonly usage?: (snapshot: Snapshot) => CpuUsage;
  readonly deadline?: number;
}

async function summaryOf(node: FakeNode, asked: Asked = {}): Promise<Summary> {
  const answer = answerOf(asked);
  return parseSummary(await writtenText(answer, await snapshotOf(node, answer.collectors, asked.deadline)));
}

const summary = (t: TestContext, files?: Files, asked?: Asked): Promise<Summary> =>
  summaryOf(kubeletNode(t, files), asked);

/** The fake clock stands at 1,000,000 ms. */
const NOW = '1970-01-01T00:16:40Z';

const PRESSURE = 'some avg10=1.50 avg60=0.25 avg300=0.00 total=1234\nfull avg10=0.00 avg60=0.00 avg300=0.01 total=5\n';
const PSI = {
  full: { total: 5, avg10: 0, avg60: 0, avg300: 0.01 },
  some: { total: 1234, avg10: 1.5, avg60: 0.25, avg300: 0 },
};

function pressure(path: string): Files {
  return Object.fromEntries(['cpu', 'memory', 'io'].map((name) => [`cgroup${path}/${name}.pressure`, PRESSURE]));
}

const DEV =
  'Inter-|   Receive |  Transmit\n face |bytes packets errs\n' +
  '    lo: 1 1 1 0 0 0 0 0 1 1 1 0 0 0 0 0\n' +
  ' veth1: 1 1 1 0 0 0 0 0 1 1 1 0 0 0 0 0\n' +
  '  ens5: 10 1 2 0 0 0 0 0 30 1 4 0 0 0 0 0\n';

/** Everything that is told of a node, with a limit for the container and none for the pod. */
const EVERYTHING: Files = {
  ...pressure(''),
  ...pressure(POD),
  ...pressure(CONTAINER),
  [`cgroup${CONTAINER}/memory.max`]: '100000\n',
  [`cgroup${CONTAINER}/memory.swap.current`]: '4096\n',
  [`cgroup${CONTAINER}/memory.swap.max`]: '8192\n',
  [`cgroup${CONTAINER}/cgroup.procs`]: '41\n42\n43\n',
  [`cgroup${PAUSE}/cgroup.procs`]: '40\n',
  'proc/40/net/dev': DEV.replace('ens5', 'eth0'),
  'proc/1/net/dev': DEV,
  'proc/stat': 'cpu  1 2 3\nbtime 1795237320\n',
  'proc/loadavg': '2.12 3.25 2.46 3/468 2099\n',
  'proc/sys/kernel/pid_max': '4194304\n',
  'proc/sys/kernel/threads-max': '31338\n',
};

describe('/stats/summary', () => {
  test('has everything in the schema that the kernel reports', async (t) => {
    const usage = (snapshot: Snapshot): CpuUsage =>
      new Map(
        [...snapshot.subjects.container, ...snapshot.subjects.pod, ...snapshot.subjects.node].map(({ id }, index) => [
          id,
          index * 1000 + 0.4,
        ]),
      );
    const interfaces = [{ name: 'eth0', rxBytes: 10, rxErrors: 2, txBytes: 30, txErrors: 4 }];
    const faults = { pageFaults: 7, majorPageFaults: 1 };
    assert.deepEqual(await summary(t, EVERYTHING, { usage }), {
      node: {
        nodeName: 'node1',
        systemContainers: [],
        startTime: '2026-11-21T05:02:00Z',
        cpu: { time: NOW, usageNanoCores: 2000, usageCoreNanoSeconds: 9_000_000_000, psi: PSI },
        memory: {
          time: NOW,
          availableBytes: 102_400 - 11_000,
          usageBytes: 14_000,
          workingSetBytes: 11_000,
          rssBytes: 10_000,
          pageFaults: 70,
          majorPageFaults: 10,
          psi: PSI,
        },
        io: { time: NOW, psi: PSI },
        swap: { time: NOW, swapAvailableBytes: 20_480, swapUsageBytes: 30_720 },
        network: { time: NOW, interfaces: [{ ...interfaces[0], name: 'ens5' }] },
        rlimit: { time: NOW, maxpid: 31_338, curproc: 468 },
      },
      pods: [
        {
          podRef: { name: 'web-0', namespace: 'shop', uid: UID },
          startTime: '2026-11-21T05:06:14Z',
          containers: [
            {
              name: 'app',
              startTime: '2026-11-21T05:06:45Z',
              cpu: { time: NOW, usageNanoCores: 0, usageCoreNanoSeconds: 2_500_000_000, psi: PSI },
              memory: {
                time: NOW,
                availableBytes: 20_000,
                usageBytes: 81_000,
                workingSetBytes: 80_000,
                rssBytes: 500,
                ...faults,
                psi: PSI,
              },
              io: { time: NOW, psi: PSI },
              swap: { time: NOW, swapAvailableBytes: 4096, swapUsageBytes: 4096 },
            },
          ],
          cpu: { time: NOW, usageNanoCores: 1000, usageCoreNanoSeconds: 3_000_000_000, psi: PSI },
          memory: { time: NOW, usageBytes: 91_000, workingSetBytes: 90_000, rssBytes: 500, ...faults, psi: PSI },
          io: { time: NOW, psi: PSI },
          network: { time: NOW, ...interfaces[0], interfaces },
          process_stats: { process_count: 3 },
        },
      ],
    });
  });

  test('has CPU and memory only, when that is asked for', async (t) => {
    const { node, pods } = await summary(t, EVERYTHING, { onlyCpuAndMemory: true });
    assert.deepEqual(Object.keys(node), ['nodeName', 'systemContainers', 'startTime', 'cpu', 'memory', 'swap']);
    const [pod] = pods;
    assert.deepEqual(Object.keys(pod ?? {}), ['podRef', 'startTime', 'containers', 'cpu', 'memory']);
    const [container] = pod?.containers ?? [];
    assert.deepEqual(Object.keys(container ?? {}), ['name', 'startTime', 'cpu', 'memory', 'swap']);
    assert.deepEqual(container?.cpu?.psi, PSI);
  });

  test('omits what is not known, and never has null or zero for it', async (t) => {
    const { node, pods } = await summary(t, { 'proc/meminfo': '', 'cgroup/memory.stat': '' });
    assert.deepEqual(node, {
      nodeName: 'node1',
      systemContainers: [],
      cpu: { time: NOW, usageCoreNanoSeconds: 9_000_000_000 },
    });
    const [pod] = pods;
    assert.deepEqual(Object.keys(pod?.containers[0] ?? {}), ['name', 'startTime', 'cpu', 'memory']);
    assert.deepEqual(pod?.cpu, { time: NOW, usageCoreNanoSeconds: 3_000_000_000 });
  });

  test('has pressure without the half that old kernels do not have', async (t) => {
    const some = 'some avg10=1.50 avg60=0.25 avg300=0.00 total=1234\n';
    const { pods } = await summary(t, { [`cgroup${CONTAINER}/cpu.pressure`]: some });
    assert.deepEqual(pods[0]?.containers[0]?.cpu?.psi, { some: PSI.some });
  });

  test('omits a line of pressure without an average, which the schema requires', async (t) => {
    const full = 'full avg10=0.00 avg60=0.00 total=5\n';
    const { pods } = await summary(t, {
      ...EVERYTHING,
      [`cgroup${CONTAINER}/cpu.pressure`]: PRESSURE.replace(/full.*\n/, full),
    });
    assert.deepEqual(pods[0]?.containers[0]?.cpu?.psi, { some: PSI.some });
  });

  test("has no network of the node where process 1 is our own container's, as without hostPID", async (t) => {
    const { [`cgroup${PAUSE}/cgroup.procs`]: _pause, [`cgroup${CONTAINER}/cgroup.procs`]: _app, ...files } = EVERYTHING;
    const { node } = await summary(t, { ...files, [`cgroup${PAUSE}/cgroup.procs`]: '0\n' });
    assert.equal(node.network, undefined);
    assert.notEqual(node.rlimit, undefined);
  });

  test('has no network of a pod on the network of the node', async (t) => {
    const pod = podObject({ spec: { nodeName: 'node1', hostNetwork: true, containers: [{ name: 'app' }] } });
    const { status } = runningPod() as { status: object };
    const { pods } = await summaryOf(kubeletNode(t, EVERYTHING, [{ ...(pod as object), status }]));
    assert.equal(pods.length, 1);
    assert.equal(pods[0]?.network, undefined);
  });

  test('knows a static pod by the hash of its manifest, as the kubelet does', async (t) => {
    const hash = UID.replaceAll('-', '');
    const pod = runningPod() as { metadata: object };
    const metadata = { ...pod.metadata, uid: 'mirror', ...mirrorMetadata(hash) };
    const at = `/kubepods/pod${hash}`;
    const files = { ...cgroup(at, 1, 1), ...cgroup(CONTAINER.replace(POD, at), 1, 1) };
    const { pods } = await summaryOf(kubeletNode(t, files, [{ ...pod, metadata }]));
    assert.deepEqual(
      pods.map(({ podRef }) => podRef.uid),
      [hash],
    );
  });

  test('has the pods of the kubepods whose pods have names, not of another tree with pods', async (t) => {
    const { node } = await summary(t, {
      'cgroup/another/kubepods/cpu.stat': 'usage_usec 1000000\n',
      'cgroup/another/kubepods/pod00000000-b29f-11e7-9350-020968147796/cgroup.procs': '1\n',
      'cgroup/kubepods/cpu.stat': 'usage_usec 7000000\n',
    });
    const pods = node.systemContainers?.find(({ name }) => name === 'pods');
    assert.equal(pods?.cpu?.usageCoreNanoSeconds, 7_000_000_000);
  });

  test('has the cgroup of all pods, of the kubelet and of the runtime with their limits', async (t) => {
    const node = kubeletNode(t, {
      'cgroup/kubepods/cgroup.events': '',
      'cgroup/kubepods/cpu.stat': 'usage_usec 5000000\n',
      'cgroup/kubepods/memory.current': '1000\n',
      'cgroup/kubepods/memory.stat': 'anon 1\nfile 2\ninactive_file 100\n',
      'cgroup/kubepods/memory.max': '5000\n',
      'cgroup/kubepods/memory.swap.current': '7\n',
      'cgroup/kubepods/memory.swap.max': '10\n',
      'cgroup/system.slice/kubelet.service/cpu.stat': 'usage_usec 7000000\n',
      'cgroup/system.slice/kubelet.service/cgroup.procs': '9\n',
      'cgroup/system.slice/crio.service/cgroup.procs': '',
      'proc/stat': 'btime 1795237320\n',
      'proc/9/stat': `9 (kubelet) S 1 7 7 0 -1 0 0 0 0 0 1 2 0 0 20 0 1 0 2000 100 20\n`,
    });
    // A directory has the time of its newest child.
    utimesSync(join(node.root, 'cgroup/kubepods/cgroup.events'), 1_795_237_330, 1_795_237_330.75);
    const system = (await summaryOf(node)).node.systemContainers ?? [];
    // There is nothing to tell of the runtime.
    assert.deepEqual(
      system.map(({ name, startTime }) => [name, startTime]),
      [
        ['pods', '2026-11-21T05:02:10Z'],
        ['kubelet', '2026-11-21T05:02:20Z'],
      ],
    );
    assert.deepEqual(system[0]?.memory, {
      time: NOW,
      availableBytes: 4100,
      usageBytes: 1000,
      workingSetBytes: 900,
      rssBytes: 1,
    });
    assert.deepEqual(system[0].swap, { time: NOW, swapAvailableBytes: 3, swapUsageBytes: 7 });
    assert.deepEqual(system[1]?.cpu, { time: NOW, usageCoreNanoSeconds: 7_000_000_000 });
  });

  test('writes when the numbers were read with fractions of a second', async (t) => {
    const node = kubeletNode(t);
    node.clock.now = 1_000_250;
    const { node: whole, pods } = await summaryOf(node);
    assert.equal(whole.cpu?.time, '1970-01-01T00:16:40.250Z');
    assert.equal(pods[0]?.containers[0]?.memory?.time, '1970-01-01T00:16:40.250Z');
  });

  test('has no memory available that is reserved for huge pages', async (t) => {
    const available = async (hugetlb: number): Promise<number | undefined> => {
      const { node } = await summary(t, { 'proc/meminfo': `MemTotal: 100 kB\nHugetlb: ${hugetlb} kB\n` });
      return node.memory?.availableBytes;
    };
    assert.deepEqual([await available(0), await available(40), await available(95)], [91_400, 50_440, 0]);
  });

  test('has the root of v1', async (t) => {
    const node = fakeNode(t, {
      files: {
        'cgroup/pids/cgroup.procs': '',
        'cgroup/cpuacct/cpuacct.usage': '7000000001\n',
        'cgroup/memory/memory.usage_in_bytes': '5000\n',
        'cgroup/memory/memory.limit_in_bytes': '9223372036854771712\n',
        'cgroup/memory/memory.stat': 'total_inactive_file 2000\ntotal_rss 30\ntotal_pgfault 4\ntotal_pgmajfault 1\n',
        'proc/meminfo': 'MemTotal: 100 kB\n',
      },
      collectors: [...collectors, ...viewCollectors],
      kernel: { version: 'v1' },
      pods: [],
    });
    const { node: whole, pods } = await summaryOf(node);
    assert.deepEqual(pods, []);
    assert.deepEqual(whole.cpu, { time: NOW, usageCoreNanoSeconds: 7_000_000_001 });
    assert.deepEqual(whole.memory, {
      time: NOW,
      availableBytes: 99_400,
      usageBytes: 5000,
      workingSetBytes: 3000,
      rssBytes: 30,
      pageFaults: 4,
      majorPageFaults: 1,
    });
  });

  test('writes counters beyond 2^53 as whole numbers without an exponent', async (t) => {
    const node = kubeletNode(t, { 'cgroup/cpu.stat': 'usage_usec 4611686018427387\n' });
    const answer = answerOf({ onlyCpuAndMemory: true });
    const text = await writtenText(answer, await snapshotOf(node, answer.collectors));
    const [, digits = ''] = /"usageCoreNanoSeconds":(\d+)[,}]/.exec(text) ?? [];
    const off = BigInt(digits) - 4_611_686_018_427_387_000n;
    assert.ok(off > -1024n && off < 1024n, digits);
  });

  test('is whole JSON in more than one piece', async (t) => {
    const name = 'x'.repeat(70_000);
    const pod = podObject({ metadata: { name, uid: UID, namespace: 'shop' } });
    const { status } = runningPod() as { status: object };
    const { pods } = await summaryOf(kubeletNode(t, {}, [{ ...(pod as object), status }]));
    assert.equal(pods[0]?.podRef.name, name);
  });

  test('of what the deadline cut has only the names', async (t) => {
    const { node, pods } = await summary(t, EVERYTHING, { deadline: 0 });
    assert.deepEqual(node, { nodeName: 'node1', systemContainers: [] });
    assert.deepEqual(
      pods.map((pod) => Object.keys(pod)),
      [['podRef', 'startTime', 'containers']],
    );
  });

  test('of a snapshot that is not even walked has nothing', async (t) => {
    const node = kubeletNode(t);
    await node.scrape();
    const text = await writtenText(answerOf({}), node.scraper.builder().finish());
    assert.equal(text, '{"node":{"nodeName":"node1","systemContainers":[]},"pods":[]}\n');
  });

  test('takes the name of the node from a pod where no flag sets it', async (t) => {
    const answer = answerOf({ onlyCpuAndMemory: true }, '');
    const text = await writtenText(answer, await snapshotOf(kubeletNode(t), answer.collectors));
    assert.match(text, /^\{"node":\{"nodeName":"node1",/);
  });
});
