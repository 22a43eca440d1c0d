import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ContainerDocument, PodDocument } from '../../../src/top/document.ts';
import { documentOf, podOf, rowsAfter } from './documents.ts';

function troublesOf(...pods: readonly PodDocument[]): readonly string[] {
  const documents = pods.map((pod, index) => documentOf([pod], 1000 + index * 2));
  return (rowsAfter(...documents)[0]?.troubles ?? []).map(({ severity, text }) => `${severity} ${text}`);
}

const ofContainer = (container: ContainerDocument): readonly string[] => troublesOf(podOf('web', {}, container));
const ofPod = (pod: Partial<PodDocument>): readonly string[] => troublesOf(podOf('web', pod));

const MIB = 2 ** 20;

describe('what is wrong', () => {
  test('is nothing without numbers, and with those of a healthy pod', () => {
    assert.deepEqual(ofPod({}), []);
    assert.deepEqual(
      ofContainer({
        state: 'running',
        cpu: { limit_cores: 1 },
        memory: { working_set_bytes: 89 * MIB, rss_bytes: 50 * MIB, limit_bytes: 100 * MIB, oom_kills_total: 0 },
        pids: { threads: 9, threads_max: 10 },
        rates: {
          cpu: { usage_seconds_total: 1, cfs_periods_total: 10, cfs_throttled_periods_total: 2 },
          pressure: {
            cpu_waiting_seconds_total: 0.4,
            memory_stalled_seconds_total: 0.05,
            io_waiting_seconds_total: 0.2,
          },
        },
      }),
      [],
    );
  });

  test('is a CPU limit that throttles, bad if much time is lost', () => {
    const cpu = { cfs_periods_total: 10, cfs_throttled_periods_total: 9 };
    assert.deepEqual(ofContainer({ rates: { cpu } }), ['warning throttled 90%']);
    const lost = { ...cpu, cfs_throttled_seconds_total: 0.5 };
    assert.deepEqual(ofContainer({ rates: { cpu: lost } }), ['bad throttled 90%']);
    // That it waits for CPU follows from that.
    const pressure = { cpu_waiting_seconds_total: 0.99 };
    assert.deepEqual(ofContainer({ rates: { cpu: lost, pressure } }), ['bad throttled 90%']);
    assert.deepEqual(ofContainer({ rates: { pressure } }), ['warning CPU wait 99%']);
  });

  test('is memory close to the limit that cannot be reclaimed', () => {
    const memory = { working_set_bytes: 95 * MIB, rss_bytes: 5 * MIB, limit_bytes: 100 * MIB };
    assert.deepEqual(ofContainer({ memory }), []);
    assert.deepEqual(ofContainer({ memory: { ...memory, rss_bytes: 94 * MIB } }), ['bad memory 94%']);
  });

  test('is an OOM kill, bad for a minute', () => {
    const before = podOf('web', { memory: { oom_kills_total: 2 } });
    const after = podOf('web', { memory: { oom_kills_total: 3 } });
    assert.deepEqual(troublesOf(before), ['warning 2 OOM kills']);
    assert.deepEqual(troublesOf(before, after), ['bad OOM kill 0s ago']);
    assert.deepEqual(troublesOf(before, after, after), ['bad OOM kill 2s ago']);
    const later = rowsAfter(documentOf([before], 1000), documentOf([after], 1002), documentOf([after], 1062));
    assert.deepEqual(
      later[0]?.troubles.map(({ text }) => text),
      ['3 OOM kills'],
    );
  });

  test('is an OOM kill that only the cgroup of the container counts, as on cgroup v1', () => {
    const killed = (total: number): PodDocument =>
      podOf('web', { memory: { oom_kills_total: 0 } }, { memory: { oom_kills_total: total } });
    assert.deepEqual(troublesOf(killed(1), killed(2)), ['bad OOM kill 0s ago']);
  });

  test('is an OOM kill that only Kubernetes reports, because the cgroup is another', () => {
    const killed = (total: number): PodDocument => podOf('web', {}, { terminated_oom_total: total });
    assert.deepEqual(troublesOf(killed(0), killed(1)), ['bad OOM kill 0s ago']);
  });

  test('is no OOM kill or restart when a counter is missing for a moment', () => {
    const memory = { oom_kills_total: 5 };
    const all = podOf('web', { memory }, { memory, terminated_oom_total: 2, restarts_total: 3 });
    assert.deepEqual(troublesOf(all, podOf('web'), all), ['warning 5 OOM kills']);
    assert.deepEqual(troublesOf(all, podOf('web', {}, { terminated_oom_total: 2 }), all), ['warning 5 OOM kills']);
  });

  test('is no OOM kill of the future when the clock of the node was set back', () => {
    const killed = (total: number): PodDocument => podOf('web', { memory: { oom_kills_total: total } });
    const later = rowsAfter(documentOf([killed(1)], 1000), documentOf([killed(2)], 1002), documentOf([killed(2)], 50));
    assert.deepEqual(
      later[0]?.troubles.map(({ text }) => text),
      ['2 OOM kills'],
    );
  });

  test('is a restart, for ten minutes', () => {
    const restarted = (total: number): PodDocument => podOf('web', {}, { restarts_total: total });
    assert.deepEqual(troublesOf(restarted(1)), []);
    const at = (seconds: number): readonly string[] =>
      rowsAfter(
        documentOf([restarted(1)], 1000),
        documentOf([restarted(2)], 1002),
        documentOf([restarted(2)], 1002 + seconds),
      )
        .flatMap(({ troubles }) => troubles)
        .map(({ severity, text }) => `${severity} ${text}`);
    assert.deepEqual([at(59), at(120), at(601)], [['bad restart 59s ago'], ['warning restart 2m ago'], []]);
  });

  test('is a container that waits or failed, not one that starts or has completed', () => {
    assert.deepEqual(ofContainer({ state: 'waiting', state_reason: 'CrashLoopBackOff' }), ['bad CrashLoopBackOff']);
    assert.deepEqual(ofContainer({ state: 'waiting', state_reason: 'ContainerCreating' }), []);
    assert.deepEqual(ofContainer({ state: 'terminated', state_reason: 'Error' }), ['bad Error']);
    assert.deepEqual(ofContainer({ state: 'terminated', state_reason: 'Completed' }), []);
  });

  test('is pressure on memory and I/O', () => {
    assert.deepEqual(
      ofPod({ rates: { pressure: { memory_waiting_seconds_total: 0.5, memory_stalled_seconds_total: 0.2 } } }),
      ['bad memory stall 20%'],
    );
    assert.deepEqual(ofPod({ rates: { pressure: { io_waiting_seconds_total: 0.5, io_stalled_seconds_total: 0.2 } } }), [
      'warning I/O wait 50%',
    ]);
  });

  test('is a network that loses segments, connections or packets', () => {
    const tcp = { tcp_sent_segments_total: 100, tcp_retransmitted_segments_total: 7 };
    assert.deepEqual(ofPod({ rates: { network: tcp } }), ['bad retransmits 7%']);
    assert.deepEqual(
      ofPod({ rates: { network: { tcp_sent_segments_total: 5, tcp_retransmitted_segments_total: 5 } } }),
      [],
    );
    assert.deepEqual(ofPod({ rates: { network: { tcp_listen_overflows_total: 0.5 } } }), ['warning accept queue full']);
    const interfaces = [{ interface: 'eth0', receive_packets_dropped_total: 2, transmit_errors_total: 1 }];
    assert.deepEqual(ofPod({ rates: { network: { interfaces } } }), ['warning drops 3/s']);
  });

  test('is a volume that is almost full or does not respond', () => {
    const volumes = [
      { name: 'a', persistentvolumeclaim: 'a', capacity_bytes: 100, available_bytes: 20 },
      { name: 'b', persistentvolumeclaim: 'b', capacity_bytes: 100, available_bytes: 5 },
      { name: 'c', persistentvolumeclaim: 'c', capacity_bytes: 100, available_bytes: 1 },
      { name: 'd', stuck: true },
      { name: 'directory of the disk', capacity_bytes: 100, available_bytes: 1 },
      { name: 'image', persistentvolumeclaim: 'e', readonly: true, capacity_bytes: 100, available_bytes: 0 },
    ];
    assert.deepEqual(ofPod({ volumes }), ['bad volume c 99% full', 'bad volume d stuck', 'warning volume b 95% full']);
  });

  test('is a number of threads close to the limit', () => {
    assert.deepEqual(ofContainer({ pids: { threads: 19, threads_max: 20 } }), ['bad threads 95%']);
  });

  test('names the container of a pod with several, and has each measure once', () => {
    const memory = { rss_bytes: 95 * MIB, limit_bytes: 100 * MIB };
    const pod = podOf('web', { memory, containers: [{ name: 'app', memory }, { name: 'proxy' }] });
    assert.deepEqual(troublesOf(pod), ['bad memory 95% (app)']);
  });
});
