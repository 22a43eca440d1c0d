import { strict as assert } from 'node:assert';
import { describe, test } from 'node:test';
import { collidingKeys, labelSeries } from '../../../src/metrics/label-names.ts';

type Labels = Readonly<Record<string, string>>;

describe('labelSeries', () => {
  const CASES: readonly (readonly [what: string, labels: Labels, expected: Labels])[] = [
    ['a plain key', { app: 'a' }, { label_app: 'a' }],
    ['dots, slashes and dashes', { 'app.kubernetes.io/managed-by': 'x' }, { label_app_kubernetes_io_managed_by: 'x' }],
    ['camel case', { partOf: 'x', podIP: 'y' }, { label_part_of: 'x', label_pod_ip: 'y' }],
    ['capitals after a separator or a digit', { 'My-Team': 'x', a1B: 'y' }, { label_my_team: 'x', label_a1_b: 'y' }],
    ['a key that begins with a digit', { '1st': 'x' }, { label_1st: 'x' }],
    ['underscores as they are', { a__b_: 'x' }, { label_a__b_: 'x' }],
    ['a value that needs escaping later', { a: 'say "hi"\n' }, { label_a: 'say "hi"\n' }],
    ['an empty value', { a: '' }, { label_a: '' }],
    [
      'conflicting keys, numbered in alphabetical order',
      { 'a/b': '3', 'a-b': '1', 'a.b': '2' },
      { label_a_b_conflict1: '1', label_a_b_conflict2: '2', label_a_b_conflict3: '3' },
    ],
    [
      'keys that differ in their case only',
      { Team: 'x', team: 'y' },
      { label_team_conflict1: 'x', label_team_conflict2: 'y' },
    ],
    [
      'a conflict does not touch the others',
      { 'a.b': '1', a_b: '2', c: '3' },
      { label_a_b_conflict1: '1', label_a_b_conflict2: '2', label_c: '3' },
    ],
    [
      'a key with a name of the language',
      { constructor: 'x', ['__proto__']: 'y' },
      { label___proto__: 'y', label_constructor: 'x' },
    ],
  ];
  for (const [what, labels, expected] of CASES) {
    test(what, () => assert.deepEqual(labelSeries('label', labels), [{ labels: expected, value: 1 }]));
  }

  test('the prefix is that of annotations', () => {
    assert.deepEqual(labelSeries('annotation', { 'a/b': 'c' }), [{ labels: { annotation_a_b: 'c' }, value: 1 }]);
  });

  test('conflicting keys are returned in groups', () => {
    assert.deepEqual(collidingKeys({ 'a.b': '', c: '', a_b: '', 'd/e': '', 'd-e': '', dE: '' }), [
      ['a.b', 'a_b'],
      ['d-e', 'd/e', 'dE'],
    ]);
    assert.deepEqual(collidingKeys({ 'a.b': '', c: '' }), []);
  });

  test('no labels yield no series', () => assert.deepEqual(labelSeries('label', {}), []));

  test('the order of the keys does not matter', () => {
    assert.deepEqual(
      labelSeries('label', { b: '2', a: '1', 'B.': '3' }),
      labelSeries('label', { 'B.': '3', a: '1', b: '2' }),
    );
  });

  test('names are valid for any keys', () => {
    const [sample] = labelSeries('label', { '\u{e9}\u{1f680} "\n': 'x', '': 'y', '-': 'z' });
    for (const name of Object.keys(sample?.labels ?? {})) assert.match(name, /^[a-zA-Z_][a-zA-Z0-9_]*$/);
    assert.equal(Object.keys(sample?.labels ?? {}).length, 3);
  });
});
