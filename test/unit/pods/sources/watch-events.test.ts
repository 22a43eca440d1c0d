import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { readLines } from '../../../../src/base/read-lines.ts';
import { ApiFailure, toApiFailure } from '../../../../src/cluster/failure.ts';
import { LINE_LIMIT, parseWatchEvent } from '../../../../src/pods/sources/watch-events.ts';

test('a line above 16 MiB is rejected, so that the pods are listed again', async () => {
  const read = async (mebibytes: number): Promise<number[]> => {
    const piece = Buffer.alloc(1 << 20, 'x');
    async function* chunks(): AsyncGenerator<Buffer> {
      for (let count = 0; count < mebibytes; count++) yield await Promise.resolve(piece);
    }
    const lengths: number[] = [];
    for await (const line of readLines(chunks(), LINE_LIMIT)) lengths.push(line.length);
    return lengths;
  };
  await assert.rejects(read(17), { reason: 'bad_line', next: 'list' });
  assert.deepEqual(await read(15), [15 << 20]);
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
