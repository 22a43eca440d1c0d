import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { cut, plainText, shortenedList } from '../../../src/top/spans.ts';

const LIST = 'OOM kill 0s ago, restart 2s ago, throttled 87%';

test('a line has no character that a terminal obeys', () => {
  const line = [{ text: 'a\u001B[2Jb\nc\u009B1m' }, { text: '\u202Ed' }];
  assert.equal(plainText(line), 'a?[2Jb?c?1m?d');
  assert.deepEqual(cut(line, 12), [
    { text: 'a?[2Jb?c?1m', style: undefined },
    { text: '…', style: undefined },
  ]);
});

describe('a list that is too long', () => {
  for (const [width, expected] of [
    [46, LIST],
    [45, 'OOM kill 0s ago, restart 2s ago +1'],
    [34, 'OOM kill 0s ago, restart 2s ago +1'],
    [33, 'OOM kill 0s ago +2'],
    [18, 'OOM kill 0s ago +2'],
    [17, 'OOM kill 0s a… +2'],
  ] as const) {
    test(`has as many whole items as fit into ${width} characters`, () => {
      assert.equal(shortenedList(LIST, width), expected);
    });
  }

  test('of one item is cut', () => {
    assert.equal(shortenedList('CreateContainerConfigError', 19), 'CreateContainerCon…');
    assert.equal(shortenedList('', 19), '');
  });
});
