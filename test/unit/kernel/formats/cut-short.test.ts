import { strict as assert } from 'node:assert';
import { describe, test } from 'node:test';
import { numbersIn, itemsIn } from './parsing.ts';
import { COUNTS, LISTS, NUMBERS } from './samples.ts';

/**
 * A file that ends too early, at any byte: parsers never throw, say `truncated` unless the cut is at the end
 * of a line, and never store a number that the whole file would not have given.
 */

/** Every beginning of `content` that is shorter than it, and what stays behind in the buffer. */
function* cuts(content: string): Generator<{ head: string; tail: string; inLine: boolean }> {
  for (let cut = 0; cut < content.length; cut++) {
    const head = content.slice(0, cut);
    yield { head, tail: content.slice(cut), inLine: cut > 0 && !head.endsWith('\n') };
  }
}

describe('numbers cut short', () => {
  for (const [file, { make, keys, content }] of Object.entries(NUMBERS)) {
    test(file, () => {
      const whole = numbersIn(make, keys)(content);
      assert.equal(whole.fault, undefined);
      assert.equal(Object.keys(whole.values).length, keys.length);
      const parse = numbersIn(make, keys);
      for (const { head, tail, inLine } of cuts(content)) {
        const { values, fault } = parse(head, tail);
        assert.equal(fault, head === '' ? 'empty' : inLine ? 'truncated' : undefined, JSON.stringify(head));
        for (const [key, value] of Object.entries(values))
          assert.equal(value, whole.values[key], `${key} of ${JSON.stringify(head)}`);
      }
    });
  }
});

describe('counts cut short', () => {
  for (const [file, { make, keys, content }] of Object.entries(COUNTS)) {
    test(file, () => {
      const parse = numbersIn(make, keys);
      for (const { head, tail, inLine } of cuts(content)) {
        const { values, fault } = parse(head, tail);
        if (!inLine) continue;
        assert.equal(fault, 'truncated', JSON.stringify(head));
        assert.deepEqual(values, {}, JSON.stringify(head));
      }
    });
  }
});

describe('lists cut short', () => {
  for (const [file, { make, keys, content, complete = [] }] of Object.entries(LISTS)) {
    test(file, () => {
      const whole = new Map(itemsIn(make, keys)(content).items);
      assert.ok(whole.size >= 2);
      const parse = itemsIn(make, keys);
      for (const { head, tail, inLine } of cuts(content)) {
        const { items, fault } = parse(head, tail);
        assert.equal(fault, inLine && !complete.includes(head) ? 'truncated' : undefined, JSON.stringify(head));
        for (const [name, values] of items) {
          const expected = whole.get(name);
          assert.ok(expected !== undefined, `${name} of ${JSON.stringify(head)}`);
          for (const [key, value] of Object.entries(values)) assert.equal(value, expected[key], JSON.stringify(head));
        }
      }
    });
  }
});
