import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { PodRow, Row } from '../../../src/top/rows.ts';
import { afterKey, initialState, visibleRows, type Key, type State } from '../../../src/top/state.ts';
import { documentOf, podOf, rowsAfter } from './documents.ts';

const START = initialState({ view: 'pods', sort: 'worst', filter: '', isAllExpanded: false });

const PODS = rowsAfter(
  documentOf([
    podOf('idle'),
    podOf('busy', { rates: { cpu: { usage_seconds_total: 2 } }, memory: { working_set_bytes: 5 } }),
    podOf('warned', { memory: { oom_kills_total: 1, working_set_bytes: 9 } }),
    podOf('failed', {}, { state: 'waiting', state_reason: 'CrashLoopBackOff', restarts_total: 3 }),
    podOf('silent', { namespace: 'batch', containers: [{ name: 'job', pids: { threads: 1 } }] }),
  ]),
);

/** A key as the terminal sends it. */
function keyOf(text: string): Key {
  const names: Readonly<Record<string, string>> = {
    '\r': 'return',
    ' ': 'space',
    '\u001B': 'escape',
    '\u007F': 'backspace',
  };
  return { sequence: text, name: names[text] ?? text };
}

/** The state after keys. */
function press(keys: readonly (string | Key)[], pods: readonly PodRow[] = PODS): State {
  let state = START;
  for (const key of keys) {
    const next = afterKey(state, typeof key === 'string' ? keyOf(key) : key, visibleRows(pods, state), 2);
    state = next ?? assert.fail('it quits');
  }
  return state;
}

/** The keys of a text. */
function typed(text: string): readonly string[] {
  return text.split('');
}

const namesOf = (rows: readonly Row[]): readonly string[] => rows.map(({ pod, container }) => container ?? pod);
const shown = (...keys: readonly (string | Key)[]): readonly string[] => namesOf(visibleRows(PODS, press(keys)));

describe('the rows', () => {
  test('have the worst pod first, then warnings, then the busiest', () => {
    assert.deepEqual(shown(), ['failed', 'warned', 'busy', 'silent', 'idle']);
  });

  test('are sorted by the key of an order', () => {
    assert.deepEqual(shown('c').slice(0, 1), ['busy']);
    assert.deepEqual(shown('m').slice(0, 2), ['warned', 'busy']);
    assert.deepEqual(shown('r').slice(0, 1), ['failed']);
    assert.deepEqual(shown('a'), ['silent', 'busy', 'failed', 'idle', 'warned']);
    assert.deepEqual(shown('c', 'w'), shown());
  });

  test('have the containers of the selected pod, or of all', () => {
    const down = { name: 'down' };
    assert.deepEqual(shown(down, down, '\r').slice(0, 4), ['failed', 'warned', 'app', 'busy']);
    assert.deepEqual(shown(down, '\r', down, '\r'), shown());
    assert.equal(shown('e').length, 10);
    assert.deepEqual(shown('e', 'e'), shown());
  });

  test('are those that the filter occurs in', () => {
    assert.deepEqual(shown('/', 'B', 'u', 's', 'y'), ['busy']);
    assert.deepEqual(shown('/', ...typed('shop/bu'), '\r'), ['busy']);
    assert.deepEqual(shown('/', ...typed('crash')), ['failed']);
    assert.deepEqual(shown('/', ...typed('jobx'), '\u007F'), ['silent']);
    assert.deepEqual(shown('/', ...typed('job'), '\u001B'), shown());
    assert.deepEqual(shown('/', ...typed('job'), '\r', '\u001B'), shown());
    // Keys of actions are text meanwhile.
    assert.equal(press(['/', 'q', ' ']).filter, 'q ');
  });

  test('are running containers in the columns of docker and kubectl', () => {
    assert.deepEqual(shown('v', 'v'), ['app', 'app', 'job'].slice(2));
    assert.equal(press(['v', 'v', 'v']).view, 'kubectl');
    assert.equal(press(['v', 'v', 'v', 'v']).view, 'pods');
  });
});

describe('keys', () => {
  test('move the selection, not beyond the ends', () => {
    const selected = (...names: readonly string[]): string | undefined =>
      press(names.map((name) => ({ name }))).selected;
    assert.deepEqual(
      [
        selected('down'),
        selected('j', 'j'),
        selected('down', 'up', 'up'),
        selected('end'),
        selected('pagedown'),
        selected('end', 'home'),
      ],
      ['uid-failed', 'uid-warned', 'uid-failed', 'uid-idle', 'uid-busy', 'uid-failed'],
    );
  });

  test('pause and show help', () => {
    assert.ok(press([' ']).isPaused);
    assert.ok(!press([' ', ' ']).isPaused);
    assert.ok(press(['?']).isHelp);
    assert.ok(!press(['?', 'q']).isHelp);
  });

  test('quit', () => {
    assert.equal(afterKey(START, keyOf('q'), [], 2), undefined);
    for (const state of [START, press(['/']), press(['?'])])
      assert.equal(afterKey(state, { name: 'c', ctrl: true, sequence: '\u0003' }, [], 2), undefined);
  });

  test('without a meaning change nothing', () => {
    for (const key of [{ name: 'f1' }, { sequence: 'Z' }, {}]) assert.deepEqual(press([key]), START);
    assert.deepEqual(press(['\r']), START);
  });
});
