import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { COLUMNS, columnsFor } from '../../../page/columns.ts';
import { DEFAULT_ORDER, filtered, type Group, groupsOf, type Order, sorted } from '../../../page/rows.ts';
import { container, documentOf, nothingSeen, pod } from './pods.ts';

/** A container that uses so many cores. */
function busy(name: string, cores: number, more: object = {}): ReturnType<typeof container> {
  return container(name, { rates: { cpu: { usage_seconds_total: cores } }, ...more });
}

const WAITING = { state: 'waiting', state_reason: 'CrashLoopBackOff' };

const groups = groupsOf(
  documentOf([
    pod('quiet', [busy('app', 0.1)]),
    pod('two', [busy('a', 0.2), busy('b', 0.5)], { rates: { cpu: { usage_seconds_total: 0.7 } } }),
    pod('sick', [busy('a', 0), container('b', WAITING), busy('c', 0.1)]),
    { ...pod('other', [busy('app', 0.3)]), namespace: 'batch', workload: { kind: 'Job', name: 'nightly' } },
  ]),
  nothingSeen(),
);

function names(shown: readonly Group[]): readonly string[] {
  return shown.map(({ rows }) => rows.map((row) => `${row.pod}/${row.container}`).join(' '));
}

describe('the rows of the table', () => {
  test('are one for a pod with one container, otherwise one for the pod and one for each container', () => {
    assert.deepEqual(names(groups), [
      'quiet/app',
      'two/2 containers two/a two/b',
      'sick/3 containers sick/a sick/b sick/c',
      'other/app',
    ]);
  });

  test('exclude init containers that have ended, and include those that run', () => {
    const init = { type: 'init', restarts_total: 0 };
    const [ended, running] = groupsOf(
      documentOf([
        pod('ended', [container('setup', { ...init, state: 'terminated' }), container('app')]),
        pod('running', [container('setup', { ...init, state: 'running' }), container('app', { state: 'waiting' })]),
      ]),
      nothingSeen(),
    );
    assert.deepEqual(names([ended, running].filter((group) => group !== undefined)), [
      'ended/app',
      'running/2 containers running/setup running/app',
    ]);
  });

  test('of a pod without metadata have its UID and the short ID of the container', () => {
    const id = 'f'.repeat(64);
    const [group] = groupsOf(documentOf([{ uid: 'u', containers: [{ id }] }]), nothingSeen());
    assert.deepEqual(names(group === undefined ? [] : [group]), [`u/${'f'.repeat(12)}`]);
  });

  const ORDERS: readonly (readonly [what: string, order: Order, expected: readonly string[]])[] = [
    [
      'worst first, then by CPU; containers of a pod as well',
      DEFAULT_ORDER,
      ['sick/3 containers sick/b sick/c sick/a', 'two/2 containers two/b two/a', 'other/app', 'quiet/app'],
    ],
    [
      'by CPU of the busiest row',
      { by: 'cpu', descending: true },
      ['two/2 containers two/b two/a', 'other/app', 'quiet/app', 'sick/3 containers sick/c sick/a sick/b'],
    ],
    [
      'by namespace',
      { by: 'namespace', descending: false },
      ['other/app', 'quiet/app', 'sick/3 containers sick/a sick/b sick/c', 'two/2 containers two/a two/b'],
    ],
  ];
  for (const [what, order, expected] of ORDERS) {
    test(`are sorted ${what}`, () => assert.deepEqual(names(sorted(groups, order)), expected));
  }

  test('that are idle keep their places while they are sorted by what is wrong', () => {
    const idle = groupsOf(documentOf([pod('a', [busy('app', 0.001)]), pod('b', [busy('app', 0.004)])]), nothingSeen());
    assert.deepEqual(names(sorted(idle, DEFAULT_ORDER)), ['a/app', 'b/app']);
    assert.deepEqual(names(sorted(idle, { by: 'cpu', descending: true })), ['b/app', 'a/app']);
  });

  for (const [namespace, search, expected] of [
    ['batch', '', ['other']],
    ['', 'NIGHT', ['other']],
    ['', 'job nightly', ['other']],
    ['shop', 'nightly', []],
    ['', 'crashloop', ['sick']],
    ['', 'two b', ['two']],
    ['', ' ', ['quiet', 'two', 'sick', 'other']],
  ] as const) {
    test(`are filtered by namespace "${namespace}" and words "${search}"`, () => {
      assert.deepEqual(
        filtered(groups, namespace, search).map(({ rows }) => rows[0]?.pod),
        expected,
      );
    });
  }
});

test('a narrow page has fewer columns, in the same order', () => {
  assert.deepEqual(
    columnsFor(360).map(({ id }) => id),
    ['cpu', 'memory'],
  );
  assert.equal(columnsFor(1600).length, COLUMNS.length);
  const widths = [800, 1300].map((width) => columnsFor(width).length);
  assert.ok(2 < (widths[0] ?? 0) && (widths[0] ?? 0) < (widths[1] ?? 0) && (widths[1] ?? 0) < COLUMNS.length);
});
