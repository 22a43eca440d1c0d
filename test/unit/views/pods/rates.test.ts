import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CONTAINER, ID, PAUSE, POD } from '../../collect/fake-node.ts';
import { cgroup } from '../kubelet-node.ts';
import type { PodsContainer, PodsDocument, PodsPod } from '../../../support/pods-document.ts';
import { until } from '../../../support/until.ts';
import { liveNode, type LiveNode } from './live-node.ts';

function podOf({ pods }: PodsDocument): PodsPod {
  return pods[0] ?? assert.fail('no pod');
}

function containerOf(document: PodsDocument): PodsContainer {
  return podOf(document).containers[0] ?? assert.fail('no container');
}

/** CPU time and page faults grow. */
function work(node: LiveNode, { usec = 3_500_000, faults = 47 } = {}): void {
  node.write({
    'cgroup/cpu.stat': 'usage_usec 10000000\n',
    ...cgroup(POD, usec + 500_000, 90_000),
    ...cgroup(CONTAINER, usec, 80_000),
    [`cgroup${CONTAINER}/memory.stat`]: `anon 500\nfile 2000\ninactive_file 1000\npgfault ${faults}\npgmajfault 1\n`,
  });
}

describe('rates of /api/v1/pods', () => {
  test('are the increase of every counter per second, of node, pod and container', async (t) => {
    const node = liveNode(t);
    const first = await node.get(['cpu', 'memory']);
    for (const each of [first.node, podOf(first), containerOf(first)]) assert.equal(each['rates'], undefined);
    node.advance(2000);
    work(node);
    const second = await node.get(['cpu', 'memory']);
    assert.deepEqual(second.node['rates'], { interval_seconds: 2, cpu: { usage_seconds_total: 0.5 } });
    assert.deepEqual(podOf(second)['rates'], {
      interval_seconds: 2,
      cpu: { usage_seconds_total: 0.5, user_seconds_total: 0, system_seconds_total: 0 },
      memory: { page_faults_total: 0, major_page_faults_total: 0 },
    });
    assert.deepEqual(containerOf(second)['rates'], {
      interval_seconds: 2,
      cpu: { usage_seconds_total: 0.5, user_seconds_total: 0, system_seconds_total: 0 },
      memory: { page_faults_total: 20, major_page_faults_total: 0 },
    });
  });

  test('of devices and interfaces are under their names, without new ones', async (t) => {
    const devices = (read: number): string => `8:0 rbytes=${read} wbytes=2 rios=3 wios=4\n`;
    const dev = (bytes: number): string =>
      'Inter-|   Receive |  Transmit\n face |bytes packets errs drop\n' +
      `  eth0: ${bytes} 1 2 0 0 0 0 0 30 1 4 0 0 0 0 0\n`;
    const names = {
      'proc/partitions': 'major minor  #blocks  name\n\n   8        0   1 sda\n   8       16   1 sdb\n',
      'proc/diskstats': '   8       0 sda 1\n   8      16 sdb 1\n',
    };
    const node = liveNode(t, {
      ...names,
      [`cgroup${CONTAINER}/io.stat`]: devices(1000),
      [`cgroup${PAUSE}/cgroup.procs`]: '40\n',
      'proc/40/net/dev': dev(10),
      'proc/1/net/dev': dev(10),
    });
    await node.get(['io', 'network']);
    node.advance(4000);
    node.write({
      [`cgroup${CONTAINER}/io.stat`]: `${devices(5000)}8:16 rbytes=7 wbytes=2 rios=3 wios=4\n`,
      'proc/40/net/dev': dev(90),
    });
    const document = await node.get(['io', 'network']);
    const { io } = containerOf(document)['rates'] as { io: { devices: readonly Record<string, unknown>[] } };
    assert.deepEqual(
      io.devices.map(({ device, reads_bytes_total: bytes }) => [device, bytes]),
      [['sda', 1000]],
    );
    const { network } = podOf(document)['rates'] as { network: { interfaces: readonly Record<string, unknown>[] } };
    assert.deepEqual(
      network.interfaces.map((each) => [each['interface'], each['receive_bytes_total'], each['transmit_bytes_total']]),
      [['eth0', 20, 0]],
    );
  });

  test('are absent where a counter fell or had no earlier number', async (t) => {
    const node = liveNode(t, { [`cgroup${CONTAINER}/memory.stat`]: 'anon 500\nfile 2000\npgfault 7\n' });
    await node.get(['cpu', 'memory']);
    node.advance(2000);
    work(node, { usec: 1_000_000 });
    assert.deepEqual(containerOf(await node.get(['cpu', 'memory']))['rates'], {
      interval_seconds: 2,
      cpu: { user_seconds_total: 0, system_seconds_total: 0 },
      memory: { page_faults_total: 20 },
    });
  });

  test('are absent for a cgroup that was recreated, although it has the same name', async (t) => {
    const node = liveNode(t);
    await node.get(['cpu']);
    node.advance(2000);
    node.remove(`cgroup${CONTAINER}`);
    await node.scrape(['cpu']);
    work(node);
    const document = await node.get(['cpu']);
    assert.equal(containerOf(document)['id'], ID);
    assert.equal(containerOf(document)['rates'], undefined);
    assert.notEqual(podOf(document)['rates'], undefined);
  });

  test('are since the last request that is 1 to 60 s old', async (t) => {
    const node = liveNode(t);
    await node.get(['cpu']);
    const intervals: unknown[] = [];
    for (const milliseconds of [500, 500, 100, 59_000, 60_001]) {
      node.advance(milliseconds);
      const rates = podOf(await node.get(['cpu']))['rates'] as { interval_seconds?: number } | undefined;
      intervals.push(rates?.interval_seconds);
    }
    assert.deepEqual(intervals, [undefined, 1, 1.1, 59.1, undefined]);
  });

  test('need an earlier request for the same collectors, or for more', async (t) => {
    const node = liveNode(t);
    await node.get(['cpu']);
    node.advance(2000);
    assert.equal(podOf(await node.get(['cpu', 'memory']))['rates'], undefined);
    node.advance(2000);
    assert.deepEqual(Object.keys(podOf(await node.get(['memory']))['rates'] ?? {}), ['interval_seconds', 'memory']);
  });

  test('are waited for with ?rates, once for all who wait', async (t) => {
    const node = liveNode(t);
    const requests = [node.get(['cpu'], 5000), node.get(['cpu'], 5000)];
    await until('a collection', () => node.collected.length === 1 && node.timers.waits.includes(5000));
    node.advance(2000);
    requests.push(node.get(['cpu'], 5000));
    await until('another wait', () => node.timers.waits.filter((wait) => wait === 3000).length === 3);
    node.advance(3000);
    for (const document of await Promise.all(requests)) {
      assert.equal((podOf(document)['rates'] as { interval_seconds: number }).interval_seconds, 5);
    }
    node.advance(7000);
    // A collection that is less than twice as old will do.
    assert.equal((podOf(await node.get(['cpu'], 5000))['rates'] as { interval_seconds: number }).interval_seconds, 7);
  });

  test('are not waited for if the deadline is too close, or after a signal', async (t) => {
    const node = liveNode(t);
    const answer = node.view.answer(new Set(['cpu']), 5000);
    await answer.prepare?.(node.clock.now + 6000, new AbortController().signal);
    assert.equal(node.collected.length, 0);
    const stopping = new AbortController();
    const prepared = answer.prepare?.(node.clock.now + 60_000, stopping.signal);
    await until('a wait', () => node.timers.waits.includes(5000));
    stopping.abort();
    await prepared;
  });

  test('keep nothing a minute after the last request', async (t) => {
    const node = liveNode(t);
    await node.get(['cpu']);
    assert.deepEqual(node.timers.waits, [60_000]);
    node.timers.advance(60_000);
    assert.deepEqual(node.timers.waits, []);
    node.clock.now += 2000;
    assert.equal(podOf(await node.get(['cpu']))['rates'], undefined);
  });
});
