import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { ExporterProcess } from '../support/exporter-process.ts';
import { podAddress } from '../support/network.ts';
import { assertNetworkBetween, countersOf, keyOf, networkOf } from '../support/network-counters.ts';
import { podLabels } from '../support/node-comparison.ts';
import { sleepingPods } from '../support/node-pods.ts';
import { NodeScraper } from '../support/node-scraper.ts';
import type { PodPlan } from '../support/pod-plan.ts';
import { whyNoStandIn } from '../support/requirements.ts';
import { SampleTable } from '../support/sample-table.ts';
import { lastingDifferences, seriesOfMachine } from '../support/series-of-machine.ts';
import { StandInNode, startStandInNode } from '../support/stand-in-node.ts';
import { until } from '../support/until.ts';
import { idle, sendTraffic, serveTraffic } from '../support/workloads.ts';

const skip = whyNoStandIn() ?? false;

/** In the order of their addresses. The first two come and go, the third answers the fourth. */
const PLANS: readonly PodPlan[] = [
  ...sleepingPods(2, 1),
  { namespace: 'n', name: 'server', containers: [{ name: 'server', argv: serveTraffic() }] },
  { namespace: 'n', name: 'client', containers: [{ name: 'client', argv: sendTraffic([podAddress(2)]) }] },
  { namespace: 'n', name: 'host', hostNetwork: true, containers: [{ name: 'host', argv: idle() }] },
];

describe('the network of pods', { skip }, () => {
  const cleanups: (() => Promise<unknown>)[] = [];
  let node: StandInNode;
  let exporter: ExporterProcess;
  let flags: readonly string[];

  before(async () => {
    node = await StandInNode.create();
    cleanups.push(() => node.stop());
    // One after the other, so that the n-th has the n-th port of the switch.
    for (const plan of PLANS) await node.addPod(plan);
    flags = [`--path.cgroup=${node.tree.view()}`, `--pods=file:${await node.podsFile()}`];
    exporter = await ExporterProcess.start(flags);
    cleanups.push(() => exporter.stop());
    await exporter.ready();
  });

  after(async () => {
    for (const cleanup of cleanups.toReversed()) await cleanup();
  });

  const scrape = async (): Promise<SampleTable> => new SampleTable(await exporter.get('/metrics'));

  test('has counters between the values that its process reads before and after', async () => {
    const pods = ['server', 'client'].map((name) => node.pod(name));
    const datagrams = keyOf('udp_received_datagrams', { family: 'ipv4' });
    await until(
      'datagrams to both pods',
      () => pods.map((pod) => countersOf(pod.pausePid).get(datagrams) ?? 0),
      (counts) => counts.every((count) => count > 10),
    );
    const earlier = pods.map((pod) => countersOf(pod.pausePid));
    const table = await scrape();
    const later = pods.map((pod) => countersOf(pod.pausePid));
    for (const [index, pod] of pods.entries()) {
      assertNetworkBetween(table, pod, [earlier[index], later[index]]);
      const received = { ...podLabels(pod), interface: 'eth0' };
      assert.ok((table.value('pod_network_receive_bytes_total', received) ?? 0) > 10_000);
      assert.equal(table.value('pod_network_receive_bytes_total', { ...podLabels(pod), interface: 'lo' }), undefined);
    }
  });

  test('counts sockets in use, IPv4 and IPv6 together', async () => {
    const server = node.pod('server');
    const inUse = (): readonly (readonly [protocol: string, sockets: number])[] => {
      const text = ['sockstat', 'sockstat6']
        .map((name) => readFileSync(`/proc/${server.pausePid}/net/${name}`, 'latin1'))
        .join('');
      return ['TCP', 'UDP', 'RAW'].map((protocol) => {
        const numbers = [...text.matchAll(new RegExp(`^${protocol}6?: inuse (\\d+)`, 'gm'))].map(([, digits]) =>
          Number(digits),
        );
        return [protocol.toLowerCase(), numbers.reduce((sum, number) => sum + number, 0)];
      });
    };
    const udp = inUse().find(([protocol]) => protocol === 'udp');
    assert.deepEqual(udp, ['udp', 1]);
    const earlier = inUse();
    const table = await scrape();
    const later = new Map(inUse());
    for (const [protocol, sockets] of earlier) {
      if (later.get(protocol) !== sockets) continue;
      assert.equal(
        table.value('pod_network_sockets', { ...podLabels(server), protocol, state: 'inuse' }),
        sockets,
        protocol,
      );
    }
  });

  test('is seen through another container when the sandbox has ended', async () => {
    const server = node.pod('server');
    const [container] = server.containers;
    assert.ok(server.pausePid !== undefined && container !== undefined);
    process.kill(server.pausePid, 'SIGKILL');
    await until('the end of the sandbox', () => !existsSync(`/proc/${server.pausePid}`));
    const earlier = countersOf(container.pid);
    const table = await scrape();
    assertNetworkBetween(table, server, [earlier, countersOf(container.pid)]);
  });

  test('is not that of the node, which some pods share', async () => {
    const table = await scrape();
    const host = node.pod('host');
    assert.deepEqual(networkOf(table, host), []);
    assert.ok(table.of(podLabels(host)).some(({ name }) => name === 'pod_cpu_usage_seconds_total'));
  });

  test('is distinguished from that of the node where nothing is known of pods', async () => {
    const scraper = new NodeScraper({ cgroup: node.tree.view() });
    try {
      const table = new SampleTable((await scraper.scrape()).lines.join('\n'));
      for (const { uid, plan } of node.pods) {
        const labels = table.samples.filter(
          ({ name, labels: own }) => name === 'pod_cpu_usage_seconds_total' && own['pod'] === uid,
        );
        assert.equal(labels.length, 1, plan.name);
        const network = table.samples.filter(
          ({ name, labels: own }) => name.startsWith('pod_network_') && own['pod'] === uid,
        );
        assert.equal(network.length > 30, plan.hostNetwork !== true, plan.name);
      }
    } finally {
      scraper.close();
    }
  });

  test('outlives its pod as little as without the exporter', async () => {
    const [first, second] = node.pods;
    assert.ok(first?.pausePid !== undefined && second?.pausePid !== undefined);
    const [switchPid] = node.tree.pids('switch');
    const hasPort = (port: string): boolean =>
      readFileSync(`/proc/${switchPid}/net/dev`, 'latin1').includes(` ${port}:`);
    for (const pod of [first, second]) assert.ok(networkOf(await scrape(), pod).length > 30);
    const held = descriptorsOf(exporter.pid);
    assert.ok(held.some((path) => path.includes('/kubepods/')));
    assert.deepEqual(held.filter(isOfNetwork), []);
    // What a descriptor would do: namespaces are freed in the order in which their last users left.
    const pin = openSync(`/proc/${second.pausePid}/net/dev`, 'r');
    try {
      assert.equal(descriptorsOf(process.pid).filter(isOfNetwork).length, 1);
      await node.removePod(second);
      await node.removePod(first);
      await until('the end of the first network namespace', () => !hasPort('pod1'));
      assert.ok(hasPort('pod2'));
    } finally {
      closeSync(pin);
    }
    await until('the end of the second network namespace', () => !hasPort('pod2'));
    const table = await scrape();
    for (const pod of [first, second]) assert.deepEqual(table.of(podLabels(pod)), []);
  });
});

/** Keeps the node's `/proc` at the path that comes first, and becomes the program that comes behind. */
const MOUNT_PROC = 'mount --bind /proc "$0" && mount -t proc proc /proc && exec "$@"';

/** How the exporter comes to live in a PID namespace of its own, and where it finds `/proc`; `DIR` is a folder. */
const NAMESPACES: readonly {
  readonly what: string;
  readonly wrapper: readonly string[];
  readonly flags: readonly string[];
}[] = [
  { what: 'its own /proc', wrapper: ['unshare', '--pid', '--fork', '--kill-child', '--mount-proc'], flags: [] },
  {
    what: "the node's /proc at another path",
    wrapper: ['unshare', '--pid', '--fork', '--kill-child', '--mount', 'sh', '-c', MOUNT_PROC, 'DIR'],
    flags: ['--path.procfs=DIR'],
  },
];

const cannotUnshare = spawnSync('unshare', ['--pid', '--fork', '--mount-proc', 'true']).status !== 0;

describe(
  'the network of pods whose processes are not visible',
  { skip: skip === false && cannotUnshare ? 'needs a PID namespace of its own' : skip },
  () => {
    let node: StandInNode;

    before(async () => {
      node = await startStandInNode({ plans: sleepingPods(3, 2) });
    });

    after(() => node.stop());

    for (const { what, wrapper, flags } of NAMESPACES) {
      test(`is left out with ${what}, and said once`, async (t) => {
        const folder = mkdtempSync(join(node.tree.folder, 'proc-'));
        const placed = (args: readonly string[]): string[] => args.map((arg) => arg.replace('DIR', folder));
        const common = [`--path.cgroup=${node.tree.view()}`, `--pods=file:${await node.podsFile()}`];
        const seeing = await ExporterProcess.start(common);
        t.after(() => seeing.stop());
        await seeing.ready();
        const blind = await ExporterProcess.start([...common, ...placed(flags)], { wrapper: placed(wrapper) });
        t.after(() => blind.stop());
        await blind.ready();
        const series = async (from: ExporterProcess) =>
          new Set(
            [...seriesOfMachine(new SampleTable(await from.get('/metrics')))].filter(
              (key) => !/^(?:pod_network|container_processes)/.test(key),
            ),
          );
        const differences = await lastingDifferences(
          () => series(seeing),
          () => series(blind),
        );
        assert.deepEqual(differences, []);
        const [all, some] = [
          new SampleTable(await seeing.get('/metrics')),
          new SampleTable(await blind.get('/metrics')),
        ];
        for (const [table, has] of [
          [all, true],
          [some, false],
        ] as const) {
          assert.equal(
            table.keys().some((key) => key.startsWith('pod_network_')),
            has,
          );
        }
        assert.equal(some.value('pod_exporter_collector_success', { collector: 'network' }), 0);
        assert.deepEqual(some.family('pod_exporter_read_errors_total'), []);
        await blind.stop();
        assert.equal(blind.log.match(/cannot read the network of pods/g)?.length, 1, blind.log);
        assert.doesNotMatch(blind.log, /level=error/);
      });
    }

    test('does not make a container appear to have no process', async (t) => {
      const [own] = NAMESPACES;
      const flags = [`--path.cgroup=${node.tree.view()}`, `--pods=file:${await node.podsFile()}`];
      const blind = await ExporterProcess.start(flags, { wrapper: own?.wrapper ?? [] });
      t.after(() => blind.stop());
      await blind.ready();
      const table = new SampleTable(await blind.get('/metrics'));
      assert.equal(table.family('container_threads').length, 6);
      // v2 shows a process of another namespace as 0; v1 does not show it.
      for (const { value } of table.family('container_processes')) assert.equal(value, 1);
    });
  },
);

function isOfNetwork(path: string): boolean {
  return /^\/proc\/\d+\/(?:task\/\d+\/)?(?:net|ns)\//.test(path);
}

/** What the open descriptors of a process lead to. */
function descriptorsOf(pid: number): readonly string[] {
  const folder = `/proc/${pid}/fd`;
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path, { throwIfNoEntry: false }) === undefined ? [] : [readlinkSync(path)];
  });
}
