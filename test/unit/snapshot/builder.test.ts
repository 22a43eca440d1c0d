import { strict as assert } from 'node:assert';
import { describe, test } from 'node:test';
import { collectors } from '../../../src/metrics/index.ts';
import { perLevel } from '../../../src/metrics/row.ts';
import { compilePlan } from '../../../src/plan/compile-plan.ts';
import { SnapshotBuilder, type TableEntriesBuilder } from '../../../src/snapshot/builder.ts';
import type { Column, Entry, Notice, Outcome, Snapshot } from '../../../src/snapshot/snapshot.ts';
import type { Subject } from '../../../src/snapshot/subject.ts';

const PLAN = compilePlan(collectors, { version: 'v2', pageSizes: [] });

function pods(count: number): Snapshot['subjects'] {
  const pod = Array.from({ length: count }, (_, index): Subject => ({
    id: index,
    level: 'pod',
    path: '',
    labels: [['pod', `${index}`]],
  }));
  return { ...perLevel(() => []), pod };
}

/** A builder with room for so many pods. */
function builderOf(count: number): SnapshotBuilder {
  const builder = new SnapshotBuilder(PLAN);
  builder.prepare(pods(count));
  return builder;
}

/** Writes one of everything. */
function fill(builder: SnapshotBuilder, value: number): void {
  for (const column of builder.columns('pod')) column.fill(value);
  builder.fail('cpu', 'EIO');
  builder.outcomes.push({ collector: 'cpu', seconds: value, success: true });
  builder.notices.push({ message: 'x', fields: { value } });
  builder.tables.set('disk', [{ labels: [['device', 'sda']], numbers: { reads: value } }]);
  builder.devices.set('sda', `8:${value}`);
  builder.began.set('cpu', value);
  builder.lists[0]?.values.push(value);
  builder.lists[0]?.names.push('sda');
  builder.lists[0]?.subjects.push(0);
}

/** Everything that a snapshot has, copied. */
function copyOf(snapshot: Snapshot): unknown {
  const { columns, readAt, succeeded, ...data } = snapshot;
  const size = snapshot.subjects.pod.length;
  const methods = [
    readAt('cpu'),
    succeeded('cpu'),
    columns('pod').flatMap((column) => Array.from(column.slice(0, size))),
  ];
  return structuredClone({ data: { ...data, families: [] }, methods });
}

describe('SnapshotBuilder', () => {
  test('has a column for each number of each level, without a sample in it', () => {
    const columns = builderOf(3).columns('pod');
    assert.equal(columns.length, PLAN.widths.pod);
    for (const column of columns) assert.deepEqual([...column.subarray(0, 3)], [Number.NaN, Number.NaN, Number.NaN]);
  });

  test('has no sample of the previous scrape after a reset, with more subjects or fewer', () => {
    const builder = builderOf(2);
    for (const count of [2, 1, 5, 100, 3]) {
      for (const column of builder.columns('pod')) column.fill(7);
      builder.reset(1);
      builder.prepare(pods(count));
      for (const column of builder.columns('pod')) {
        assert.ok(column.length >= count);
        assert.ok(column.subarray(0, count).every(Number.isNaN));
      }
    }
  });

  test('reuses columns that are large enough', () => {
    const builder = builderOf(5);
    const columns = builder.columns('pod');
    builder.reset(1);
    builder.prepare(pods(4));
    assert.equal(builder.columns('pod')[0], columns[0]);
  });

  test('is empty after a reset', () => {
    const builder = builderOf(1);
    fill(builder, 7);
    builder.counts = { pod: 1, container: 1, outside: 0, pause: 1, slice: 1, unmatched: 1, nested: 0, duplicate: 0 };
    builder.unmatched = ['u1'];
    builder.seconds = builder.clock = 5;
    builder.remove('pod', 0);
    builder.reset(42);
    const fresh = new SnapshotBuilder(PLAN);
    fresh.reset(42);
    assert.deepEqual(copyOf(builder.finish()), copyOf(fresh.finish()));
  });

  test('removes the samples of one subject only, and marks it as gone', () => {
    const builder = builderOf(3);
    for (const column of builder.columns('pod')) column.fill(7);
    builder.remove('pod', 1);
    for (const column of builder.columns('pod')) assert.deepEqual([...column.subarray(0, 3)], [7, Number.NaN, 7]);
    assert.deepEqual(builder.finish().gone, { ...perLevel(() => new Set()), pod: new Set([1]) });
  });

  test('counts failed reads by collector and code', () => {
    const builder = builderOf(0);
    for (const [collector, code] of [
      ['cpu', 'EIO'],
      ['cpu', 'EIO'],
      ['cpu', 'EACCES'],
      ['io', 'EIO'],
    ] as const)
      builder.fail(collector, code);
    const cpu = new Map(Object.entries({ EIO: 2, EACCES: 1 }));
    assert.deepEqual(builder.finish().errors, new Map(Object.entries({ cpu, io: new Map([['EIO', 1]]) })));
  });

  test('reports which collectors have yet to be read', () => {
    const builder = builderOf(1);
    const names = PLAN.collectors.slice(0, 3).map(({ name }) => name);
    const ahead = (): boolean[] => names.map((name) => builder.isAhead(name));
    assert.deepEqual(ahead(), [true, true, true]);
    builder.reached = 1;
    assert.deepEqual(ahead(), [false, false, true]);
    assert.equal(builder.isAhead('bogus'), false);
    builder.reset(1);
    assert.deepEqual(ahead(), [true, true, true]);
  });
});

describe('a finished snapshot', () => {
  test('reports which collectors succeeded', () => {
    const builder = builderOf(0);
    builder.outcomes.push(
      { collector: 'cpu', seconds: 1, success: true },
      { collector: 'io', seconds: 1, success: false },
    );
    const snapshot = builder.finish();
    assert.deepEqual(
      (['cpu', 'io', 'memory'] as const).map((collector) => snapshot.succeeded(collector)),
      [true, false, false],
    );
  });

  test('reports when a collector was read, relative to the start of the scrape', () => {
    const builder = builderOf(1);
    builder.reset(1000);
    builder.clock = 5_000_000;
    builder.began.set('cpu', 5_000_250);
    const snapshot = builder.finish();
    assert.equal(snapshot.readAt('cpu'), 1000.25);
    assert.equal(snapshot.readAt('memory'), 1000);
    builder.reset(2000);
    assert.equal(builder.finish().readAt('cpu'), 2000);
  });

  test('has no subjects before the walk is complete', () => {
    const builder = builderOf(2);
    assert.equal(builder.finish().walked, true);
    builder.reset(1);
    const { walked, subjects } = builder.finish();
    assert.deepEqual([walked, subjects.pod], [false, []]);
  });

  test('cannot be changed by its readers', () => {
    const snapshot = builderOf(1).finish();
    // The compiler must reject each function; none is called.
    const writable = [
      // @ts-expect-error: a field cannot be assigned.
      (): number => (snapshot.time = 1),
      // @ts-expect-error: the subjects of a level cannot be replaced.
      (): Subject[] => (snapshot.subjects.pod = []),
      // @ts-expect-error: subjects cannot be added.
      (): Subject[] => snapshot.subjects.pod,
      // @ts-expect-error: nor can labels.
      (): unknown[] | undefined => snapshot.subjects.pod[0]?.labels,
      // @ts-expect-error: a subject cannot be marked as gone.
      (): Set<number> => snapshot.gone.pod,
      // @ts-expect-error: columns cannot be written.
      (): Float64Array | undefined => snapshot.columns('pod')[0],
      // @ts-expect-error: not even by position.
      (column: Column): number => (column[0] = 1),
      // @ts-expect-error: lists cannot be appended to.
      (): number[] | undefined => snapshot.lists[0]?.values,
      // @ts-expect-error: tables cannot be added.
      (): TableEntriesBuilder => snapshot.tables,
      // @ts-expect-error: nor can entries.
      (): Entry[] | undefined => snapshot.tables.get('disk'),
      // @ts-expect-error: nor can outcomes.
      (): Outcome[] => snapshot.outcomes,
      // @ts-expect-error: nor can notices.
      (): Notice[] => snapshot.notices,
      // @ts-expect-error: failed reads cannot be counted.
      (): Map<string, number> | undefined => snapshot.errors.get('cpu'),
    ];
    assert.equal(writable.length, 13);
    assert.ok(Object.isFrozen(snapshot));
  });
});

describe('a partial snapshot', () => {
  test('has what has been read so far, and stays as it is while the scrape continues and its builder is reused', () => {
    const builder = builderOf(2);
    fill(builder, 7);
    const partial = builder.partial();
    const before = copyOf(partial);
    assert.deepEqual(before, copyOf(builder.finish()));
    fill(builder, 8);
    builder.remove('pod', 0);
    assert.deepEqual(copyOf(partial), before);
    assert.notDeepEqual(copyOf(builder.finish()), before);
    builder.reset(42);
    builder.prepare(pods(1));
    fill(builder, 9);
    assert.deepEqual(copyOf(partial), before);
  });
});
