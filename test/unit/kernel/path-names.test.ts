import { strict as assert } from 'node:assert';
import { describe, test } from 'node:test';
import { nameOfBytes, pathText, systemPath } from '../../../src/kernel/path-names.ts';

const NAMES = [
  'system.slice',
  'größe',
  'caf\xe9',
  '\x80\xff',
  'a\xe2\x82',
  '\xed\xa0\x80',
  '\ufffd',
  '🚀\xe9🚀',
  'a\\xe9',
];

/** Bytes of a name whose characters up to U+00FF are bytes, unless it is a text with others. */
function bytesOf(name: string): Buffer {
  return /^[\0-\xff]*$/.test(name) ? Buffer.from(name, 'latin1') : Buffer.from(name);
}

describe('names of directories', () => {
  for (const name of NAMES) {
    test(`keep their bytes in system calls: ${JSON.stringify(name)}`, () => {
      const bytes = bytesOf(name);
      assert.deepEqual(Buffer.from(systemPath(nameOfBytes(bytes))), bytes);
    });
  }

  test('of valid UTF-8 are their text', () => {
    assert.equal(nameOfBytes(Buffer.from('größe 🚀 \\x2d')), 'größe 🚀 \\x2d');
    assert.equal(systemPath('/größe/\ufffd'), '/größe/\ufffd');
  });

  test('differ where their bytes do, also as the text of a label, which has escapes', () => {
    const texts = NAMES.map((name) => pathText(`/a/${nameOfBytes(bytesOf(name))}`));
    assert.equal(new Set(texts).size, NAMES.length);
    assert.ok(texts.every((text) => text.isWellFormed()));
    assert.equal(pathText(`/${nameOfBytes(Buffer.from('caf\xe9', 'latin1'))}`), '/caf\\xe9');
    assert.equal(pathText('/caf\\xe9'), '/caf\\x5cxe9');
    assert.equal(pathText('/dev\\x2dsda'), '/dev\\x2dsda');
  });
});
