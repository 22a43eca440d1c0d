import { strict as assert } from 'node:assert';
import { linkSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import type { Collector } from '../../../src/metrics/row.ts';
import type { Files } from '../kernel/file-tree.ts';
import { CONTAINER, fakeNode, PAUSE, podObject, type FakeNode, type FakeNodeOptions } from './fake-node.ts';

const TRAFFIC: Collector = {
  name: 'traffic',
  about: 'Test.',
  enabled: true,
  network: [
    {
      name: 'pod_network_receive_bytes_total',
      type: 'counter',
      help: 'X.',
      by: ['interface'],
      source: { file: 'net/dev', key: '0' },
    },
    {
      name: 'pod_network_tcp_connections',
      type: 'gauge',
      help: 'Y.',
      source: { file: 'net/snmp', key: 'Tcp.CurrEstab' },
    },
  ],
};

const SOCKETS: Collector = {
  name: 'sockets',
  about: 'Test.',
  enabled: true,
  network: [
    {
      name: 'pod_network_sockets',
      type: 'gauge',
      help: 'X.',
      by: ['protocol'],
      source: [
        { labels: ['tcp'], file: 'net/sockstat', key: 'TCP.inuse', plus: { file: 'net/sockstat6', key: 'TCP6.inuse' } },
        { labels: ['raw'], file: 'net/sockstat', key: 'RAW.inuse', plus: { file: 'net/sockstat6', key: 'RAW6.inuse' } },
      ],
    },
  ],
};

/** Files in `/proc/<pid>` of a process in its own network namespace. */
function processFiles(pid: number, received = 100): Files {
  return {
    [`proc/${pid}/stat`]: `${pid} (pause) S 1 7 7 0 -1 0 0 0 0 0 1 2 0 0 20 0 1 0 ${pid} 100 20\n`,
    [`proc/${pid}/net/dev`]: `head\n head\n    lo: 5 1 0 0 0 0 0 0 5 1\n  eth0: ${received} 1 0 0 0 0 0 0 5 1\n  eth1:7 1 0 0 0 0 0 0 5 1\n`,
    [`proc/${pid}/net/snmp`]: 'Tcp: CurrEstab\nTcp: 3\n',
    [`proc/${pid}/net/sockstat`]: 'TCP: inuse 4 tw 0\nRAW: inuse 1\n',
    [`proc/${pid}/net/sockstat6`]: 'TCP6: inuse 5\n',
  };
}

function members(path: string, ...pids: readonly number[]): Files {
  return { [`cgroup${path}/cgroup.procs`]: pids.map((pid) => `${pid}\n`).join('') };
}

function node(t: TestContext, files: Files, options: Partial<FakeNodeOptions> = {}): FakeNode {
  return fakeNode(t, { collectors: [TRAFFIC, SOCKETS], pods: [podObject()], ...options, files });
}

const POD_LABELS = 'namespace="shop",pod="web-0"';

const ALL = [
  `pod_network_receive_bytes_total{${POD_LABELS},interface="eth0"} 100`,
  `pod_network_receive_bytes_total{${POD_LABELS},interface="eth1"} 7`,
  `pod_network_tcp_connections{${POD_LABELS}} 3`,
  `pod_network_sockets{${POD_LABELS},protocol="tcp"} 9`,
  `pod_network_sockets{${POD_LABELS},protocol="raw"} 1`,
];

const USUAL = { ...members(PAUSE, 7), ...members(CONTAINER, 8), ...processFiles(7) };

describe("a pod's network", () => {
  test('is missing without an error while its process is a zombie, and read again at the next scrape', async (t) => {
    const live = processFiles(7);
    const exits = new (class extends RegExp {
      override test(): boolean {
        // Between two collectors: the directory of a zombie is still there, and empty.
        for (const file of ['dev', 'snmp', 'sockstat', 'sockstat6'])
          rmSync(join(fake.root, 'proc/7/net', file), { force: true });
        return true;
      }
    })('');
    const fake = node(t, USUAL, { interfaces: exits });
    const { errors, success } = await fake.scrape();
    assert.deepEqual([errors, success], [{}, { traffic: true, sockets: true }]);
    for (const collector of ['traffic', 'sockets']) {
      fake.write(live);
      const { lines } = await fake.scrape([collector]);
      assert.deepEqual(
        lines.filter((line) => line.includes('sockets')),
        collector === 'sockets' ? ALL.slice(3) : [],
      );
    }
  });

  test('is read through its sandbox, without the loopback interface and without cached descriptors', async (t) => {
    const of = node(t, USUAL);
    for (let round = 0; round < 2; round++) {
      const { lines, errors, notices } = await of.scrape();
      assert.deepEqual([lines, errors, notices], [ALL, {}, []]);
      assert.equal(of.reader.cachedDescriptors, 0);
    }
  });

  test('has only the selected interfaces', async (t) => {
    const { lines } = await node(t, USUAL, { interfaces: /^(?:eth1|lo)$/, collectors: [TRAFFIC] }).scrape();
    assert.deepEqual(lines, [ALL[1], ALL[2]]);
  });

  test('is read through another process if the sandbox has none', async (t) => {
    const { lines } = await node(t, { ...members(PAUSE), ...members(CONTAINER, 8), ...processFiles(8) }).scrape();
    assert.deepEqual(lines, ALL);
  });

  test('is read through another process when the first one exits', async (t) => {
    const of = node(t, { ...USUAL, ...processFiles(8, 200) });
    await of.scrape();
    of.remove('proc/7');
    const { lines } = await of.scrape();
    assert.equal(lines[0], `pod_network_receive_bytes_total{${POD_LABELS},interface="eth0"} 200`);
    assert.equal(lines.length, ALL.length);
  });

  test('has fewer files without IPv6, which is not an error', async (t) => {
    const of = node(t, USUAL);
    rmSync(join(of.root, 'proc/7/net/sockstat6'));
    const { lines, errors } = await of.scrape();
    assert.deepEqual(lines.slice(3), [
      `pod_network_sockets{${POD_LABELS},protocol="tcp"} 4`,
      `pod_network_sockets{${POD_LABELS},protocol="raw"} 1`,
    ]);
    assert.deepEqual(errors, {});
  });

  test('without a required file is an error, and the rest is read', async (t) => {
    const of = node(t, USUAL);
    rmSync(join(of.root, 'proc/7/net/snmp'));
    const { lines, errors } = await of.scrape();
    assert.deepEqual(
      lines,
      ALL.filter((line) => !line.includes('tcp_connections')),
    );
    assert.deepEqual(errors, { 'traffic ENOENT': 1 });
  });
});

describe("the node's network", () => {
  test('is not repeated for a pod with hostNetwork', async (t) => {
    const { lines, notices } = await node(t, USUAL, {
      pods: [podObject({ spec: { nodeName: 'node1', hostNetwork: true } })],
    }).scrape();
    assert.deepEqual([lines, notices], [[], []]);
  });

  test('is not repeated for a pod in the network namespace of process 1', async (t) => {
    const of = node(t, { ...USUAL, 'proc/1/net/': '' });
    linkSync(join(of.root, 'proc/7/net/dev'), join(of.root, 'proc/1/net/dev'));
    const { lines, notices } = await of.scrape();
    assert.deepEqual([lines, notices], [[], []]);
  });

  test('is distinguished from that of a pod if process 1 is visible', async (t) => {
    assert.deepEqual((await node(t, { ...USUAL, ...processFiles(1) }).scrape()).lines, ALL);
  });
});

describe('a node whose processes are not visible', () => {
  const FOREIGN = { 'proc/self/status': 'Name:\tnode\nNSpid:\t41852\t1\n' };

  const CASES: readonly (readonly [what: string, files: Files, cause: RegExp])[] = [
    [
      'zeros for numbers',
      { ...members(PAUSE, 0), ...members(CONTAINER, 0, 0), ...processFiles(7) },
      /no process of a pod is visible/,
    ],
    ['no numbers', { ...members(PAUSE), ...members(CONTAINER) }, /no process of a pod is visible/],
    ['numbers without a process', { ...members(PAUSE, 7), ...members(CONTAINER) }, /no process of a pod is visible/],
    ['a /proc of another PID namespace', { ...USUAL, ...FOREIGN }, /another PID namespace/],
  ];
  for (const [what, files, cause] of CASES) {
    test(`(${what}) has no network, one notice with the reason, and no successful collector`, async (t) => {
      const { lines, errors, notices, success } = await node(t, files).scrape();
      assert.deepEqual([lines, errors], [[], {}]);
      assert.equal(notices.length, 1);
      assert.equal(notices[0]?.message, 'cannot read the network of pods');
      assert.match(String(notices[0].fields['cause']), cause);
      assert.equal(notices[0].fields['hint'], 'set hostPID: true');
      assert.deepEqual(success, { traffic: false, sockets: false });
    });
  }

  test('has no notice if the network is not wanted', async (t) => {
    const { notices } = await node(t, { ...members(PAUSE, 0), ...members(CONTAINER) }).scrape([]);
    assert.deepEqual(notices, []);
  });

  test('has no notice for a pod without containers', async (t) => {
    const of = node(t, USUAL);
    of.remove(`cgroup${PAUSE}`);
    of.remove(`cgroup${CONTAINER}`);
    const { notices } = await of.scrape();
    assert.deepEqual(
      notices.map(({ message }) => message),
      ['found no cgroup of running containers'],
    );
  });
});
