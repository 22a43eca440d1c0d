import { strict as assert } from 'node:assert';
import { isUtf8 } from 'node:buffer';
import { describe, test } from 'node:test';
import { decodeBytes, decodeLatin1 } from '../../../src/kernel/text.ts';

/** A text, and the bytes as latin1. */
const CASES: readonly (readonly [what: string, bytes: string, text: string])[] = [
  ['nothing', '', ''],
  ['ASCII', 'eth0', 'eth0'],
  ['two bytes', 'wan-gr\xc3\xb6\xc3\x9fe', 'wan-größe'],
  ['three and four bytes', '\xe2\x82\xac\xf0\x9f\x9a\x80', '€🚀'],
  ['a byte order mark', '\xef\xbb\xbfa', '\ufeffa'],
  ['the replacement character itself', '\xef\xbf\xbd', '\ufffd'],
  ['latin1', 'caf\xe9', 'caf\\xe9'],
  ['an incomplete character', 'a\xe2\x82', 'a\\xe2\\x82'],
  ['a continuation byte alone', '\x80b', '\\x80b'],
  ['an overlong form', '\xc0\xaf\xe0\x80\xaf\xf0\x80\x80\xaf', '\\xc0\\xaf\\xe0\\x80\\xaf\\xf0\\x80\\x80\\xaf'],
  ['a surrogate', '\xed\xa0\x80', '\\xed\\xa0\\x80'],
  ['a code point above U+10FFFF', '\xf4\x90\x80\x80', '\\xf4\\x90\\x80\\x80'],
  ['both', '\xff\xc3\xa9\xfe', '\\xffé\\xfe'],
  ['a backslash', 'a\\b', 'a\\b'],
  ['an escape of systemd', 'dev\\x2dsda', 'dev\\x2dsda'],
  ['the characters of an escape', 'caf\\xe9', 'caf\\x5cxe9'],
  ['the characters of an escaped backslash', 'caf\\x5cxe9', 'caf\\x5cx5cxe9'],
];

describe('text of the kernel', () => {
  for (const [what, bytes, text] of CASES) {
    test(what, () => {
      assert.equal(decodeLatin1(bytes), text);
      const buffer = Buffer.from(`<${bytes}>`, 'latin1');
      assert.equal(decodeBytes(buffer, 1, buffer.length - 1), text);
    });
  }

  test('is valid UTF-8, that of valid UTF-8 unless it has escapes, and different for different bytes', () => {
    const pieces = ['a', '\\', 'x', '5', 'c', 'e9', '\xe9', '\xc3', '\xa9'];
    let names = [''];
    const seen = new Map<string, string>();
    for (let length = 1; length <= 4; length++) {
      names = names.flatMap((name) => pieces.map((piece) => name + piece));
      for (const name of names) {
        const text = decodeLatin1(name);
        assert.ok(isUtf8(Buffer.from(text)) && text.isWellFormed());
        const bytes = Buffer.from(name, 'latin1');
        if (isUtf8(bytes) && !name.includes('\\')) assert.equal(text, bytes.toString());
        assert.equal(seen.get(text) ?? name, name, `${JSON.stringify(text)} is the text of two names`);
        seen.set(text, name);
      }
    }
    assert.ok(seen.size > 5000);
  });
});
