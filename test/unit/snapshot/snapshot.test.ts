import { strict as assert } from 'node:assert';
import { describe, test } from 'node:test';
import { collectors } from '../../../src/metrics/index.ts';
import { compilePlan } from '../../../src/plan/compile-plan.ts';
import { Snapshot, type Subject } from '../../../src/snapshot/snapshot.ts';

const PLAN = compilePlan(collectors, { version: 'v2', pageSizes: [] });

function subjects(count: number): Subject[] {
  return Array.from({ length: count }, (_, index) => ({
    level: 'pod',
    path: '',
    labels: [['pod', `${index}`]],
    gone: false,
  }));
}

/** A snapshot with room for so many pods. */
function snapshotOf(pods: number): Snapshot {
  const snapshot = new Snapshot(PLAN);
  snapshot.subjects.pod = subjects(pods);
  snapshot.prepare();
  return snapshot;
}

describe('Snapshot', () => {
  test('has a column for each number of each level, without a sample in it', () => {
    const snapshot = snapshotOf(3);
    const columns = snapshot.columns('pod');
    assert.equal(columns.length, PLAN.widths.pod);
    for (const column of columns) assert.deepEqual([...column.subarray(0, 3)], [Number.NaN, Number.NaN, Number.NaN]);
  });

  test('used again has no sample of the time before, larger or smaller', () => {
    const snapshot = snapshotOf(2);
    for (const count of [2, 1, 5, 100, 3]) {
      for (const column of snapshot.columns('pod')) column.fill(7);
      snapshot.reset(1);
      snapshot.subjects.pod = subjects(count);
      snapshot.prepare();
      for (const column of snapshot.columns('pod')) {
        assert.ok(column.length >= count);
        assert.ok(column.subarray(0, count).every(Number.isNaN));
      }
    }
  });

  test('forgets everything else as well', () => {
    const snapshot = snapshotOf(1);
    snapshot.fail('cpu', 'EIO');
    snapshot.outcomes.push({ collector: 'cpu', seconds: 1, success: true });
    snapshot.notices.push({ cause: 'x', message: 'y' });
    snapshot.lists[0]?.values.push(1);
    snapshot.lists[0]?.names.push('sda');
    snapshot.lists[0]?.subjects.push(0);
    snapshot.counts = { pod: 1, container: 1, pause: 1, slice: 1, unmatched: 1 };
    snapshot.seconds = 5;
    snapshot.reset(42);
    assert.deepEqual([snapshot.time, snapshot.seconds, snapshot.errors.size], [42, 0, 0]);
    assert.deepEqual(
      [snapshot.outcomes, snapshot.notices, snapshot.lists[0]],
      [[], [], { subjects: [], names: [], values: [] }],
    );
    assert.deepEqual(snapshot.counts, { pod: 0, container: 0, pause: 0, slice: 0, unmatched: 0 });
    assert.equal(snapshot.succeeded('cpu'), false);
  });

  test('takes back what was stored of one subject only', () => {
    const snapshot = snapshotOf(3);
    for (const column of snapshot.columns('pod')) column.fill(7);
    snapshot.blank('pod', 1);
    for (const column of snapshot.columns('pod')) assert.deepEqual([...column.subarray(0, 3)], [7, Number.NaN, 7]);
  });

  test('counts failures by collector and code', () => {
    const snapshot = snapshotOf(0);
    for (const [collector, code] of [
      ['cpu', 'EIO'],
      ['cpu', 'EIO'],
      ['cpu', 'EACCES'],
      ['io', 'EIO'],
    ] as const)
      snapshot.fail(collector, code);
    assert.deepEqual(
      snapshot.errors,
      new Map([
        [
          'cpu',
          new Map([
            ['EIO', 2],
            ['EACCES', 1],
          ]),
        ],
        ['io', new Map([['EIO', 1]])],
      ]),
    );
  });

  test('tells which collectors have read everything', () => {
    const snapshot = snapshotOf(0);
    snapshot.outcomes.push(
      { collector: 'cpu', seconds: 1, success: true },
      { collector: 'io', seconds: 1, success: false },
    );
    assert.deepEqual(
      (['cpu', 'io', 'memory'] as const).map((collector) => snapshot.succeeded(collector)),
      [true, false, false],
    );
  });

  test('tells when a collector was read, on the clock of the whole', () => {
    const snapshot = snapshotOf(1);
    snapshot.reset(1000);
    snapshot.clock = 5_000_000;
    snapshot.began.set('cpu', 5_000_250);
    assert.equal(snapshot.readAt('cpu'), 1000.25);
    assert.equal(snapshot.readAt('memory'), 1000);
    snapshot.reset(2000);
    assert.equal(snapshot.readAt('cpu'), 2000);
  });

  test('knows whose turn is still to come', () => {
    const snapshot = snapshotOf(1);
    const [first = '', second = '', third = ''] = PLAN.collectors.map(({ name }) => name);
    assert.deepEqual(
      [first, second, third].map((name) => snapshot.isAhead(name)),
      [true, true, true],
    );
    snapshot.reached = 1;
    assert.deepEqual(
      [first, second, third].map((name) => snapshot.isAhead(name)),
      [false, false, true],
    );
    assert.equal(snapshot.isAhead('bogus'), false);
    snapshot.reset(1);
    assert.equal(snapshot.isAhead(first), true);
  });
});
