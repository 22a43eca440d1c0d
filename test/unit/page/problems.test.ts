import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { HeldProblems } from '../../../page/held-problems.ts';
import { problemsOf, severity } from '../../../page/problems.ts';
import type { Source } from '../../../page/source.ts';
import { sourceOf, TIME } from './pods.ts';

/** Numbers of TCP per second. */
function tcp(sent: number, again: number, syn = 0): object {
  return {
    rates: {
      network: {
        tcp_sent_segments_total: sent,
        tcp_retransmitted_segments_total: again,
        tcp_syn_retransmits_total: syn,
      },
    },
  };
}

function throttled(periods: number, hit: number, seconds: number): object {
  const cpu = { cfs_periods_total: periods, cfs_throttled_periods_total: hit, cfs_throttled_seconds_total: seconds };
  return { rates: { cpu } };
}

function volume(fields: object): object {
  return { volumes: [{ name: 'data', ...fields }] };
}

const full = { persistentvolumeclaim: 'data-0', capacity_bytes: 100 };

const CASES: readonly (readonly [what: string, source: Source, problems: readonly string[]])[] = [
  ['nothing', sourceOf(), []],
  ['an OOM kill of the past', sourceOf({ terminated_oom_total: 1 }), ['warning oomKills 1 OOM kill']],
  [
    'a recent OOM kill',
    sourceOf({ memory: { oom_kills_total: 3 } }, {}, { oomKills: 1 }),
    ['critical oomKills OOM-killed'],
  ],
  [
    'kills that only the cgroup of the pod has counted',
    sourceOf({}, { memory: { oom_kills_total: 2 } }),
    ['warning oomKills 2 OOM kills'],
  ],
  [
    'an image that is missing',
    sourceOf({ state: 'waiting', state_reason: 'ImagePullBackOff' }),
    ['critical - ImagePullBackOff'],
  ],
  ['a container that is being created', sourceOf({ state: 'waiting', state_reason: 'ContainerCreating' }), []],
  ['a restart', sourceOf({ restarts_total: 4, start_time_seconds: TIME - 30 }), ['warning restarts restarted']],
  ['a restart long ago', sourceOf({ restarts_total: 4, start_time_seconds: TIME - 3600 }), []],
  [
    'repeated restarts',
    sourceOf({ restarts_total: 4, start_time_seconds: TIME - 30 }, {}, { restarts: 2 }),
    ['critical restarts restarted'],
  ],
  ['throttling within the limit', sourceOf(throttled(10, 2.5, 1)), []],
  ['short throttling', sourceOf(throttled(10, 5, 0.05)), ['warning throttled throttled 50 %']],
  ['throttling', sourceOf(throttled(10, 5, 0.5)), ['critical throttled throttled 50 %']],
  ['no CPU period', sourceOf(throttled(0, 0, 0)), []],
  ['page cache near the limit', sourceOf({ memory: { working_set_bytes: 99, rss_bytes: 10, limit_bytes: 100 } }), []],
  [
    'memory near the limit',
    sourceOf({ memory: { rss_bytes: 95, limit_bytes: 100 } }),
    ['critical memoryShare memory 95 %'],
  ],
  ['memory without a limit', sourceOf({ memory: { rss_bytes: 95 } }), []],
  [
    'tasks that wait for memory',
    sourceOf({ rates: { pressure: { memory_waiting_seconds_total: 0.3 } } }),
    ['warning memoryPressure waiting for memory'],
  ],
  [
    'tasks that are stalled on I/O',
    sourceOf({ rates: { pressure: { io_waiting_seconds_total: 0.9, io_stalled_seconds_total: 0.5 } } }),
    ['critical ioPressure stalled on I/O'],
  ],
  [
    'tasks that wait for CPU',
    sourceOf({ rates: { pressure: { cpu_waiting_seconds_total: 0.9 } } }),
    ['warning cpuPressure waiting for CPU'],
  ],
  ['a container that has failed', sourceOf({ state: 'terminated', state_reason: 'Error' }), ['critical - Error']],
  ['a container that has completed', sourceOf({ state: 'terminated', state_reason: 'Completed' }), []],
  ['threads near the limit', sourceOf({ pids: { threads: 95, threads_max: 100 } }), ['critical threads threads 95 %']],
  ['hardly any retransmissions', sourceOf({}, tcp(100, 0.9)), []],
  ['few retransmissions', sourceOf({}, tcp(100, 4)), ['warning retransmitted retransmits 4.0 %']],
  ['retransmissions', sourceOf({}, tcp(100, 6)), ['critical retransmitted retransmits 6.0 %']],
  ['retransmissions of a slow connection', sourceOf({}, tcp(2, 1)), []],
  ['one segment retransmitted', sourceOf({}, tcp(2, 0.4)), []],
  ['a peer that does not answer', sourceOf({}, tcp(10, 0.2, 0.2)), ['warning retransmitted SYN retransmits']],
  [
    'packets dropped',
    sourceOf({}, { rates: { network: { interfaces: [{ receive_packets_dropped_total: 2 }] } } }),
    ['warning drops packets dropped'],
  ],
  [
    'a full accept queue',
    sourceOf({}, { rates: { network: { tcp_listen_overflows_total: 1 } } }),
    ['warning drops accept queue full'],
  ],
  ['a volume that is stuck', sourceOf({}, volume({ stuck: true })), ['critical - volume data stuck']],
  [
    'a volume that is almost full',
    sourceOf({}, volume({ ...full, available_bytes: 2 })),
    ['critical - volume data 98 % full'],
  ],
  [
    'a volume that is filling',
    sourceOf({}, volume({ ...full, available_bytes: 9 })),
    ['warning - volume data 91 % full'],
  ],
  [
    'a volume without inodes',
    sourceOf({}, volume({ ...full, available_bytes: 90, inodes: 100, inodes_used: 99 })),
    ['critical - volume data 99 % full'],
  ],
  ['a full volume that is read-only', sourceOf({}, volume({ ...full, available_bytes: 0, readonly: true })), []],
  ['a full disk below a directory', sourceOf({}, volume({ capacity_bytes: 100, available_bytes: 1 })), []],
  [
    'several, the worst first',
    sourceOf({ terminated_oom_total: 1, ...throttled(10, 5, 0.5) }),
    ['critical throttled throttled 50 %', 'warning oomKills 1 OOM kill'],
  ],
];

describe('the problems of a row', () => {
  for (const [what, source, expected] of CASES) {
    test(what, () => {
      const problems = problemsOf(source);
      assert.deepEqual(
        problems.map(({ level, number = '-', short }) => `${level} ${number} ${short}`),
        expected,
      );
      for (const { reason } of problems) assert.match(reason, /^[^a-z].*\.$/);
    });
  }

  test('of a container exclude those of its pod', () => {
    const source = sourceOf({}, volume({ stuck: true }));
    assert.deepEqual(problemsOf({ ...source, ofPod: false }), []);
  });

  test('that are critical outweigh a few warnings', () => {
    const critical = problemsOf(sourceOf({}, volume({ stuck: true })));
    const warnings = problemsOf(sourceOf({ terminated_oom_total: 1 }, tcp(10, 0.2, 0.2)));
    assert.equal(warnings.length, 2);
    assert.ok(severity(critical) > severity(warnings));
  });
});

describe('problems that pass', () => {
  const [problem] = problemsOf(sourceOf(throttled(10, 5, 0.5)));
  const [later] = problemsOf(sourceOf(throttled(10, 7, 0.5)));
  assert.ok(problem !== undefined && later !== undefined);

  test('stay for ten seconds', () => {
    const held = new HeldProblems();
    assert.deepEqual(held.add('a', [problem], TIME), [problem]);
    const [passed] = held.add('a', [], TIME + 10);
    assert.deepEqual([passed?.short, passed?.number], [problem.short, undefined]);
    assert.deepEqual(held.add('b', [], TIME + 10), []);
    assert.deepEqual(held.add('a', [], TIME + 10.1), []);
    assert.deepEqual(held.add('a', [], TIME), []);
  });

  test('end when the clock of the node was set back', () => {
    const held = new HeldProblems();
    held.add('a', [problem], TIME);
    assert.deepEqual(held.add('a', [], TIME - 3600), []);
  });

  test('are replaced by the same one with other figures', () => {
    const held = new HeldProblems();
    held.add('a', [problem], TIME);
    assert.deepEqual(held.add('a', [later], TIME + 2), [later]);
    assert.deepEqual(
      held.add('a', [], TIME + 11).map(({ short }) => short),
      [later.short],
    );
  });
});
