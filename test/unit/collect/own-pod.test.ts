import { strict as assert } from 'node:assert';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { FileReader } from '../../../src/kernel/file-reader.ts';
import { collectors } from '../../../src/metrics/index.ts';
import type { DownwardApiFields } from '../../../src/pods/downward-api.ts';
import { PodIndex } from '../../../src/pods/pod-index.ts';
import { openNode, type OpenNode } from '../../../src/collect/open-node.ts';
import type { Snapshot } from '../../../src/snapshot/snapshot.ts';
import { NativeView } from '../../../src/views/native/native.ts';
import { STORAGE } from '../../support/storage-choice.ts';
import { fileTree, type Files } from '../kernel/file-tree.ts';
import { CONTAINER, ID, linesOf, PAUSE, PAUSE_ID, POD, podObject, UID } from './fake-node.ts';

const WANTED = ['pids', 'network', 'info', 'state'];

const NAMED: DownwardApiFields = { uid: UID, namespace: 'shop', name: 'web-0', node: 'node1' };

const OTHER = '/kubepods/pod00000000-b29f-11e7-9350-020968147796';

function cgroup(path: string, threads: number): Files {
  return { [`cgroup${path}/cgroup.procs`]: '0\n', [`cgroup${path}/pids.current`]: `${threads}\n` };
}

const CGROUPS: Files = {
  'cgroup/cgroup.controllers': '',
  ...cgroup(POD, 3),
  ...cgroup(CONTAINER, 2),
  ...cgroup(PAUSE, 1),
  ...cgroup(OTHER, 9),
  ...cgroup(`${OTHER}/${'c'.repeat(64)}`, 9),
};

const NETWORK: Files = { 'proc/self/net/dev': 'head\n head\n    lo: 5 1 0 0\n  eth0: 100 1 0 0\n' };

interface Opened {
  readonly node: OpenNode;
  /** Samples and counts of another scrape. */
  readonly scrape: () => Promise<{ lines: readonly string[]; counts: Snapshot['counts'] }>;
  /** IDs of the container, and of the sandbox, whose cgroup was created first. */
  readonly ids: readonly [app: string, pause: string];
}

function open(t: TestContext, ownPod: DownwardApiFields, files: Files, index?: PodIndex): Opened {
  const root = fileTree(t, { 'proc/': '', 'cgroup/': '', ...NETWORK, ...files });
  const reader = new FileReader({ maxCachedDescriptors: 100 });
  t.after(() => reader.close());
  const paths = { procfs: join(root, 'proc'), sysfs: '/sys', rootfs: '/', cgroup: join(root, 'cgroup') };
  const named = index === undefined ? {} : { index };
  const node = openNode({ paths, collectors, interfaces: /^/, storage: STORAGE, reader, ownPod, ...named });
  const inode = (path: string): number => statSync(join(root, 'cgroup', path), { throwIfNoEntry: false })?.ino ?? 0;
  return {
    node,
    ids: inode(PAUSE) < inode(CONTAINER) ? [ID, PAUSE_ID] : [PAUSE_ID, ID],
    scrape: async () => {
      const { scraper } = node;
      const snapshot = await scraper.scrape(scraper.builder(), new Set(WANTED), { at: Number.POSITIVE_INFINITY });
      return { lines: await linesOf(new NativeView(node.plan), snapshot, WANTED), counts: snapshot.counts };
    },
  };
}

function familiesOf(lines: readonly string[]): readonly string[] {
  return [...new Set(lines.map((line) => line.slice(0, line.indexOf('{'))))];
}

const LABELS = 'namespace="shop",pod="web-0"';
const INFO = `pod_info{${LABELS},uid="${UID}",node="node1"} 1`;
const RECEIVED = `pod_network_receive_bytes_total{${LABELS},interface="eth0"} 100`;

describe('a scrape of our own pod alone', () => {
  test('has its numbers and the fields of the downward API, and nothing about other pods', async (t) => {
    const { scrape, ids } = open(t, NAMED, CGROUPS);
    const { lines, counts } = await scrape();
    const [app] = ids;
    const threads = app === ID ? 2 : 1;
    assert.deepEqual(
      lines.filter((line) => !line.startsWith('pod_network_')),
      [
        `container_processes{${LABELS},container="${app.slice(0, 12)}"} 1`,
        `container_threads{${LABELS},container="${app.slice(0, 12)}"} ${threads}`,
        `pod_threads{${LABELS}} 3`,
        INFO,
      ],
    );
    assert.ok(lines.includes(RECEIVED));
    assert.deepEqual(counts, {
      pod: 1,
      container: 1,
      outside: 0,
      pause: 1,
      slice: 0,
      unmatched: 0,
      nested: 0,
      duplicate: 0,
    });
  });

  test('has names of containers as soon as the index has them', async (t) => {
    const index = new PodIndex({ podLabels: [], podAnnotations: [] });
    const { scrape, ids } = open(t, NAMED, CGROUPS, index);
    const [app] = ids;
    const short = `container_threads{${LABELS},container="${app.slice(0, 12)}"}`;
    assert.ok((await scrape()).lines.some((line) => line.startsWith(short)));
    index.replace([
      podObject({
        status: {
          hostIP: '192.0.2.1',
          containerStatuses: [{ name: 'app', containerID: `containerd://${app}`, state: { running: {} } }],
        },
      }),
    ]);
    const { lines, counts } = await scrape();
    assert.ok(lines.some((line) => line.startsWith(`container_threads{${LABELS},container="app"}`)));
    assert.ok(!lines.some((line) => line.includes(app.slice(0, 12)) && !line.includes('container_id=')));
    assert.ok(lines.some((line) => line.startsWith(`pod_info{${LABELS}`) && line.includes('host_ip="192.0.2.1"')));
    assert.deepEqual(counts, {
      pod: 1,
      container: 1,
      outside: 0,
      pause: 1,
      slice: 0,
      unmatched: 0,
      nested: 0,
      duplicate: 0,
    });
    index.replace([]);
    index.retain(new Set());
    assert.ok((await scrape()).lines.some((line) => line.startsWith(short)));
  });

  test('has no network with hostNetwork', async (t) => {
    const facts = { ...NAMED, podIp: '192.0.2.1', hostIp: '192.0.2.1' };
    const { lines } = await open(t, facts, CGROUPS).scrape();
    assert.deepEqual(familiesOf(lines), ['container_processes', 'container_threads', 'pod_threads', 'pod_info']);
    assert.ok(lines.some((line) => line.includes('host_network="true",host_ip="192.0.2.1",pod_ip="192.0.2.1"')));
  });

  test('uses the UID as the name of a pod without one', async (t) => {
    const { lines } = await open(t, { uid: UID }, CGROUPS).scrape();
    assert.ok(lines.includes(`pod_threads{namespace="",pod="${UID}"} 3`));
    assert.ok(!familiesOf(lines).includes('pod_info'));
  });

  const UNSEEN: readonly (readonly [what: string, files: Files, missing: RegExp])[] = [
    ['no cgroup is mounted', {}, /^no cgroup hierarchy below .*\/cgroup$/],
    [
      'only our own cgroup is',
      { 'cgroup/cgroup.controllers': '', ...cgroup('', 2) },
      /^no cgroup of this pod below .*\/cgroup$/,
    ],
    [
      'only others are',
      { 'cgroup/cgroup.controllers': '', ...cgroup(OTHER, 9) },
      /^no cgroup of this pod below .*\/cgroup$/,
    ],
  ];
  for (const [what, files, missing] of UNSEEN) {
    test(`has network and identity if ${what}`, async (t) => {
      const { scrape, node } = open(t, NAMED, files);
      const { lines, counts } = await scrape();
      assert.ok(lines.includes(RECEIVED));
      assert.deepEqual(
        familiesOf(lines).filter((name) => !name.startsWith('pod_network_')),
        ['pod_info'],
      );
      assert.ok(lines.includes(INFO));
      assert.match(node.missingReason ?? '', missing);
      assert.equal(node.hierarchies.mode, 'none');
      assert.deepEqual(counts, {
        pod: 0,
        container: 0,
        outside: 0,
        pause: 0,
        slice: 0,
        unmatched: 0,
        nested: 0,
        duplicate: 0,
      });
    });

    test(`has restarts from the index if ${what}`, async (t) => {
      const index = new PodIndex({ podLabels: [], podAnnotations: [] });
      index.replace([podObject()]);
      const { lines } = await open(t, NAMED, files, index).scrape();
      assert.ok(lines.includes(`container_restarts_total{${LABELS},container="app"} 0`));
      assert.ok(!familiesOf(lines).includes('container_info'));
    });

    test(`is impossible if ${what} and the UID is unknown`, (t) => {
      const { uid: _, ...nameless } = NAMED;
      assert.throws(() => open(t, nameless, files), /^Error: --scope=pod cannot identify the pod, set POD_UID: no c/);
    });
  }

  test('reads the pod of our own process if its UID is unknown', async (t) => {
    const { uid: _, ...rest } = NAMED;
    const files = { ...CGROUPS, [`cgroup${PAUSE}/cgroup.procs`]: `0\n${process.pid}\n` };
    const { lines } = await open(t, rest, files).scrape();
    assert.ok(lines.includes(`pod_threads{${LABELS}} 3`));
    assert.ok(lines.includes(INFO));
  });
});
