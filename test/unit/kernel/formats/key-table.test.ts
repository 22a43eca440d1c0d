import { strict as assert } from 'node:assert';
import { describe, test } from 'node:test';
import { KeyTable } from '../../../../src/kernel/formats/key-table.ts';

function find(table: KeyTable, text: string): number {
  const bytes = Buffer.from(`<${text}>`, 'latin1');
  return table.find(bytes, 1, bytes.length - 1);
}

describe('KeyTable', () => {
  test('returns the position in the list', () => {
    const keys = ['anon', 'file', 'kernel'];
    const table = new KeyTable(keys);
    assert.deepEqual(
      keys.map((key) => find(table, key)),
      [0, 1, 2],
    );
  });

  test('finds nothing in a table without keys', () => {
    const table = new KeyTable([]);
    assert.deepEqual(
      ['', 'anon'].map((key) => find(table, key)),
      [-1, -1],
    );
  });

  const STRANGERS = [
    '',
    'file',
    'file_mappe',
    'file_mapped_',
    'FILE_MAPPED',
    'file_mappec',
    'f',
    'ile_mapped',
    'fil\u00e9_mapped',
  ];
  for (const stranger of STRANGERS) {
    test(`does not match ${JSON.stringify(stranger)} as file_mapped`, () => {
      assert.equal(find(new KeyTable(['file_mapped']), stranger), -1);
    });
  }

  test('distinguishes keys where one is a prefix of the other', () => {
    const keys = ['total', 'total_rss', 'total_rss_huge', 'rss', 'rss_huge', 't'];
    const table = new KeyTable(keys);
    assert.deepEqual(
      keys.map((key) => find(table, key)),
      [0, 1, 2, 3, 4, 5],
    );
  });

  test('distinguishes keys with the same hash', () => {
    // 31 * 65 + 97 = 31 * 66 + 66, so that any sequence of the two pairs has one hash per length.
    const keys = ['AaAa', 'AaBB', 'BBAa', 'BBBB', 'Aa', 'BB'];
    const table = new KeyTable(keys);
    assert.deepEqual(
      keys.map((key) => find(table, key)),
      [0, 1, 2, 3, 4, 5],
    );
    assert.equal(find(new KeyTable(keys.slice(0, 3)), 'BBBB'), -1);
  });

  test('finds each of a thousand keys and none of a thousand other keys', () => {
    const keys = Array.from({ length: 1000 }, (_, index) => `key_${index * 7}`);
    const table = new KeyTable(keys);
    for (const [index, key] of keys.entries()) assert.equal(find(table, key), index);
    for (let index = 0; index < 1000; index++) assert.equal(find(table, `key_${index * 7 + 1}`), -1);
  });

  test('compares only the range, not the bytes around it', () => {
    const bytes = Buffer.from('xanonx');
    const table = new KeyTable(['anon']);
    assert.equal(table.find(bytes, 1, 5), 0);
    assert.equal(table.find(bytes, 0, 5), -1);
    assert.equal(table.find(bytes, 1, 6), -1);
  });

  test('matches no longer or shorter text, whatever its position in the table', () => {
    const table = new KeyTable(['anon', 'file']);
    for (let suffix = 0; suffix < 1000; suffix++) assert.equal(find(table, `anon${suffix}`), -1);
    const keys = Array.from({ length: 1000 }, (_, index) => `anon${index}`);
    for (const key of keys) {
      const bytes = Buffer.from(key);
      assert.equal(new KeyTable([key]).find(bytes, 0, bytes.length - 1), -1);
    }
  });
});
