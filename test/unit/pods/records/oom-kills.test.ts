import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { countOomKills } from '../../../../src/pods/records/oom-kills.ts';
import type { ContainerRecord } from '../../../../src/pods/pod.ts';
import { NULL } from '../pod-objects.ts';

function killed(containerID: string | undefined, finishedAt?: string): object {
  return { terminated: { reason: 'OOMKilled', exitCode: 137, containerID, finishedAt } };
}

const RUNNING = { running: { startedAt: '2026-11-21T05:18:02Z' } };
const CRASHED = { terminated: { reason: 'Error', exitCode: 1, containerID: 'c://x' } };

/** Returns the count after each status. */
function counts(statuses: readonly unknown[]): readonly number[] {
  let previous: ContainerRecord | undefined;
  return statuses.map((status) => {
    const kills = countOomKills(status, previous);
    previous = { name: 'main', type: 'app', requests: {}, limits: {}, ...kills };
    return kills.oomKills;
  });
}

interface Case {
  readonly what: string;
  readonly statuses: readonly unknown[];
  readonly expected: readonly number[];
}

const CASES: readonly Case[] = [
  {
    what: 'a kill counts once while it moves from state to lastState',
    statuses: [
      { state: RUNNING },
      { state: killed('c://1') },
      { state: { waiting: {} }, lastState: killed('c://1') },
      { state: RUNNING, lastState: killed('c://1') },
    ],
    expected: [0, 1, 1, 1],
  },
  {
    what: 'a kill in the first status does not count, the next one does',
    statuses: [
      { state: RUNNING, lastState: killed('c://1') },
      { state: killed('c://2'), lastState: killed('c://1') },
      { state: RUNNING, lastState: killed('c://2') },
    ],
    expected: [0, 1, 1],
  },
  {
    what: 'a kill that appears only in lastState counts',
    statuses: [{ state: RUNNING }, { state: RUNNING, lastState: killed('c://1') }],
    expected: [0, 1],
  },
  {
    what: 'two kills between two statuses count twice',
    statuses: [{ state: RUNNING }, { state: killed('c://2'), lastState: killed('c://1') }],
    expected: [0, 2],
  },
  {
    what: 'the count survives other terminations and a repeated old kill',
    statuses: [
      { state: RUNNING },
      { state: killed('c://1') },
      { state: RUNNING, lastState: CRASHED },
      { state: RUNNING, lastState: killed('c://1') },
    ],
    expected: [0, 1, 1, 1],
  },
  {
    what: 'a container without a status starts at 0 and counts the first kill',
    statuses: [undefined, { state: killed('c://1') }],
    expected: [0, 1],
  },
  {
    what: 'without a container ID finishedAt identifies a kill',
    statuses: [
      { state: RUNNING },
      { state: killed(undefined, '2026-11-21T05:18:33Z') },
      { state: RUNNING, lastState: killed('', '2026-11-21T05:18:33Z') },
      { state: RUNNING, lastState: killed(undefined, '2026-11-21T05:19:33Z') },
    ],
    expected: [0, 1, 1, 2],
  },
  {
    what: 'a kill without container ID and finishedAt is not counted',
    statuses: [{ state: RUNNING }, { state: killed(undefined) }],
    expected: [0, 0],
  },
  {
    what: 'invalid statuses count nothing',
    statuses: [NULL, { state: 'OOMKilled' }, { state: { terminated: [] }, lastState: 3 }],
    expected: [0, 0, 0],
  },
];

for (const { what, statuses, expected } of CASES) {
  test(what, () => {
    assert.deepEqual(counts(statuses), expected);
  });
}

test('a thousand kills are counted with bounded memory', () => {
  const container = { name: 'main', type: 'app', requests: {}, limits: {} } as const;
  let kills: Pick<ContainerRecord, 'oomKills' | 'seenOomKills'> = { oomKills: 0 };
  for (let kill = 0; kill < 1000; kill++) {
    kills = countOomKills({ state: killed(`c://${kill}`) }, Object.assign({ ...container }, kills));
  }
  assert.equal(kills.oomKills, 1000);
  assert.ok((kills.seenOomKills?.length ?? 0) <= 10);
});
