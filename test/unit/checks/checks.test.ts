import assert from 'node:assert/strict';
import fs, { rmSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { describe, test } from 'node:test';
import type { TestContext } from 'node:test';

import { allChecks } from '../../../src/checks/index.ts';
import type { CheckFacts, Finding } from '../../../src/checks/check.ts';
import { LastCollection } from '../../../src/checks/last-collection.ts';
import type { Snapshot } from '../../../src/snapshot/snapshot.ts';
import type { EngineFailureKind } from '../../../src/engine/engine-failure.ts';
import type { EngineStatus } from '../../../src/engine/engines.ts';
import { FileReader } from '../../../src/kernel/file-reader.ts';
import { collectors } from '../../../src/metrics/index.ts';
import { openNode } from '../../../src/collect/open-node.ts';
import { openEmptySource } from '../../../src/pods/sources/empty.ts';
import { PodIndex } from '../../../src/pods/pod-index.ts';
import type { PodSource, SourceStatus } from '../../../src/pods/pod-source.ts';
import { PlainNode } from '../../support/plain-node.ts';
import { STORAGE } from '../../support/storage-choice.ts';
import { fileTree, type Files } from '../kernel/file-tree.ts';

const NOW = 1_800_000_000;

interface Changes extends Omit<Partial<CheckFacts>, 'paths' | 'source'> {
  readonly paths?: Partial<CheckFacts['paths']>;
  readonly source?: PodSource;
  /** Files of a cgroup tree in place of that of a plain node. */
  readonly cgroups?: Files;
}

/** Facts of a node of plain files with one pod. */
function factsOf(t: TestContext, { paths, cgroups, ...changes }: Changes = {}): CheckFacts {
  const plain = new PlainNode();
  t.after(() => plain.remove());
  const all = { procfs: `${plain.folder}/proc`, sysfs: '/sys', rootfs: '/', kubelet: '/nowhere', ...paths };
  const cgroup = cgroups === undefined ? `${plain.folder}/cgroup` : fileTree(t, cgroups);
  const reader = new FileReader({ maxCachedDescriptors: 0 });
  const node = openNode({ paths: { ...all, cgroup }, collectors, interfaces: /./, storage: STORAGE, reader });
  t.after(() => node.tables.close());
  return {
    version: '1.2.3',
    paths: all,
    collectors: new Set(collectors.map(({ name }) => name)),
    node,
    source: openEmptySource(),
    descriptors: { cached: 0, configured: 10, allowed: 10 },
    kubepods: node.tree.walk().kubepodsRoots,
    collection: new LastCollection(0),
    now: NOW,
    ...changes,
  };
}

function find(id: string, facts: CheckFacts): Finding {
  const check = allChecks.find((each) => each.id === id);
  assert.ok(check, id);
  const finding = check.find(facts);
  if (finding.state === 'failed') assert.ok(finding.remedy, `${id} has no remedy`);
  return finding;
}

/** A source whose status is `status`. */
function sourceOf(name: string, status: Partial<SourceStatus>): PodSource {
  const index = new PodIndex({ podLabels: [], podAnnotations: [] });
  return { ...openEmptySource(), name, index, status: { synced: true, restarts: new Map(), ...status } };
}

describe('the list of checks', () => {
  test('has each ID once, and words that fit a label and a table', () => {
    const ids = allChecks.map(({ id }) => id);
    assert.equal(new Set(ids).size, ids.length);
    for (const { id, about, fails, remedies } of allChecks) {
      assert.match(id, /^[a-z-]+$/);
      for (const sentence of [about, fails]) assert.match(sentence, /^[A-Z][^|]*\.$/);
      assert.ok(remedies.length > 0, id);
      for (const { text } of remedies) assert.doesNotMatch(text, /\.$|\|/);
    }
  });
});

describe('a check of the cgroups', () => {
  test('finds a stray v1 hierarchy beside cgroup v2', (t) => {
    const pod = 'kubepods/poddce05b7a-9ed2-493e-b87e-ca78e890585a';
    const cgroups = {
      'unified/cgroup.controllers': 'memory pids\n',
      [`unified/${pod}/cgroup.procs`]: '',
      'cpuacct/cpuacct.usage': '1\n',
    };
    const { state, seen } = find('cgroup-layout', factsOf(t, { cgroups }));
    assert.equal(state, 'failed');
    assert.match(seen, /^the hierarchy of cpuacct has no kubepods/);
  });

  test('passes for a plain cgroup v2', (t) => {
    const facts = factsOf(t);
    assert.equal(find('cgroup-layout', facts).state, 'ok');
    assert.equal(find('cgroup-controllers', facts).state, 'ok');
    assert.equal(find('kubepods', facts).state, 'ok');
  });

  test('reports each missing controller', (t) => {
    const cgroups = { 'cgroup.controllers': 'cpu memory\n' };
    const { state, seen, remedy } = find('cgroup-controllers', factsOf(t, { cgroups }));
    assert.equal(state, 'failed');
    assert.match(seen, /^no io controller: .*; no pids controller: /);
    assert.match(remedy?.text ?? '', /kernel/);
  });

  test('misses kubepods only where pods are known', (t) => {
    const cgroups = { 'cgroup.controllers': 'cpu io memory pids\n' };
    const facts = factsOf(t, { cgroups });
    assert.equal(find('kubepods', facts).state, 'skipped');
    const source = sourceOf('api', {});
    const plain = new PlainNode();
    t.after(() => plain.remove());
    source.index.replace(plain.objects);
    assert.equal(find('kubepods', { ...facts, source }).state, 'failed');
  });

  test('misses the pressure of a kernel without PSI, and expects none on cgroup v1', (t) => {
    const facts = factsOf(t);
    assert.equal(find('pressure', facts).state, 'ok');
    rmSync(`${facts.paths.procfs}/pressure`, { recursive: true });
    assert.equal(find('pressure', facts).state, 'failed');
    assert.equal(find('pressure', factsOf(t, { collectors: new Set(['cpu']) })).state, 'skipped');
    const v1 = factsOf(t, { cgroups: { 'memory/memory.usage_in_bytes': '1\n' } });
    assert.deepEqual(find('pressure', v1), {
      state: 'skipped',
      seen: 'no cgroup v2 mount',
      effect: 'no pressure metrics',
    });
  });
});

describe('a check of names', () => {
  const CASES: readonly (readonly [
    id: string,
    status: Partial<SourceStatus>,
    state: Finding['state'],
    seen: RegExp,
  ])[] = [
    ['pod-list', { lastListSeconds: NOW - 5, listDurationSeconds: 0.1 }, 'ok', /^0 pods, listed 5 s ago$/],
    ['pod-list', { lastListSeconds: NOW - 5000, listDurationSeconds: 0.1 }, 'failed', /^no list for 5000 s$/],
    ['pod-list', { lastListSeconds: NOW - 5000 }, 'ok', /listed 5000 s ago$/],
    ['pod-list', { failures: { list: { reason: 'http_403', message: 'HTTP 403' } } }, 'failed', /HTTP 403$/],
    ['pod-list', {}, 'skipped', /^no list/],
    ['pod-watch', { lastEventSeconds: NOW - 1 }, 'ok', / 1 s ago$/],
    ['pod-watch', { failures: { watch: { reason: 'http_403', message: 'HTTP 403' } } }, 'failed', /^cannot watch/],
    ['pod-list-latency', { listDurationSeconds: 0.1 }, 'ok', / 0\.10 s$/],
    ['pod-list-latency', { listDurationSeconds: 6 }, 'failed', / 6\.00 s$/],
    ['clock', { clockOffsetSeconds: -1 }, 'ok', /^1 s ahead/],
    ['clock', { clockOffsetSeconds: 90 }, 'failed', /^90 s behind the API server$/],
  ];
  for (const [id, status, state, seen] of CASES) {
    test(`${id} is ${state} for ${JSON.stringify(status)}`, (t) => {
      const finding = find(id, factsOf(t, { source: sourceOf('api', status) }));
      assert.equal(finding.state, state);
      assert.match(finding.seen, seen);
    });
  }

  test('advises what the reason of a failed list requires', (t) => {
    const remedyOf = (reason: string): string | undefined => {
      const source = sourceOf('api', { failures: { list: { reason, message: 'x' } } });
      return find('pod-list', factsOf(t, { source })).remedy?.text;
    };
    assert.match(remedyOf('http_403') ?? '', /right to list and watch pods/);
    assert.match(remedyOf('http_401') ?? '', /valid token/);
    assert.match(remedyOf('connection') ?? '', /NetworkPolicy/);
    assert.match(remedyOf('bad_list') ?? '', /cause/);
  });

  test('misses a source where there are pods, unless none is wanted', (t) => {
    const wanted = openEmptySource('no in-cluster credentials');
    const facts = factsOf(t, { source: wanted });
    assert.equal(find('pod-metadata', facts).state, 'failed');
    assert.equal(find('pod-metadata', { ...facts, kubepods: [] }).state, 'skipped');
    assert.equal(find('pod-metadata', factsOf(t)).state, 'skipped');
  });
});

describe('the check of container engines', () => {
  const SOCKET = '/var/run/docker.sock';
  const INFO = { runtime: 'docker', version: '20.10.24', apiVersion: '1.41' };
  const LISTED = { socket: SOCKET, isSynced: true, containers: 2, info: INFO, failure: undefined };
  const because = (cause: EngineFailureKind): EngineStatus => {
    return { ...LISTED, isSynced: false, failure: { cause, message: 'x' } };
  };
  const FAILURES: readonly (readonly [what: string, engine: EngineStatus, remedy: RegExp])[] = [
    ['without a socket', because('missing'), /mount its socket/],
    ['without the right to the socket', because('permission'), /member of the group/],
    ['without an answer', because('silent'), /restart the engine/],
    ['with an answer that is none of an engine', because('answer'), /proxy/],
    ['with an old API', { ...LISTED, info: { ...INFO, apiVersion: '1.23' } }, /1\.24 or later/],
  ];
  for (const [what, engine, remedy] of FAILURES) {
    test(`fails ${what}`, (t) => {
      const finding = find('container-engine', factsOf(t, { engines: [LISTED, engine] }));
      assert.equal(finding.state, 'failed');
      assert.match(finding.seen, /^\/var\/run\/docker\.sock: 2 containers of docker 20\.10\.24, API 1\.41; /);
      assert.match(finding.remedy?.text ?? '', remedy);
    });
  }

  test('passes when every engine has listed its containers', (t) => {
    const of = (engines: readonly EngineStatus[]): Finding => find('container-engine', factsOf(t, { engines }));
    assert.equal(of([LISTED]).state, 'ok');
    const { version: _, ...nameless } = INFO;
    assert.match(of([{ ...LISTED, info: nameless }]).seen, /2 containers of docker without a version, API 1\.41$/);
    assert.deepEqual(of([{ ...LISTED, isSynced: false }]), {
      state: 'skipped',
      seen: `${SOCKET}: no list has finished yet`,
    });
    assert.deepEqual(of([]), { state: 'skipped', seen: '--containers is not set' });
  });
});

describe('a check of storage', () => {
  const OWN = '1 0 8:1 / / rw - ext4 /dev/a rw\n';

  /** Roots of containers: an overlay, and a directory in the file system of the node. */
  const ROOTS = ['1 0 0:50 / / rw - overlay overlay rw\n', '1 0 8:1 /docker/vfs/dir/0123 / rw - ext4 /dev/a rw\n'];

  test('is skipped where / of the node is not mounted, and states how to mount it', (t) => {
    for (const own of ROOTS) {
      const tree = fileTree(t, { 'proc/1/mountinfo': OWN, 'proc/self/mountinfo': own });
      const { state, remedy } = find('rootfs', factsOf(t, { paths: { procfs: `${tree}/proc` } }));
      assert.equal(state, 'skipped');
      assert.match(remedy?.yaml ?? '', /--path.rootfs=/);
    }
  });

  test('passes in a mount namespace of its own with / of the node, as systemd makes one for a service', (t) => {
    const home = '2 1 0:60 / /home rw - tmpfs tmpfs rw\n';
    const tree = fileTree(t, { 'proc/1/mountinfo': OWN, 'proc/self/mountinfo': OWN + home });
    const facts = factsOf(t, { paths: { procfs: `${tree}/proc` } });
    assert.deepEqual(find('rootfs', facts), { state: 'ok', seen: '/ is / of the node' });
  });

  test('fails for another root than that of the node, and without the mounts of process 1', (t) => {
    const seen = '1 0 8:1 / / rw - ext4 /dev/a rw\n2 0 8:2 / /host rw - ext4 /dev/b rw\n';
    const tree = fileTree(t, { 'proc/1/mountinfo': OWN, 'proc/self/mountinfo': seen });
    const paths = { procfs: `${tree}/proc`, rootfs: '/host' };
    assert.equal(find('rootfs', factsOf(t, { paths })).seen, '/host is not / of the node');
    const hidden = { procfs: `${tree}/other`, rootfs: '/host' };
    assert.match(find('rootfs', factsOf(t, { paths: hidden })).seen, /^cannot read the mounts of process 1: ENOENT$/);
  });

  test('passes for the root of the node', (t) => {
    const seen = '1 0 8:9 / / rw - ext4 /dev/a rw\n2 0 8:1 / /host rw - ext4 /dev/b rw\n';
    const tree = fileTree(t, { 'proc/1/mountinfo': OWN, 'proc/self/mountinfo': seen });
    const paths = { procfs: `${tree}/proc`, rootfs: '/host' };
    assert.equal(find('rootfs', factsOf(t, { paths })).state, 'ok');
  });

  test('reads the own mounts once for all checks', (t) => {
    const tree = fileTree(t, { 'proc/1/mountinfo': OWN, 'proc/self/mountinfo': ROOTS.join(''), 'pods/uid': '' });
    const facts = factsOf(t, { paths: { procfs: `${tree}/proc`, kubelet: tree } });
    const read = t.mock.method(fs, 'readFileSync');
    syncBuiltinESMExports();
    t.after(() => {
      read.mock.restore();
      syncBuiltinESMExports();
    });
    for (const id of ['kubelet-directory', 'mount-propagation']) find(id, facts);
    const paths = read.mock.calls.map(({ arguments: [path] }) => path);
    assert.equal(paths.filter((path) => path === '/proc/self/mountinfo').length, 1);
  });

  test('misses the directory of the kubelet only where / of the node is mounted', (t) => {
    const tree = fileTree(t, { 'proc/1/mountinfo': OWN, 'proc/self/mountinfo': OWN });
    assert.equal(find('kubelet-directory', factsOf(t)).state, 'skipped');
    const facts = factsOf(t, { paths: { procfs: `${tree}/proc` } });
    assert.equal(find('kubelet-directory', facts).state, 'failed');
  });
});

describe('a check of the exporter', () => {
  test('fails if the limit of open files is what bounds the cache', (t) => {
    const use = (cached: number, allowed: number): Finding =>
      find('descriptors', factsOf(t, { descriptors: { cached, allowed, configured: 100 } }));
    assert.equal(use(100, 100).state, 'ok');
    assert.equal(use(40, 50).state, 'ok');
    assert.equal(use(50, 50).state, 'failed');
  });
});

test('a cgroup without a pod is reported after a while, also when the clock was set back', () => {
  const collection = new LastCollection(60);
  const collected = (time: number): void => {
    const nothing = { outcomes: [], blind: new Map(), missing: undefined, notices: [], errors: new Map() };
    collection.record({ ...nothing, walked: true, time, kubepods: [], unmatched: ['a'] } as unknown as Snapshot);
  };
  collected(1000);
  collected(1030);
  assert.equal(collection.unmatched, 0);
  collected(1060);
  assert.equal(collection.unmatched, 1);
  collected(500);
  assert.equal(collection.unmatched, 0);
  collected(560);
  assert.equal(collection.unmatched, 1);
});
