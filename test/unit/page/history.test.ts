import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { History } from '../../../page/history.ts';
import { container, documentOf, pod } from './pods.ts';

/** A document with one pod, whose container uses so many cores and was OOM-killed so often. */
function documentAt(time: number, cores: number, kills = 0): ReturnType<typeof documentOf> {
  const app = container('app', {
    rates: { cpu: { usage_seconds_total: cores } },
    memory: { oom_kills_total: kills },
  });
  return documentOf([pod('web', [app])], time);
}

const KEY = 'uid-web/app';

describe('the history of the page', () => {
  test('has the numbers of a row at the times of the documents', () => {
    const history = new History();
    for (const time of [1, 3, 5]) history.add(documentAt(time, time / 4));
    assert.deepEqual(history.times, [1, 3, 5]);
    assert.deepEqual(history.values(KEY, 'cpu'), [0.25, 0.75, 1.25]);
    assert.deepEqual(history.values(KEY, 'memory'), [Number.NaN, Number.NaN, Number.NaN]);
    assert.deepEqual(history.values('other', 'cpu'), [Number.NaN, Number.NaN, Number.NaN]);
  });

  test('has a gap where a row was missing', () => {
    const history = new History();
    history.add(documentAt(1, 1));
    history.add(documentOf([], 3));
    history.add(documentAt(5, 2));
    assert.deepEqual(history.values(KEY, 'cpu'), [1, Number.NaN, 2]);
  });

  test('is limited to the last 150 documents, and forgets what is gone', () => {
    const history = new History();
    for (let number = 0; number < 200; number++) history.add(documentAt(number, number));
    assert.equal(history.times.length, 150);
    assert.deepEqual([history.times.at(0), history.times.at(-1)], [50, 199]);
    assert.deepEqual([history.values(KEY, 'cpu').at(0), history.values(KEY, 'cpu').at(-1)], [50, 199]);
    for (let number = 200; number < 400; number++) history.add(documentOf([], number));
    history.add(documentAt(400, 7));
    assert.deepEqual(
      history.values(KEY, 'cpu').filter((value) => !Number.isNaN(value)),
      [7],
    );
  });

  test('is interrupted where the page received nothing', () => {
    const history = new History();
    for (const time of [1, 3, 300, 302]) history.add(documentAt(time, time));
    assert.deepEqual(history.times, [1, 3, 151.5, 300, 302]);
    assert.deepEqual(history.values(KEY, 'cpu'), [1, 3, Number.NaN, 300, 302]);
    for (let number = 0; number < 200; number++) history.add(documentAt(304 + 11 * number, 1));
    assert.equal(history.values(KEY, 'cpu').filter((value) => Number.isNaN(value)).length, 75);
  });

  test('begins again when the clock of the node was set back', () => {
    const history = new History();
    for (const time of [100, 102, 50, 52]) history.add(documentAt(time, time));
    assert.deepEqual(history.times, [50, 52]);
    assert.deepEqual(history.values(KEY, 'cpu'), [50, 52]);
  });

  test('counts no OOM kill twice, and none when a source of them is missing for a moment', () => {
    const history = new History();
    const kills = [
      [5, 2],
      [undefined, 2],
      [5, 2],
      [6, 3],
      [6, undefined],
      [6, 3],
    ] as const;
    for (const [time, [kernel, reported]] of kills.entries()) {
      const app = container('app', { memory: { oom_kills_total: kernel }, terminated_oom_total: reported });
      history.add(documentOf([pod('web', [app])], time));
    }
    assert.equal(history.recent(KEY).oomKills, 1);
  });

  test('counts what increases, also behind a reset', () => {
    const history = new History();
    for (const [time, kills] of [5, 6, 6, 0, 2].entries()) history.add(documentAt(time, 0, kills));
    assert.deepEqual(history.recent(KEY), { oomKills: 3, restarts: 0 });
    assert.deepEqual(history.recent('other'), { oomKills: 0, restarts: 0 });
  });
});
