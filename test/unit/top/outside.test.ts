import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseDocument, type NodeDocument, type OutsideDocument } from '../../../src/top/document.ts';
import { frame } from '../../../src/top/frame.ts';
import { plainText } from '../../../src/top/spans.ts';
import { initialState, visibleRows, type State } from '../../../src/top/state.ts';
import { documentOf, podOf, rowsAfter } from './documents.ts';

const MIB = 2 ** 20;

const WEB: OutsideDocument = {
  name: 'web',
  id: '0123456789abcdef',
  runtime: 'docker',
  image: 'nginx:1.27',
  compose_project: 'shop',
  created_time_seconds: 940,
  memory: { working_set_bytes: 96 * MIB, rss_bytes: 95 * MIB, limit_bytes: 100 * MIB, oom_kills_total: 0 },
  network: { interfaces: [{ receive_bytes_total: 5000, transmit_bytes_total: 700 }] },
  pids: { threads: 3 },
  rates: { cpu: { usage_seconds_total: 0.5 }, network: { interfaces: [{ receive_bytes_total: 2000 }] } },
};

const IDLE: OutsideDocument = { name: 'c0ffee', id: 'c0ffee', memory: { working_set_bytes: MIB } };

function hostOf(...containers: readonly OutsideDocument[]): NodeDocument {
  return { ...documentOf([]), containers };
}

const NODE: NodeDocument = { ...documentOf([podOf('cart', {}, { pids: { threads: 1 } })]), containers: [IDLE, WEB] };

function screenOf(document: NodeDocument, choice: Partial<State> = {}, columns = 80): readonly string[] {
  const pods = rowsAfter(document);
  const state = { ...initialState({ view: 'pods', sort: 'worst', filter: '', isAllExpanded: false }), ...choice };
  const scene = { document, pods, rows: visibleRows(pods, state), state, intervalSeconds: 2, problem: '', warning: '' };
  return frame(scene, { columns, lines: 12 }).map((line) => plainText(line).trimEnd());
}

describe('containers outside of pods', () => {
  test('are rows beside those of pods, by their names alone', () => {
    assert.deepEqual(screenOf(NODE).slice(0, 6), [
      'node1  CPU 3.80/4.00 95%  memory 1Gi/4Gi 25%  1 pod  3 containers  00:16:40Z',
      '1 of 3 pods and containers in trouble  by worst  every 2 s',
      '  NAMESPACE/POD            CPU CPU/LIM THROT MEMORY MEM/LIM TROUBLE',
      ' !web                     0.50       -     -   96Mi     96% memory 95%',
      '  c0ffee                     -       -     -    1Mi       -',
      '  shop/cart                  -       -     -      -       -',
    ]);
  });

  test('are what a host without pods has', () => {
    assert.equal(screenOf(hostOf(IDLE, WEB))[1], '1 of 2 containers in trouble  by worst  every 2 s');
    assert.equal(screenOf(hostOf(IDLE))[1], 'no container in trouble  by worst  every 2 s');
    assert.equal(screenOf({ ...NODE, containers: [IDLE] })[1], 'no pod or container in trouble  by worst  every 2 s');
    assert.equal(screenOf(hostOf())[1], 'no pod in trouble  by worst  every 2 s');
  });

  test('have their own network, and their age since they were created', () => {
    assert.match(screenOf(NODE, {}, 250)[3] ?? '', /web .* 2k .* 3 +60s +memory 95%$/);
    assert.match(screenOf(NODE, { view: 'network' })[3] ?? '', /web +2k +-/);
  });

  test('have the columns of docker stats and kubectl top', () => {
    assert.match(
      screenOf(NODE, { view: 'docker' }, 120)[3] ?? '',
      /^ !0123456789ab +web +50.00% +96MiB \/ 100MiB .* 5kB \/ 700B/,
    );
    assert.match(screenOf(NODE, { view: 'kubectl' })[3] ?? '', /^ !- +- +web +500m +96Mi$/);
  });

  test('have no rows below them', () => {
    const rows = screenOf(NODE, { isAllExpanded: true }).slice(3, 7);
    assert.deepEqual(
      rows.map((line) => line.slice(2, 12).trimEnd()),
      ['web', 'c0ffee', 'shop/cart', '  app'],
    );
  });

  for (const [filter, expected] of [
    ['outside', ['web', 'c0ffee']],
    ['docker', ['web']],
    ['NGINX', ['web']],
    ['shop', ['web', 'shop/cart']],
    ['memory', ['web']],
    ['c0ff', ['c0ffee']],
  ] as const) {
    test(`are found by "${filter}"`, () => {
      const rows = screenOf(NODE, { filter }).slice(3, 6);
      assert.deepEqual(rows.map((line) => line.slice(2, 12).trimEnd()).filter(Boolean), expected);
    });
  }

  test('have OOM kills that happened meanwhile', () => {
    const killed = (total: number): OutsideDocument => ({ ...IDLE, memory: { oom_kills_total: total } });
    const [row] = rowsAfter(hostOf(killed(1)), { ...hostOf(killed(2)), time_seconds: 1002 });
    assert.deepEqual(row?.troubles, [{ severity: 'bad', measure: 'oom', text: 'OOM kill 0s ago' }]);
  });

  test('are no document without their names', () => {
    assert.deepEqual(parseDocument(JSON.stringify(NODE)), NODE);
    for (const containers of [{}, [1], [{ name: 'web' }], [{ id: 'a' }]]) {
      const text = JSON.stringify({ ...NODE, containers });
      assert.throws(() => parseDocument(text), { message: 'the response is not a document of pods' });
    }
  });
});
