import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { OutsideObject, PodsDocument } from '../../../page/document.ts';
import { History } from '../../../page/history.ts';
import { OUTSIDE } from '../../../page/outside.ts';
import { contentOf, DEFAULT_ORDER, filtered, type Group, groupsOf, sorted } from '../../../page/rows.ts';
import { NUMBERS } from '../../../page/source.ts';
import { container, documentOf, nothingSeen, pod, TIME } from './pods.ts';

const MIB = 2 ** 20;

/** A container of Docker that uses so many cores. */
function outside(name: string, cores: number, more: object = {}): OutsideObject {
  return { name, id: `id-${name}`, runtime: 'docker', rates: { cpu: { usage_seconds_total: cores } }, ...more };
}

const WEB = outside('web', 0.2, {
  image: 'nginx:1.27',
  compose_project: 'shop',
  compose_service: 'front',
  created_time_seconds: TIME - 60,
  memory: { working_set_bytes: 95 * MIB, rss_bytes: 95 * MIB, limit_bytes: 100 * MIB, oom_kills_total: 0 },
  rates: {
    cpu: { usage_seconds_total: 0.2 },
    network: { interfaces: [{ receive_bytes_total: 7, receive_packets_dropped_total: 2 }] },
  },
});

const DOCUMENT: PodsDocument = {
  ...documentOf([pod('cart', [container('app', { rates: { cpu: { usage_seconds_total: 0.1 } } })])]),
  containers: [outside('db', 0.3), WEB, { name: 'c0ffee', id: 'c0ffee' }],
};

const groups = groupsOf(DOCUMENT, nothingSeen());

function names(shown: readonly Group[]): readonly string[] {
  return shown.flatMap(({ rows }) =>
    rows.map(({ namespace, pod: name, container: of }) => `${namespace}/${name}/${of}`),
  );
}

describe('a container outside of pods', () => {
  test('is a row beside the pods, with its engine', () => {
    assert.deepEqual(names(groups), [
      'shop/cart/app',
      `${OUTSIDE}/db/docker`,
      `${OUTSIDE}/web/docker`,
      `${OUTSIDE}/c0ffee/`,
    ]);
  });

  test('has its network, its age and what is wrong with it', () => {
    const [row = assert.fail('no row')] = groups[2]?.rows ?? [];
    assert.deepEqual(
      (['cpu', 'memoryShare', 'received', 'drops', 'age'] as const).map((name) => NUMBERS[name](row.source)),
      [0.2, 0.95, 7, 2, 60],
    );
    assert.deepEqual(
      row.problems.map(({ level, short }) => `${level}: ${short}`),
      ['critical: memory 95 %', 'warning: packets dropped'],
    );
  });

  test('is sorted with the pods', () => {
    assert.deepEqual(
      sorted(groups, DEFAULT_ORDER).map(({ rows }) => rows[0]?.pod),
      ['web', 'db', 'cart', 'c0ffee'],
    );
    assert.deepEqual(
      sorted(groups, { by: 'cpu', descending: true }).map(({ rows }) => rows[0]?.pod),
      ['db', 'web', 'cart', 'c0ffee'],
    );
  });

  for (const [namespace, search, expected] of [
    [OUTSIDE, '', ['db', 'web', 'c0ffee']],
    ['shop', '', ['cart']],
    ['', 'outside docker', ['db', 'web']],
    ['', 'nginx', ['web']],
    ['', 'shop', ['cart', 'web']],
    ['', 'front', ['web']],
    ['', 'packets', ['web']],
  ] as const) {
    test(`is found in "${namespace}" by "${search}"`, () => {
      assert.deepEqual(
        filtered(groups, namespace, search).map(({ rows }) => rows[0]?.pod),
        expected,
      );
    });
  }

  test('has a history of its numbers, and of its OOM kills', () => {
    const history = new History();
    for (const [time, kills] of [0, 2].entries())
      history.add({
        ...DOCUMENT,
        time_seconds: time,
        containers: [outside('db', time, { memory: { oom_kills_total: kills } })],
      });
    const [row = assert.fail('no row')] = groups[1]?.rows ?? [];
    assert.deepEqual(history.values(row.key, 'cpu'), [0, 1]);
    assert.equal(history.recent(row.key).oomKills, 2);
  });

  test('decides what the table is a table of', () => {
    const of = (document: PodsDocument): string => contentOf(groupsOf(document, nothingSeen()));
    assert.equal(of(DOCUMENT), 'both');
    assert.equal(of({ ...DOCUMENT, pods: [] }), 'containers');
    assert.equal(of({ ...DOCUMENT, containers: [] }), 'pods');
    assert.equal(of(documentOf([])), 'pods');
  });
});
