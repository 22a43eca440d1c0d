import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test, type TestContext } from 'node:test';

import { Cleanup } from '../support/cleanup.ts';
import { ExporterProcess } from '../support/exporter-process.ts';
import { HungMount, whyNoHungMount } from '../support/hung-mount.ts';
import { overlayContainer, selfMountedContainer, unmountOverlay, whyNoOverlay } from '../support/overlay-container.ts';
import { whyNoStandIn } from '../support/requirements.ts';
import type { Sample } from '../support/exposition.ts';
import { SampleTable } from '../support/sample-table.ts';
import { SETPRIV, whyNoSetpriv } from '../support/setpriv.ts';
import { StandInNode } from '../support/stand-in-node.ts';
import { parseSummary } from '../support/summary-schema.ts';
import { until } from '../support/until.ts';
import { idle, type Argv } from '../support/workloads.ts';

const MEBIBYTE = 2 ** 20;

function run(program: string, ...args: readonly string[]): string {
  return execFileSync(program, args, { encoding: 'latin1', stdio: ['ignore', 'pipe', 'pipe'] });
}

function du(...directories: readonly string[]): number {
  const lines = run('du', '-sx', '--block-size=1', ...directories)
    .trim()
    .split('\n');
  return lines.map((line) => Number(line.split('\t')[0])).reduce((sum, bytes) => sum + bytes, 0);
}

describe('a node whose files are walked through', { skip: whyNoStandIn() ?? whyNoHungMount() ?? false }, () => {
  const cleanup = new Cleanup();
  let folder: string;
  let node: StandInNode;
  let view: string;
  let flags: readonly string[];
  let answer: SampleTable;
  /** Unix seconds just before the exporter was started. */
  let started: number;
  let exporter: ExporterProcess;
  /** What du said of everything before it was measured. */
  const expected: Record<string, number> = {};

  const emptyDirs = (pod: string): string =>
    join(folder, 'kubelet/pods', node.pod(pod).uid, 'volumes/kubernetes.io~empty-dir');
  const snapshot = (name: string): string => join(folder, 'snapshots', name);

  function mount(directory: string, ...args: readonly string[]): void {
    mkdirSync(directory, { recursive: true });
    run('mount', ...args, directory);
    cleanup.defer(() => run('umount', directory));
  }

  function write(path: string, bytes: number): void {
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, Buffer.alloc(bytes, 'x'));
  }

  /** The pods' list with what the kubelet would have made directories for. */
  async function podsFile(): Promise<string> {
    const list = JSON.parse(readFileSync(await node.podsFile(), 'utf8')) as {
      items: { metadata: { name: string }; spec: { volumes?: object[] } }[];
    };
    for (const { metadata, spec } of list.items) {
      spec.volumes =
        metadata.name === 'disk'
          ? [
              { name: 'cache', emptyDir: {} },
              { name: 'scratch', emptyDir: { sizeLimit: '1Gi' } },
              { name: 'memory', emptyDir: { medium: 'Memory' } },
              { name: 'configuration', configMap: { name: 'c' } },
            ]
          : [{ name: 'hung', emptyDir: {} }];
    }
    const path = join(folder, 'pods.json');
    writeFileSync(path, JSON.stringify(list));
    return path;
  }

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'pod-exporter-ephemeral-'));
    cleanup.defer(() => rmSync(folder, { recursive: true }));
    const reason = whyNoOverlay(folder);
    assert.equal(reason, undefined);
    cleanup.defer(() => unmountOverlay(snapshot('1')));
    node = await StandInNode.create();
    cleanup.defer(() => node.stop());
    const script = `yes | head -c ${3 * MEBIBYTE} > /written; ln /written /again; sync /written; > /done; exec sleep infinity`;
    await node.addPod({
      namespace: 'shop',
      name: 'disk',
      containers: [
        { name: 'writer', argv: overlayContainer(snapshot('1'), script) },
        { name: 'plain', argv: idle() },
        { name: 'self-mounted', argv: selfMountedContainer(snapshot('2'), '> /done; exec sleep infinity') },
      ],
    });
    await node.addPod({ namespace: 'shop', name: 'stuck', containers: [{ name: 'app', argv: idle() }] });
    for (const name of ['1', '2']) {
      await until('files of the container', () => existsSync(join(snapshot(name), 'fs/done')));
    }

    // The node's root as the exporter sees it, the runtime's files on another disk by a link.
    const root = join(folder, 'root');
    mount(join(root, 'disk'), '--bind', join(folder, 'snapshots'));
    mkdirSync(join(root, folder), { recursive: true });
    symlinkSync('/disk', join(root, folder, 'snapshots'));
    const logs = join(root, `var/log/pods/shop_disk_${node.pod('disk').uid}`);
    write(join(logs, 'writer/0.log'), 200_000);
    write(join(logs, 'writer/0.log.20261124-000000.gz'), 5000);
    write(join(logs, 'plain/0.log'), 10);

    write(join(emptyDirs('disk'), 'cache/a/b/c'), 700_000);
    linkSync(join(emptyDirs('disk'), 'cache/a/b/c'), join(emptyDirs('disk'), 'cache/d'));
    symlinkSync('/usr', join(emptyDirs('disk'), 'cache/usr'));
    write(join(emptyDirs('disk'), 'scratch/x'), 50_000);
    mount(join(emptyDirs('disk'), 'memory'), '-t', 'tmpfs', 'tmpfs');
    write(join(emptyDirs('disk'), 'memory/x'), MEBIBYTE);
    mount(join(emptyDirs('disk'), 'scratch/mounted'), '-t', 'tmpfs', 'tmpfs');
    write(join(emptyDirs('disk'), 'scratch/mounted/x'), MEBIBYTE);
    mkdirSync(join(emptyDirs('stuck'), 'hung/inside'), { recursive: true });
    const hung = await HungMount.at(join(emptyDirs('stuck'), 'hung/inside'));
    cleanup.defer(() => hung.remove());

    expected['writer writable_layer'] = du(join(snapshot('1'), 'fs'));
    expected['writer logs'] = du(join(logs, 'writer'));
    expected['plain logs'] = du(join(logs, 'plain'));
    expected['empty_dir'] = du(join(emptyDirs('disk'), 'cache'), join(emptyDirs('disk'), 'scratch'));

    view = node.tree.view();
    flags = [
      `--path.cgroup=${view}`,
      `--path.rootfs=${root}`,
      `--path.kubelet=${join(folder, 'kubelet')}`,
      `--pods=file:${await podsFile()}`,
      '--collector.ephemeral-storage',
      '--collector.ephemeral-storage.budget=1000',
      '--collector.ephemeral-storage.max-io-pressure=100',
    ];
    started = Date.now() / 1000;
    exporter = await ExporterProcess.start(flags);
    cleanup.defer(() => exporter.stop());
    await exporter.ready();
    answer = await until(
      'the sizes of three directories of containers and of two emptyDirs',
      async () => new SampleTable(await exporter.get('/metrics')),
      (table) =>
        table.family('container_ephemeral_storage_bytes').length === 3 &&
        table.family('pod_ephemeral_storage_bytes').length === 2,
    );
  });

  after(() => cleanup.run());

  const bytes = (name: string, labels: Readonly<Record<string, string>>): number | undefined =>
    answer.family(name).find((sample) => Object.entries(labels).every(([key, value]) => sample.labels[key] === value))
      ?.value;

  test('has the size that du reports', () => {
    const name = 'container_ephemeral_storage_bytes';
    for (const [container, type] of [
      ['writer', 'writable_layer'],
      ['writer', 'logs'],
      ['plain', 'logs'],
    ] as const) {
      assert.equal(
        bytes(name, { pod: 'disk', container, type }),
        expected[`${container} ${type}`],
        `${container} ${type}`,
      );
    }
    assert.equal(bytes('pod_ephemeral_storage_bytes', { pod: 'disk', type: 'empty_dir' }), expected['empty_dir']);
    assert.ok((expected['writer writable_layer'] ?? 0) >= 3 * MEBIBYTE);
    assert.ok((expected['writer writable_layer'] ?? 0) < 4 * MEBIBYTE);
  });

  test('is in /stats/summary too', async () => {
    const { pods } = parseSummary(await exporter.get('/stats/summary'));
    const containers = pods.find(({ podRef }) => podRef.name === 'disk')?.containers ?? [];
    const writer = containers.find(({ name }) => name === 'writer');
    const plain = containers.find(({ name }) => name === 'plain');
    assert.equal(writer?.rootfs?.usedBytes, expected['writer writable_layer']);
    assert.equal(writer?.logs?.usedBytes, expected['writer logs']);
    assert.equal(plain?.rootfs, undefined);
    // Of a pod the sum is told if all of it is known.
    assert.equal(pods.find(({ podRef }) => podRef.name === 'disk')?.['ephemeral-storage'], undefined);
  });

  test('has no number where there is no writable layer, and reports no error', () => {
    const { length } = answer.family('container_ephemeral_storage_bytes');
    assert.equal(length, 3);
    for (const container of ['plain', 'self-mounted']) {
      assert.equal(bytes('container_ephemeral_storage_bytes', { container, type: 'writable_layer' }), undefined);
    }
  });

  test('reports when that was', () => {
    const times = [
      ...answer.family('container_ephemeral_storage_timestamp_seconds'),
      ...answer.family('pod_ephemeral_storage_timestamp_seconds'),
    ];
    assert.equal(times.length, 5);
    for (const { value } of times)
      assert.ok(started <= value && value <= Date.now() / 1000, `${value}, started at ${started}`);
  });

  test('does not suffer from a mount in an emptyDir that never answers', () => {
    const stuck = bytes('pod_ephemeral_storage_bytes', { pod: 'stuck' });
    assert.ok(stuck !== undefined && stuck <= 8192, String(stuck));
    assert.equal(bytes('pod_exporter_collector_success', { collector: 'ephemeral-storage' }), 1);
  });

  test('reports once what cannot be measured', () => {
    const lines = exporter.log.split('\n').filter((line) => line.includes('ephemeral storage'));
    assert.deepEqual(lines.map((line) => line.replace(/^.*?level/, 'level').replace(/ path=.*/, '')).toSorted(), [
      'level=warn msg="cannot measure ephemeral storage, omitting its series" type=writable_layer cause="root is not a mount of the node"',
      'level=warn msg="cannot measure ephemeral storage, omitting its series" type=writable_layer cause="root is not an overlay"',
    ]);
  });

  describe('by a user with fewer rights', { skip: whyNoSetpriv() ?? false }, () => {
    /** Everything in it is somebody else's, and nobody may look. */
    before(() => {
      for (const path of [emptyDirs('disk'), join(snapshot('1'), 'fs')]) {
        chmodSync(path, 0o700);
        chownSync(path, 12_345, 12_345);
      }
      for (const path of [folder, view]) chmodSync(path, 0o755);
    });

    async function measuredBy(t: TestContext, wrapper: Argv): Promise<ExporterProcess> {
      const other = await ExporterProcess.start(flags, { wrapper });
      t.after(() => other.stop());
      await other.ready();
      // Of each container the logs come last.
      const logs = (table: SampleTable): readonly Sample[] =>
        table.family('container_ephemeral_storage_bytes').filter(({ labels }) => labels['type'] === 'logs');
      answer = await until(
        'the size of the logs of both containers',
        async () => new SampleTable(await other.get('/metrics')),
        (table) => logs(table).length === 2,
      );
      return other;
    }

    test('that right to read alone is enough', async (t) => {
      const other = await measuredBy(t, ['setpriv', '--bounding-set=-all,+dac_read_search', '--inh-caps=-all']);
      assert.match(readFileSync(`/proc/${other.pid}/status`, 'latin1'), /^CapEff:\t0+4$/m);
      assert.equal(answer.family('container_ephemeral_storage_bytes').length, 3);
      assert.equal(bytes('pod_ephemeral_storage_bytes', { pod: 'disk' }), expected['empty_dir']);
    });

    test('without any, what cannot be read has no number, which is said once, and all else is as before', async (t) => {
      const other = await measuredBy(t, SETPRIV);
      const found = answer.family('container_ephemeral_storage_bytes').map(({ labels }) => labels['type']);
      assert.deepEqual(found, ['logs', 'logs']);
      assert.equal(bytes('pod_ephemeral_storage_bytes', { pod: 'disk' }), undefined);
      assert.equal(bytes('container_threads', { container: 'writer' }), 1);
      const refused = other.log.split('\n').filter((line) => line.includes('cause=EACCES'));
      assert.deepEqual(
        new Set(refused.map((line) => /type=(\w+)/.exec(line)?.[1])),
        new Set(['empty_dir', 'writable_layer']),
      );
    });
  });
});
