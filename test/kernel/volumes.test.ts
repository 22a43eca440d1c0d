import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, renameSync, statfsSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { PagePool } from '../../src/exposition/page-pool.ts';
import { ExpositionWriter } from '../../src/exposition/writer.ts';
import { FileReader } from '../../src/kernel/file-reader.ts';
import { filesystem } from '../../src/metrics/filesystem.ts';
import { volumes } from '../../src/metrics/volumes.ts';
import { PodIndex } from '../../src/pods/pod-index.ts';
import { openNode, type OpenNode } from '../../src/collect/open-node.ts';
import type { Snapshot } from '../../src/snapshot/snapshot.ts';
import { NativeView } from '../../src/views/native/native.ts';
import { fileSystemOf, volumeStats } from '../../src/views/summary/storage.ts';
import { VolumeStatsView } from '../../src/views/volume-stats/volume-stats.ts';
import { Cleanup } from '../support/cleanup.ts';
import { HungMount, whyNoHungMount } from '../support/hung-mount.ts';
import { SampleTable } from '../support/sample-table.ts';
import { STORAGE } from '../support/storage-choice.ts';
import { equals, until } from '../support/until.ts';
import { writtenText } from '../support/view-text.ts';

/** Milliseconds. */
const TIMEOUT = 5000;

const UID = '11111111-2222-4333-8444-555555555555';
const OTHER = '99999999-2222-4333-8444-555555555555';
const APP = 'a'.repeat(64);

const skip = whyNoMounts();

function whyNoMounts(): string | false {
  if (process.getuid?.() !== 0) return 'needs root';
  const { status } = spawnSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'tmpfs', '/tmp']);
  return status === 0 ? false : 'needs the right to mount';
}

function whyNoMkfs(type: string): string | false {
  return spawnSync(`mkfs.${type}`, ['-V']).error === undefined ? false : `needs mkfs.${type}`;
}

function claim(name: string, claimName: string): object {
  return { name, persistentVolumeClaim: { claimName } };
}

function pod(uid: string, name: string, specs: readonly object[], mounts: readonly object[] = []): unknown {
  return {
    metadata: { uid, namespace: 'shop', name },
    spec: { nodeName: 'node1', volumes: specs, containers: [{ name: 'app', volumeMounts: mounts }] },
    status: {
      containerStatuses: [{ name: 'app', containerID: `containerd://${APP}`, restartCount: 0, state: { running: {} } }],
    },
  };
}

describe('volumes on real file systems', { skip }, () => {
  const cleanup = new Cleanup();
  let folder: string;
  let kubelet: string;
  let node: OpenNode;
  const index = new PodIndex({ podLabels: [], podAnnotations: [] });

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'pod-exporter-volumes-'));
    cleanup.defer(() => rm(folder, { recursive: true, force: true }));
    // Whatever the kernel writes as an octal number, and what looks like one.
    kubelet = join(folder, 'kube let\\040\n\u00e9');
    const cgroups = join(folder, 'cgroup');
    for (const uid of [UID, OTHER]) {
      mkdirSync(join(cgroups, `kubepods/pod${uid}/${APP}`), { recursive: true });
      writeFileSync(join(cgroups, `kubepods/pod${uid}/${APP}/cgroup.procs`), '');
    }
    writeFileSync(join(cgroups, 'cgroup.controllers'), 'cpu memory\n');
    mkdirSync(join(kubelet, 'pods'), { recursive: true });
    const reader = new FileReader({ maxCachedDescriptors: 10 });
    node = openNode({
      paths: { procfs: '/proc', sysfs: '/sys', rootfs: '/', cgroup: cgroups },
      collectors: [filesystem, volumes],
      index,
      interfaces: /^.*$/,
      storage: { ...STORAGE, kubelet, timeout: TIMEOUT },
      reader,
    });
    cleanup.defer(() => {
      node.tables.close();
      reader.close();
      return Promise.resolve();
    });
  });

  after(() => cleanup.run());

  async function scrape(): Promise<SampleTable & { readonly seconds: number; readonly snapshot: Snapshot }> {
    const wanted = new Set(['filesystem', 'volumes']);
    const snapshot = await node.scraper.scrape(node.scraper.builder(), wanted, { at: Infinity });
    const writer = new ExpositionWriter('text', new PagePool());
    await new NativeView(node.plan).write(snapshot, wanted, writer, {
      shouldYield: false,
      yield: () => Promise.resolve(),
    });
    const table = new SampleTable(Buffer.concat(writer.finish()).toString());
    const seconds = snapshot.outcomes.reduce((sum, outcome) => sum + outcome.seconds, 0);
    return Object.assign(table, { seconds, snapshot });
  }

  function directory(uid: string, plugin: string, name: string): string {
    const path = join(
      kubelet,
      'pods',
      uid,
      'volumes',
      `kubernetes.io~${plugin}`,
      name,
      ...(plugin === 'csi' ? ['mount'] : []),
    );
    mkdirSync(path, { recursive: true });
    return path;
  }

  function mount(point: string, ...args: readonly string[]): () => void {
    execFileSync('mount', [...args, point]);
    let there = true;
    const unmount = (): void => {
      if (there) execFileSync('umount', [point]);
      there = false;
    };
    cleanup.defer(() => {
      unmount();
      return Promise.resolve();
    });
    return unmount;
  }

  const tmpfs = (point: string): (() => void) => mount(point, '-t', 'tmpfs', '-o', 'size=1m', 'tmpfs');

  function volume(name: string, claimName?: string, podName = 'web-0'): Readonly<Record<string, string>> {
    const labels = { namespace: 'shop', pod: podName, volume: name };
    return claimName === undefined ? labels : { ...labels, persistentvolumeclaim: claimName };
  }

  for (const type of ['ext4', 'xfs']) {
    test(
      `a volume of ${type} that is mounted between two scrapes is in the second, as the kernel tells it`,
      { skip: whyNoMkfs(type) },
      async () => {
        index.replace([pod(UID, 'web-0', [claim('data', 'data-web-0')])]);
        assert.deepEqual((await scrape()).family('pod_volume_info'), []);
        const image = join(folder, type);
        writeFileSync(image, '');
        // xfs is not made smaller.
        spawnSync('truncate', ['-s', '320M', image]);
        execFileSync(`mkfs.${type}`, ['-q', image]);
        const point = directory(UID, 'csi', 'pvc-1');
        const unmount = mount(point, '-o', 'loop', image);
        writeFileSync(join(point, 'file'), 'x'.repeat(500_000));
        execFileSync('sync', ['-f', point]);
        const table = await scrape();
        const { bsize, blocks, bfree, bavail, files, ffree } = statfsSync(point);
        const labels = volume('data', 'data-web-0');
        const value = (what: string): number | undefined => table.value(`pod_volume_${what}`, labels);
        assert.deepEqual(
          ['capacity_bytes', 'available_bytes', 'used_bytes', 'inodes', 'inodes_free', 'inodes_used', 'stuck'].map(
            value,
          ),
          [blocks * bsize, bavail * bsize, (blocks - bfree) * bsize, files, ffree, files - ffree, 0],
        );
        const info: Readonly<Record<string, string>> = table.family('pod_volume_info')[0]?.labels ?? {};
        assert.match(String(info['device']), /^loop\d+$/);
        assert.equal(info['fstype'], type);
        assert.equal(info['type'], 'persistentVolumeClaim');
        assert.equal(info['storage'], 'block');
        unmount();
        assert.deepEqual((await scrape()).family('pod_volume_capacity_bytes'), []);
      },
    );
  }

  test('a volume of ext4 is read-only after an error', { skip: whyNoMkfs('ext4') }, async () => {
    index.replace([pod(UID, 'web-0', [claim('data', 'data-web-0')])]);
    const image = join(folder, 'damaged');
    writeFileSync(image, '');
    execFileSync('truncate', ['-s', '16M', image]);
    execFileSync('mkfs.ext4', ['-q', image]);
    const unmount = mount(directory(UID, 'csi', 'pvc-1'), '-o', 'loop,errors=remount-ro', image);
    const table = await scrape();
    const labels = volume('data', 'data-web-0');
    assert.equal(table.value('pod_volume_readonly', labels), 0);
    const device = table.family('pod_volume_info')[0]?.labels['device'] ?? '';
    writeFileSync(`/sys/fs/ext4/${device}/trigger_fs_error`, '1');
    await until('the error', async () => (await scrape()).value('pod_volume_readonly', labels), equals(1));
    unmount();
  });

  test('an emptyDir in memory has its own space, one on disk that of the kubelet and nothing of its own', async () => {
    index.replace([
      pod(UID, 'web-0', [
        { name: 'cache', emptyDir: {} },
        { name: 'fast', emptyDir: { medium: 'Memory' } },
      ]),
    ]);
    directory(UID, 'empty-dir', 'cache');
    const unmount = tmpfs(directory(UID, 'empty-dir', 'fast'));
    const table = await scrape();
    assert.equal(table.value('pod_volume_capacity_bytes', volume('fast')), 2 ** 20);
    assert.equal(table.value('pod_volume_used_bytes', volume('fast')), 0);
    const { blocks, bsize } = statfsSync(kubelet);
    assert.equal(table.value('pod_volume_capacity_bytes', volume('cache')), blocks * bsize);
    assert.equal(table.value('pod_volume_used_bytes', volume('cache')), undefined);
    unmount();
  });

  test('a claim of two pods is reported for both, and projected volumes for neither', async () => {
    index.replace([
      pod(UID, 'web-0', [claim('data', 'shared'), { name: 'token', projected: {} }]),
      pod(OTHER, 'web-1', [claim('files', 'shared')]),
    ]);
    const points = [directory(UID, 'csi', 'pvc-7'), directory(OTHER, 'csi', 'pvc-7')];
    const source = join(folder, 'shared');
    mkdirSync(source);
    const undo = [
      tmpfs(source),
      ...points.map((point) => mount(point, '--bind', source)),
      tmpfs(directory(UID, 'projected', 'token')),
    ];
    const table = await scrape();
    assert.equal(table.value('pod_volume_capacity_bytes', volume('data', 'shared')), 2 ** 20);
    assert.equal(table.value('pod_volume_capacity_bytes', volume('files', 'shared', 'web-1')), 2 ** 20);
    assert.equal(table.family('pod_volume_info').length, 2);
    const claims = await writtenText(new VolumeStatsView(), table.snapshot);
    assert.match(
      claims,
      /^kubelet_volume_stats_capacity_bytes\{namespace="shop",persistentvolumeclaim="shared"\} 1048576$/m,
    );
    assert.equal(claims.match(/^kubelet_volume_stats_used_bytes\{/gm)?.length, 1);
    assert.deepEqual(
      volumeStats(table.snapshot)
        .get('shop/web-1')
        ?.map(({ name, capacityBytes, usedBytes, pvcRef }) => ({ name, capacityBytes, usedBytes, pvcRef })),
      [{ name: 'files', capacityBytes: 2 ** 20, usedBytes: 0, pvcRef: { name: 'shared', namespace: 'shop' } }],
    );
    assert.ok((fileSystemOf(table.snapshot, 'kubelet_fs')?.usedBytes ?? 0) > 0);
    for (const unmount of undo.toReversed()) unmount();
  });

  test('of several claims each is found by where a container mounts it', async () => {
    const points = [directory(UID, 'csi', 'pvc-a'), directory(UID, 'csi', 'pvc-b')];
    const undo = points.map((point, at) => mount(point, '-t', 'tmpfs', '-o', `size=${at + 1}m`, 'tmpfs'));
    const seen = ['wal', 'data'].map((name) => join(folder, name));
    for (const path of seen) mkdirSync(path);
    const script = `mount --bind "$1" "$3" && mount --bind "$2" "$4" && echo ready && exec sleep 1000`;
    const container = spawn('unshare', ['-m', 'sh', '-c', script, 'sh', ...points, ...seen]);
    try {
      await once(container.stdout, 'data');
      writeFileSync(join(folder, 'cgroup', `kubepods/pod${UID}/${APP}/cgroup.procs`), `${container.pid}\n`);
      const mounts = ['wal', 'data'].map((name, at) => ({ name, mountPath: `${seen[at] ?? ''}/` }));
      index.replace([pod(UID, 'web-0', [claim('data', 'd'), claim('wal', 'w')], mounts)]);
      const table = await scrape();
      assert.equal(table.value('pod_volume_capacity_bytes', volume('wal', 'w')), 2 ** 20);
      assert.equal(table.value('pod_volume_capacity_bytes', volume('data', 'd')), 2 * 2 ** 20);
    } finally {
      const ended = once(container, 'exit');
      container.kill('SIGKILL');
      await ended;
      for (const unmount of undo) unmount();
    }
  });

  test('without permission on the directory one notice reports it, and no collector fails', async () => {
    index.replace([pod(UID, 'web-0', [{ name: 'fast', emptyDir: { medium: 'Memory' } }])]);
    const unmount = tmpfs(directory(UID, 'empty-dir', 'fast'));
    chmodSync(folder, 0o755);
    chmodSync(join(kubelet, 'pods'), 0o700);
    process.seteuid?.(65_534);
    try {
      const table = await scrape();
      assert.equal(table.value('pod_volume_capacity_bytes', volume('fast')), undefined);
      assert.equal(table.family('pod_volume_info').length, 1);
      const fields = { cause: `permission denied on ${kubelet}`, hint: 'run as user 0' };
      assert.deepEqual(table.snapshot.notices, [{ message: 'cannot read the space of volumes', fields }]);
      assert.ok(table.snapshot.outcomes.every(({ success }) => success));
    } finally {
      process.seteuid?.(0);
    }
    unmount();
  });

  test('a directory that is renamed goes on under its new name', async () => {
    index.replace([
      pod(UID, 'web-0', [
        { name: 'old', csi: {} },
        { name: 'new', csi: {} },
      ]),
    ]);
    const point = directory(UID, 'csi', 'old');
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', point]);
    assert.equal((await scrape()).value('pod_volume_capacity_bytes', volume('old')), 2 ** 20);
    const moved = join(point, '../../new');
    renameSync(join(point, '..'), moved);
    const table = await scrape();
    execFileSync('umount', [join(moved, 'mount')]);
    assert.equal(table.value('pod_volume_capacity_bytes', volume('new')), 2 ** 20);
    assert.equal(table.value('pod_volume_capacity_bytes', volume('old')), undefined);
  });

  test(
    'eight that never answer cost one deadline, once, and nothing else',
    { skip: whyNoHungMount() ?? false },
    async () => {
      const names = Array.from({ length: 8 }, (_, at) => `hung-${at}`);
      index.replace([
        pod(UID, 'web-0', [
          { name: 'fast', emptyDir: { medium: 'Memory' } },
          ...names.map((name) => ({ name, nfs: {} })),
        ]),
      ]);
      const unmount = tmpfs(directory(UID, 'empty-dir', 'fast'));
      const hung = await Promise.all(names.map((name) => HungMount.at(directory(UID, 'nfs', name))));
      try {
        for (const round of [1, 2]) {
          const table = await scrape();
          assert.equal(table.value('pod_volume_capacity_bytes', volume('fast')), 2 ** 20);
          for (const name of names) {
            assert.equal(table.value('pod_volume_stuck', volume(name)), 1);
            assert.equal(table.value('pod_volume_capacity_bytes', volume(name)), undefined);
          }
          assert.equal(node.tables.stuck, 8);
          const milliseconds = table.seconds * 1000;
          assert.equal(milliseconds >= TIMEOUT * 0.9, round === 1, `${milliseconds}`);
        }
      } finally {
        // A process that waits for them would not end.
        await Promise.all(hung.map((each) => each.remove()));
      }
      // Calls that fail have been answered.
      await until('the end of all statfs calls', () => node.tables.stuck, equals(0));
      const table = await scrape();
      assert.equal(table.value('pod_volume_stuck', volume('hung-0')), undefined);
      assert.equal(node.tables.stuck, 0);
      unmount();
    },
  );
});
