import { strict as assert } from 'node:assert';
import { describe, test } from 'node:test';
import { escapeHelp, escapeLabelValue, formatLabels } from '../../../src/exposition/escape.ts';

const ROCKET = '\u{1f680}';

describe('label values', () => {
  const CASES: Readonly<Record<string, string>> = {
    'plain-1.2_3': 'plain-1.2_3',
    '': '',
    'say "hi"': String.raw`say \"hi\"`,
    'C:\\dir': String.raw`C:\\dir`,
    'two\nlines\n': String.raw`two\nlines\n`,
    '\\n is no newline': String.raw`\\n is no newline`,
    '\\"\n': String.raw`\\\"\n`,
    'tab\tand\rreturn': 'tab\tand\rreturn',
    [`${ROCKET} caf\u{e9} \u{4e2d}`]: `${ROCKET} caf\u{e9} \u{4e2d}`,
    '{a="b"}': String.raw`{a=\"b\"}`,
  };
  for (const [value, escaped] of Object.entries(CASES)) {
    test(JSON.stringify(value), () => assert.equal(escapeLabelValue(value), escaped));
  }
});

describe('help texts', () => {
  test('quotes are escaped in OpenMetrics only', () => {
    assert.equal(escapeHelp('a "b" \\ c\nd', false), String.raw`a "b" \\ c\nd`);
    assert.equal(escapeHelp('a "b" \\ c\nd', true), String.raw`a \"b\" \\ c\nd`);
    assert.equal(escapeHelp(`${ROCKET}.`, true), `${ROCKET}.`);
  });
});

describe('formatLabels', () => {
  const CASES: readonly (readonly [labels: readonly (readonly [string, string])[], text: string])[] = [
    [[], ''],
    [[['pod', 'a']], 'pod="a"'],
    [
      [
        ['namespace', ''],
        ['pod', 'x"y'],
      ],
      String.raw`namespace="",pod="x\"y"`,
    ],
  ];
  for (const [labels, text] of CASES)
    test(text === '' ? 'no labels' : text, () => assert.equal(formatLabels(labels), text));

  test('accepts any iterable', () => {
    assert.equal(
      formatLabels(
        new Map([
          ['a', '1'],
          ['b', '2'],
        ]),
      ),
      'a="1",b="2"',
    );
  });
});
