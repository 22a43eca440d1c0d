import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { ApiFailure, toApiFailure } from '../../../../src/cluster/failure.ts';
import { parseWatchEvent, readLines } from '../../../../src/pods/sources/watch-events.ts';

async function lines(...chunks: readonly (string | Buffer)[]): Promise<readonly string[]> {
  async function* bytes(): AsyncGenerator<Buffer> {
    for (const chunk of chunks) yield await Promise.resolve(Buffer.from(chunk));
  }
  const read: string[] = [];
  for await (const line of readLines(bytes())) read.push(line);
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

test('a line above 16 MiB is rejected', async () => {
  const piece = Buffer.alloc(1 << 20, 'x');
  const expected = { reason: 'bad_line', next: 'list' };
  await assert.rejects(lines(...Array.from({ length: 17 }, () => piece)), expected);
  assert.equal((await lines(...Array.from({ length: 15 }, () => piece)))[0]?.length, 15 << 20);
});

const POD = { metadata: { uid: 'u', resourceVersion: '42' } };

test('ADDED, MODIFIED, DELETED and BOOKMARK events are parsed', () => {
  const event = (type: string): string => JSON.stringify({ type, object: POD });
  assert.deepEqual(parseWatchEvent(event('ADDED')), { kind: 'applied', pod: POD, version: '42' });
  assert.deepEqual(parseWatchEvent(event('MODIFIED')), { kind: 'applied', pod: POD, version: '42' });
  assert.deepEqual(parseWatchEvent(event('DELETED')), { kind: 'deleted', pod: POD, version: '42' });
  assert.deepEqual(parseWatchEvent(event('BOOKMARK')), { kind: 'bookmark', version: '42' });
});

const FAILURES: readonly (readonly [string, string, string])[] = [
  ['{"type":"ERROR","object":{"kind":"Status","code":410,"message":"secret"}}', 'gone', 'list'],
  ['{"type":"ERROR","object":{"kind":"Status","code":500}}', 'http_500', 'watch'],
  ['{"type":"ERROR","object":{"kind":"Status","code":429}}', 'http_429', 'watch'],
  ['{"type":"ERROR","object":{"kind":"Status","code":400}}', 'http_400', 'list'],
  ['{"type":"ERROR","object":{"kind":"Status","code":"410"}}', 'error_event', 'list'],
  ['{"type":"ERROR","object":{"kind":"Status","code":1e9}}', 'error_event', 'list'],
  ['{"type":"RENAMED","object":{"metadata":{}}}', 'unknown_event', 'list'],
  ['{"object":{"metadata":{}}}', 'unknown_event', 'list'],
  ['{"type":"ADDED"}', 'bad_line', 'list'],
  ['{"type":"ADDED","object":[]}', 'bad_line', 'list'],
  ['{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":""}}}', 'bad_line', 'list'],
  ['{"type":"ADDED","object":{"secret":', 'bad_line', 'list'],
  ['null', 'bad_line', 'list'],
];

for (const [line, reason, next] of FAILURES) {
  test(`${line} is ${reason}`, () => {
    assert.throws(
      () => parseWatchEvent(line),
      (error) => {
        assert.ok(error instanceof ApiFailure);
        assert.deepEqual([error.reason, error.next], [reason, next]);
        assert.doesNotMatch(error.message, /secret|\n/);
        return true;
      },
    );
  });
}

test('connection errors have their code in the message, other errors their name', () => {
  const reset = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
  const { reason, next, message } = toApiFailure(reset);
  assert.deepEqual([reason, next, message], ['connection', 'watch', 'connection failed: ECONNRESET']);
  assert.equal(toApiFailure(new TypeError('secret')).message, 'unexpected error: TypeError');
  assert.equal(toApiFailure('secret').message, 'unexpected error: string');
});
