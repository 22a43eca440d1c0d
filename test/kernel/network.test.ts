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
import { podLabels } from '../support/node-comparison.ts';
import { sleepingPods } from '../support/node-pods.ts';
import { NodeScraper } from '../support/node-scraper.ts';
import type { PodPlan } from '../support/pod-plan.ts';
import { whyNoStandIn } from '../support/requirements.ts';
import type { RunningPod } from '../support/running-pod.ts';
import { SampleTable } from '../support/sample-table.ts';
import { StandInNode, startStandInNode } from '../support/stand-in-node.ts';
import { until } from '../support/until.ts';
import { idle, sendTraffic, serveTraffic } from '../support/workloads.ts';
import { WrappedExporter } from '../support/wrapped-exporter.ts';

const skip = whyNoStandIn() ?? false;

/** In the order of their addresses. The first two come and go, the third answers the fourth. */
const PLANS: readonly PodPlan[] = [
  ...sleepingPods(2, 1),
  { namespace: 'n', name: 'server', containers: [{ name: 'server', argv: serveTraffic() }] },
  { namespace: 'n', name: 'client', containers: [{ name: 'client', argv: sendTraffic([podAddress(2)]) }] },
  { namespace: 'n', name: 'host', hostNetwork: true, containers: [{ name: 'host', argv: idle() }] },
];

/** Columns of net/dev behind the interface's name. */
const DEVICE_COLUMNS: Readonly<Record<string, number>> = {
  receive_bytes: 0,
  receive_packets: 1,
  receive_errors: 2,
  receive_packets_dropped: 3,
  transmit_bytes: 8,
  transmit_packets: 9,
  transmit_errors: 10,
  transmit_packets_dropped: 11,
};

/** Counters of net/snmp, net/netstat and net/snmp6: series without `pod_network_` and `_total`, and the number's name. */
const PROTOCOL_COUNTERS: readonly (readonly [
  series: string,
  number: string,
  labels?: Readonly<Record<string, string>>,
])[] = [
  ['tcp_active_opens', 'Tcp.ActiveOpens'],
  ['tcp_passive_opens', 'Tcp.PassiveOpens'],
  ['tcp_attempt_fails', 'Tcp.AttemptFails'],
  ['tcp_established_resets', 'Tcp.EstabResets'],
  ['tcp_retransmitted_segments', 'Tcp.RetransSegs'],
  ['tcp_received_segments', 'Tcp.InSegs'],
  ['tcp_sent_segments', 'Tcp.OutSegs'],
  ['tcp_receive_errors', 'Tcp.InErrs'],
  ['tcp_sent_resets', 'Tcp.OutRsts'],
  ['tcp_listen_overflows', 'TcpExt.ListenOverflows'],
  ['tcp_listen_drops', 'TcpExt.ListenDrops'],
  ['tcp_syn_retransmits', 'TcpExt.TCPSynRetrans'],
  ['tcp_timeouts', 'TcpExt.TCPTimeouts'],
  ['tcp_backlog_drops', 'TcpExt.TCPBacklogDrop'],
  ['tcp_aborts', 'TcpExt.TCPAbortOnData', { reason: 'data' }],
  ['tcp_aborts', 'TcpExt.TCPAbortOnClose', { reason: 'close' }],
  ['udp_received_datagrams', 'Udp.InDatagrams', { family: 'ipv4' }],
  ['udp_sent_datagrams', 'Udp.OutDatagrams', { family: 'ipv4' }],
  ['udp_no_ports', 'Udp.NoPorts', { family: 'ipv4' }],
  ['udp_receive_errors', 'Udp.InErrors', { family: 'ipv4' }],
  ['udp_received_datagrams', 'Udp6InDatagrams', { family: 'ipv6' }],
  ['udp_sent_datagrams', 'Udp6OutDatagrams', { family: 'ipv6' }],
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

  test('has counters that lie between what its process is told before and after', async () => {
    const pods = ['server', 'client'].map((name) => node.pod(name));
    await until('traffic', () =>
      pods.every(
        (pod) => (countersOf(pod.pausePid).get(keyOf('udp_received_datagrams', { family: 'ipv4' })) ?? 0) > 10,
      ),
    );
    const earlier = pods.map((pod) => countersOf(pod.pausePid));
    const table = await scrape();
    const later = pods.map((pod) => countersOf(pod.pausePid));
    for (const [index, pod] of pods.entries()) {
      assertBetween(table, pod, [earlier[index], later[index]]);
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
    await until('the sandbox is gone', () => !existsSync(`/proc/${server.pausePid}`));
    const earlier = countersOf(container.pid);
    const table = await scrape();
    assertBetween(table, server, [earlier, countersOf(container.pid)]);
  });

  test('is not that of the node, which some pods share', async () => {
    const table = await scrape();
    const host = node.pod('host');
    assert.deepEqual(networkOf(table, host), []);
    assert.ok(table.of(podLabels(host)).some(({ name }) => name === 'pod_cpu_usage_seconds_total'));
  });

  test('is told from that of the node where nothing is known of pods', async () => {
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
    assert.ok(held.some((path) => /cpuacct\.usage|cpu\.stat/.test(path)));
    assert.deepEqual(held.filter(isOfNetwork), []);
    // What a descriptor would do: namespaces are freed in the order in which their last users left.
    const pin = openSync(`/proc/${second.pausePid}/net/dev`, 'r');
    try {
      assert.equal(descriptorsOf(process.pid).filter(isOfNetwork).length, 1);
      await node.removePod(second);
      await node.removePod(first);
      await until('the network of the first pod is freed', () => !hasPort('pod1'));
      assert.ok(hasPort('pod2'));
    } finally {
      closeSync(pin);
    }
    await until('the network of the second pod is freed', () => !hasPort('pod2'));
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
        const blind = await WrappedExporter.start(placed(wrapper), [...common, ...placed(flags)]);
        t.after(() => blind.stop());
        const [all, some] = [
          new SampleTable(await seeing.get('/metrics')),
          new SampleTable(await blind.get('/metrics')),
        ];
        await blind.get('/metrics');
        assert.ok(all.keys().some((key) => key.startsWith('pod_network_')));
        const others = ofNode(all).filter((key) => !/^(?:pod_network|container_processes)/.test(key));
        assert.deepEqual(
          ofNode(some).filter((key) => !key.startsWith('container_processes')),
          others,
        );
        assert.equal(some.value('pod_exporter_collector_success', { collector: 'network' }), 1);
        assert.deepEqual(some.family('pod_exporter_read_errors_total'), []);
        await blind.stop();
        assert.equal(blind.log.match(/no network series/g)?.length, 1, blind.log);
        assert.doesNotMatch(blind.log, /level=error/);
      });
    }

    test('is no reason to say that a container has no process', async (t) => {
      const [own] = NAMESPACES;
      const flags = [`--path.cgroup=${node.tree.view()}`, `--pods=file:${await node.podsFile()}`];
      const blind = await WrappedExporter.start(own?.wrapper ?? [], flags);
      t.after(() => blind.stop());
      const table = new SampleTable(await blind.get('/metrics'));
      assert.equal(table.family('container_threads').length, 6);
      // v2 shows a process of another namespace as 0; v1 does not show it.
      for (const { value } of table.family('container_processes')) assert.equal(value, 1);
    });
  },
);

function networkOf(table: SampleTable, pod: RunningPod): readonly string[] {
  return table.of(podLabels(pod)).flatMap(({ name }) => (name.startsWith('pod_network_') ? [name] : []));
}

/** The series that are not about the exporter itself. */
function ofNode(table: SampleTable): readonly string[] {
  return table
    .keys()
    .filter((key) => !/^(?:pod_exporter|process|nodejs)_/.test(key))
    .toSorted();
}

function keyOf(series: string, labels: Readonly<Record<string, string>> = {}): string {
  return JSON.stringify([`pod_network_${series}_total`, labels]);
}

/** The counters that the kernel shows to a process, by the names and labels of their series. */
function countersOf(pid: number | undefined): ReadonlyMap<string, number> {
  const read = (name: string): string => readFileSync(`/proc/${pid}/net/${name}`, 'latin1');
  const counters = new Map<string, number>();
  const columns = /^ *eth0:(.*)$/m.exec(read('dev'))?.[1]?.trim().split(/\s+/) ?? [];
  for (const [series, column] of Object.entries(DEVICE_COLUMNS)) {
    counters.set(keyOf(series, { interface: 'eth0' }), Number(columns[column]));
  }
  const numbers = new Map([
    ...tableNumbers(read('snmp')),
    ...tableNumbers(read('netstat')),
    ...listNumbers(read('snmp6')),
  ]);
  for (const [series, number, labels] of PROTOCOL_COUNTERS)
    counters.set(keyOf(series, labels), numbers.get(number) ?? Number.NaN);
  return counters;
}

/** `Tcp: InSegs OutSegs` above `Tcp: 1 2`. */
function tableNumbers(text: string): (readonly [string, number])[] {
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line) => line.split(' '));
  return lines.flatMap((names, index) => {
    const values = lines[index + 1];
    if (index % 2 === 1 || values === undefined) return [];
    return names
      .slice(1)
      .map((name, column) => [`${names[0]?.slice(0, -1)}.${name}`, Number(values[column + 1])] as const);
  });
}

/** `Udp6InDatagrams 12`, padded with blanks. */
function listNumbers(text: string): (readonly [string, number])[] {
  return [...text.matchAll(/^(\w+)\s+(\d+)$/gm)].map(([, name = '', digits]) => [name, Number(digits)]);
}

type Counters = ReadonlyMap<string, number> | undefined;

function assertBetween(table: SampleTable, pod: RunningPod, [earlier, later]: readonly [Counters, Counters]): void {
  assert.ok(earlier !== undefined && later !== undefined);
  for (const [key, least] of earlier) {
    const [name, labels] = JSON.parse(key) as [string, Record<string, string>];
    const value = table.value(name, { ...podLabels(pod), ...labels }) ?? Number.NaN;
    const most = later.get(key) ?? Number.NaN;
    assert.ok(least <= value && value <= most, `${pod.plan.name} ${key}: ${least} ${value} ${most}`);
  }
}

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
