import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { readLines } from '../../../src/base/read-lines.ts';

const LIMIT = { maxBytes: 20, tooLong: () => new RangeError('too long') };

async function lines(...chunks: readonly (string | Buffer)[]): Promise<readonly string[]> {
  async function* bytes(): AsyncGenerator<Buffer> {
    for (const chunk of chunks) yield await Promise.resolve(Buffer.from(chunk));
  }
  const read: string[] = [];
  for await (const line of readLines(bytes(), LIMIT)) read.push(line);
  return read;
}

test('lines are joined across chunks, blank lines are skipped, the last newline is optional', async () => {
  assert.deepEqual(await lines('{"a":1}\n{"b"', ':2', '}\n\n  \r\n{"c":3}\r\n', '{"d":4}'), [
    '{"a":1}',
    '{"b":2}',
    '{"c":3}',
    '{"d":4}',
  ]);
  assert.deepEqual(await lines(), []);
});

test('a multi-byte character is joined across chunks', async () => {
  const bytes = Buffer.from('{"a":"€"}\n');
  assert.deepEqual(await lines(bytes.subarray(0, 7), bytes.subarray(7)), ['{"a":"€"}']);
});

test('a line that exceeds the limit is rejected, whether it ends or not', async () => {
  assert.deepEqual(await lines('x'.repeat(10), 'x'.repeat(10), '\n', 'y'), ['x'.repeat(20), 'y']);
  await assert.rejects(lines('a\n', 'x'.repeat(10), 'x'.repeat(11)), RangeError);
});
