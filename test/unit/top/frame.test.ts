import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { frame, type Scene } from '../../../src/top/frame.ts';
import { plainText, type Line, type Style } from '../../../src/top/spans.ts';
import { initialState, visibleRows, type State } from '../../../src/top/state.ts';
import type { PodDocument } from '../../../src/top/document.ts';
import { documentOf, podOf, rowsAfter } from './documents.ts';

const MIB = 2 ** 20;

const PODS: readonly PodDocument[] = [
  podOf('fine', { memory: { working_set_bytes: 3 * MIB }, rates: { cpu: { usage_seconds_total: 0.5 } } }),
  podOf(
    'throttled-with-a-rather-long-name-7c9d8f6b54-x2kqp',
    { rates: { cpu: { usage_seconds_total: 0.02 } }, cpu: { limit_cores: 0.02 } },
    {
      cpu: { limit_cores: 0.02 },
      pids: { threads: 3 },
      rates: {
        cpu: {
          usage_seconds_total: 0.02,
          cfs_periods_total: 10,
          cfs_throttled_periods_total: 9,
          cfs_throttled_seconds_total: 1,
        },
      },
    },
  ),
  podOf('warned', { memory: { oom_kills_total: 4, working_set_bytes: 2 * MIB } }),
];

function sceneOf(change: Partial<State> = {}, others: Partial<Scene> = {}): Scene {
  const document = documentOf(PODS);
  const pods = rowsAfter(document);
  const state = { ...initialState({ view: 'pods', sort: 'worst', filter: '', isAllExpanded: false }), ...change };
  return {
    document,
    pods,
    rows: visibleRows(pods, state),
    state,
    intervalSeconds: 2,
    problem: '',
    warning: '',
    ...others,
  };
}

function textOf(scene: Scene, columns: number, lines = 10): readonly string[] {
  return frame(scene, { columns, lines }).map((line) => plainText(line).trimEnd());
}

/** The texts of a line that have a style. */
function styled(line: Line | undefined, style: Style): readonly string[] {
  return (line ?? []).filter((span) => span.style === style).map(({ text }) => text.trim());
}

describe('the screen', () => {
  test('is as wide and as high as the terminal', () => {
    for (const columns of [80, 100, 120, 160, 250]) {
      for (const lines of [6, 24, 60]) {
        for (const view of ['pods', 'network', 'docker', 'kubectl'] as const) {
          const drawn = frame(sceneOf({ view, isAllExpanded: true }), { columns, lines });
          assert.equal(drawn.length, lines);
          for (const line of drawn) assert.ok(plainText(line).length <= columns, `${columns}: ${plainText(line)}`);
        }
      }
    }
  });

  test('has the worst pod and what is wrong at 80 columns', () => {
    assert.deepEqual(
      textOf(sceneOf(), 80).slice(0, 6),
      [
        'node1  CPU 3.80/4.00 95%  memory 1Gi/4Gi 25%  3 pods  3 containers  00:16:40Z',
        '1 of 3 pods in trouble  1 with warnings  by worst  every 2 s',
        '  NAMESPACE/POD             CPU CPU/LIM THROT MEMORY MEM/LIM TROUBLE',
        ' !shop/throttled-w…-x2kqp  0.02    100%   90%      -       - throttled 90%',
        ' ·shop/warned                 -       -     -   2Mi       - 4 OOM kills',
        '  shop/fine                0.50       -     -   3Mi       -',
      ].map((line) => line.replace('   2Mi', '    2Mi').replace('   3Mi', '    3Mi')),
    );
  });

  test('has the whole help at 80 columns', () => {
    assert.ok(
      !textOf(sceneOf({ isHelp: true }), 80, 30)
        .join('\n')
        .includes('…'),
    );
  });

  test('has more columns where there is room, and words before details', () => {
    const titles = (columns: number): readonly string[] => (textOf(sceneOf(), columns)[2] ?? '').trim().split(/ +/);
    assert.deepEqual(titles(120).slice(-4), ['PSI(C/M/I)', 'OOM', 'RESTARTS', 'TROUBLE']);
    assert.deepEqual(titles(250).slice(-8), [
      'RESTARTS',
      'RX/s',
      'TX/s',
      'READ/s',
      'WRITE/s',
      'PIDS',
      'AGE',
      'TROUBLE',
    ]);
    assert.match(textOf(sceneOf(), 250)[3] ?? '', /shop\/throttled-with-a-rather-long-name-7c9d8f6b54-x2kqp /);
  });

  test('keeps room for what is wrong beside long names', () => {
    const pods = [
      podOf(`long-${'x'.repeat(80)}`),
      podOf('full', {}, { state: 'waiting', state_reason: 'CreateContainerConfigError' }),
    ];
    const scene = { ...sceneOf(), rows: rowsAfter(documentOf(pods)) };
    assert.match(textOf(scene, 160)[4] ?? '', / CreateContainerConfigError$/);
  });

  test('reports why it has no row', () => {
    const shown = (state: Partial<State>, others: Partial<Scene>): string | undefined =>
      textOf(sceneOf(state, others), 80)[3];
    assert.equal(shown({}, { pods: [], rows: [] }), '  no pod or container runs on this node');
    assert.equal(shown({ filter: 'x' }, { rows: [] }), '  nothing matches the filter');
    assert.equal(shown({ view: 'docker' }, { rows: [] }), '  no container is running');
    assert.equal(shown({}, { document: undefined, rows: [] }), '');
  });

  test('has the columns of docker stats and kubectl top under their names', () => {
    const docker = textOf(sceneOf({ view: 'docker' }), 160);
    assert.match(
      docker[2] ?? '',
      /^ {2}CONTAINER ID +NAME +CPU % +MEM USAGE \/ LIMIT +MEM % +NET I\/O +BLOCK I\/O +PIDS$/,
    );
    const kubectl = textOf(sceneOf({ view: 'kubectl' }), 160);
    assert.match(kubectl[2] ?? '', /^ {2}NAMESPACE +POD +NAME +CPU\(cores\) +MEMORY\(bytes\)$/);
    assert.match(kubectl[3] ?? '', /^ !shop +throttled-with-a-rather-long-name-7c9d8f6b54-x2kqp +app +20m +-$/);
  });

  test('colours only what is wrong', () => {
    const [node, status, , throttled, warned, fine] = frame(sceneOf(), { columns: 80, lines: 10 });
    assert.deepEqual(styled(node, 'bad'), ['95%']);
    assert.deepEqual(styled(status, 'bad'), ['1 of 3 pods in trouble']);
    assert.deepEqual(styled(throttled, 'bad'), ['!', '100%', '90%', 'throttled 90%']);
    assert.deepEqual(styled(warned, 'warning'), ['·', '4 OOM kills']);
    for (const style of ['bad', 'warning'] as const) assert.deepEqual(styled(fine, style), []);
  });

  test('keeps the selected row on the screen', () => {
    const pods = Array.from({ length: 50 }, (_, index) => podOf(`pod-${String(index).padStart(2, '0')}`));
    const rows = rowsAfter(documentOf(pods));
    const scene = { ...sceneOf({ selected: 'uid-pod-30', sort: 'name' }), rows };
    const lines = textOf(scene, 80, 14);
    assert.equal(lines.filter((line) => line.startsWith('> shop/pod-30')).length, 1);
    assert.equal(lines.filter((line) => line.includes('shop/pod-')).length, 10);
  });

  test('reports a problem of the source, and what the user chose', () => {
    assert.equal(textOf(sceneOf({}, { problem: 'no connection; retrying' }), 80)[1], 'no connection; retrying');
    assert.match(
      textOf(sceneOf({ isPaused: true, filter: 'x' }), 100)[1] ?? '',
      /^PAUSED {2}1 of 3 .* {2}filter "x": 1 row$/,
    );
    assert.match(textOf(sceneOf({ isTyping: true, filter: 'ab' }), 80).at(-1) ?? '', /^filter: ab_ /);
    assert.match(textOf(sceneOf({ isHelp: true }), 80, 24).join('\n'), /space +pause and continue/);
    assert.deepEqual(textOf(sceneOf({}, { document: undefined, pods: [], rows: [] }), 80).slice(0, 2), [
      'pod-exporter top',
      'waiting for numbers',
    ]);
  });
});
