import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { mountedHierarchies } from '../support/cgroup-mounts.ts';
import { diskOf } from '../support/disk.ts';
import { whyNoStandIn } from '../support/requirements.ts';
import { oomKills } from '../support/running-container.ts';
import type { RunningPod } from '../support/running-pod.ts';
import { startStandInNode } from '../support/stand-in-node.ts';
import type { StandInNode } from '../support/stand-in-node.ts';
import { equals, until } from '../support/until.ts';

const MEBIBYTE = 2 ** 20;
const skip = whyNoStandIn() ?? false;

describe('mounted cgroup hierarchies', () => {
  test('are found where controllers share one, where each has its own, and on pure v2', () => {
    const joined = `
25 30 0:23 / /sys/fs/cgroup ro,nosuid shared:9 - tmpfs tmpfs ro,mode=755
26 25 0:24 / /sys/fs/cgroup/unified rw,nosuid shared:10 - cgroup2 cgroup2 rw,nsdelegate
29 25 0:27 / /sys/fs/cgroup/cpu,cpuacct rw,nosuid shared:14 - cgroup cgroup rw,cpu,cpuacct
30 25 0:28 / /sys/fs/cgroup/memory rw,nosuid shared:15 - cgroup cgroup rw,memory
31 25 0:28 / /mnt/memory-again rw,nosuid - cgroup cgroup rw,memory
`;
    assert.deepEqual(mountedHierarchies(joined), [
      { version: 1, path: '/sys/fs/cgroup/cpu,cpuacct' },
      { version: 1, path: '/sys/fs/cgroup/memory' },
      { version: 2, path: '/sys/fs/cgroup/unified' },
    ]);
    const pure = '35 24 0:30 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate';
    assert.deepEqual(mountedHierarchies(pure), [{ version: 2, path: '/sys/fs/cgroup' }]);
  });
});

describe('a stand-in node', { skip }, () => {
  let node: StandInNode;

  before(async () => {
    node = await startStandInNode({ oomPeriod: 0.2 });
  });

  after(async () => {
    await node.stop();
  });

  const running = (): readonly RunningPod[] =>
    node.pods.filter((pod) => pod.cgroup !== undefined && pod.plan.name !== 'oom');
  test('has every container in its cgroup of every hierarchy', () => {
    for (const pod of running()) {
      for (const { pid, cgroup, id } of pod.containers) {
        const paths = readFileSync(`/proc/${pid}/cgroup`, 'latin1');
        for (const file of node.tree.procsFiles(cgroup)) {
          assert.ok(readFileSync(file, 'latin1').split('\n').includes(String(pid)), file);
        }
        assert.ok(paths.includes(`/${node.tree.name}/${pod.cgroup}/${id}`), pod.plan.name);
      }
    }
  });

  test('has a network namespace per pod, and none for a pod on the host network', () => {
    const pods = running().filter((pod) => pod.plan.hostNetwork !== true);
    const namespaces = new Set(pods.map((pod) => namespaceOf(pod.pausePid)));
    assert.equal(namespaces.size, pods.length);
    assert.ok(!namespaces.has(namespaceOf(1)));
    assert.equal(namespaceOf(node.pod('agent-w8hdz').pausePid), namespaceOf(1));
    for (const pod of pods) {
      for (const { pid } of pod.containers) {
        assert.equal(namespaceOf(pid), namespaceOf(pod.pausePid), pod.plan.name);
      }
    }
  });

  test('names the first process of a sandbox pause', async () => {
    for (const { pausePid } of running()) {
      await until('the command name', () => readFileSync(`/proc/${pausePid}/comm`, 'latin1'), equals('pause\n'));
    }
  });

  test('places and limits a pod by its quality of service', () => {
    assert.equal(node.pod('cart').cgroup, `kubepods/pod${node.pod('cart').uid}`);
    assert.match(node.pod('multi').cgroup ?? '', /^kubepods\/burstable\/pod/);
    assert.match(node.pod('processes').cgroup ?? '', /^kubepods\/besteffort\/pod/);
    assert.match(node.pod('proxy').cgroup ?? '', /^kubepods\/burstable\/pod[0-9a-f]{32}$/);
    const busy = node.pod('throttled').container('busy');
    const memory = { 'memory.limit_in_bytes': /^(\d+)$/m, 'memory.max': /^(\d+)$/m };
    assert.equal(reading(node, busy.cgroup, memory), 24 * MEBIBYTE);
    const quota = { 'cpu.cfs_quota_us': /^(\d+)$/m, 'cpu.max': /^(\d+) 100000$/m };
    assert.equal(reading(node, busy.cgroup, quota), 2000);
    assert.equal(reading(node, dirname(busy.cgroup), { 'pids.max': /^(\d+)$/m }), 1000);
  });

  test('has a sandbox without containers where the image is missing', () => {
    const { cgroup, containers, pausePid } = node.pod('imagemissing');
    assert.deepEqual(containers, []);
    assert.ok(cgroup !== undefined && node.tree.file(cgroup, 'cgroup.procs') !== undefined);
    assert.ok(existsSync(`/proc/${pausePid}/ns/net`));
  });

  test('sends TCP and UDP between pods', async () => {
    const [web, client] = [node.pod('web'), node.pod('client')];
    const above = (least: number) => (received: number) => received > least;
    await until('a received MiB', () => receivedBytes(web), above(MEBIBYTE));
    await until('received answers', () => receivedBytes(client), above(MEBIBYTE / 4));
    await until('received datagrams', () => receivedDatagrams(web), above(100));
  });

  test('throttles a busy container', async () => {
    const { cgroup } = node.pod('throttled').container('busy');
    const throttled = (): number => reading(node, cgroup, { 'cpu.stat': /^nr_throttled (\d+)$/m });
    const first = throttled();
    await until('ten more throttled periods', throttled, (periods) => periods >= first + 10);
  });

  test('burns CPU, holds memory, forks', async () => {
    const burn = node.pod('burn').container('burn');
    const used = { 'cpuacct.stat': /^user (\d+)$/m, 'cpu.stat': /^user_usec (\d+)$/m };
    const first = reading(node, burn.cgroup, used);
    await until(
      'CPU time',
      () => reading(node, burn.cgroup, used),
      (ticks) => ticks > first,
    );
    const redis = node.pod('cart').container('redis');
    const held = { 'memory.stat': /^(?:rss|anon) (\d+)$/m };
    await until(
      '48 MiB of memory',
      () => reading(node, redis.cgroup, held),
      (bytes) => bytes >= 48 * MEBIBYTE,
    );
    const forks = node.pod('processes').container('forks');
    await until('nine processes', () => node.tree.pids(forks.cgroup).length, equals(9));
  });

  const disk = diskOf(tmpdir()) === undefined ? 'needs a temporary folder on a disk' : false;
  test('writes to the disk', { skip: disk }, async () => {
    const writer = node.pod('multi').container('writer');
    const written = {
      'blkio.throttle.io_service_bytes': / Write (\d+)$/m,
      'io.stat': / wbytes=(\d+)/,
    };
    await until(
      'a written MiB',
      () => reading(node, writer.cgroup, written),
      (bytes) => bytes >= MEBIBYTE,
    );
  });

  test('restarts a container that is killed for memory under a new ID', async () => {
    const pod = node.pod('oom');
    const { id, cgroup } = pod.container('eater');
    await once(node.events, 'restart');
    const eater = pod.container('eater');
    assert.notEqual(eater.id, id);
    assert.equal(node.tree.file(cgroup, 'cgroup.procs'), undefined);
    assert.equal(eater.state.last?.reason, 'OOMKilled');
    assert.equal(eater.state.last.exitCode, 137);
    assert.ok(eater.state.restarts > 0);
  });

  test('kills a child for memory again and again while its container lives', async () => {
    const worker = node.pod('oom-child').container('worker');
    const { id } = worker;
    await until(
      'two OOM kills',
      () => oomKills(node.tree, worker.cgroup),
      (kills) => kills >= 2,
    );
    assert.equal(worker.id, id);
  });
});

/** The number in the first of these files that the cgroup has; NaN while its line is missing. */
function reading({ tree }: StandInNode, cgroup: string, sources: Readonly<Record<string, RegExp>>): number {
  const name = Object.keys(sources).find((file) => tree.file(cgroup, file) !== undefined);
  assert.ok(name !== undefined, `${Object.keys(sources).join(' or ')} in ${cgroup}`);
  return Number(sources[name]?.exec(tree.read(cgroup, name))?.[1] ?? NaN);
}

/** The inode of net/dev tells network namespaces apart. */
function namespaceOf(pid: number | undefined): number {
  return statSync(`/proc/${pid}/net/dev`).ino;
}

function receivedBytes({ pausePid }: RunningPod): number {
  const table = readFileSync(`/proc/${pausePid}/net/dev`, 'latin1');
  return Number(/eth0: *(\d+)/.exec(table)?.[1]);
}

function receivedDatagrams({ pausePid }: RunningPod): number {
  const table = readFileSync(`/proc/${pausePid}/net/snmp`, 'latin1');
  return Number(/^Udp: (\d+)/m.exec(table)?.[1]);
}
