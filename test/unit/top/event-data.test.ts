import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventData } from '../../../src/top/event-data.ts';

const STREAM = ':\n\ndata: {"a":"é"}\n\nid: 7\nevent: kill\ndata: one\ndata:two\r\n\r\n:\n\n\n\ndata: not complete\n';

/** The data of a stream that arrives in chunks of a size. */
async function dataOf(text: string, size: number): Promise<readonly string[]> {
  const bytes = Buffer.from(text);
  const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
    bytes.subarray(index * size, (index + 1) * size),
  );
  const all: string[] = [];
  for await (const data of eventData(asynchronous(chunks))) all.push(data);
  return all;
}

async function* asynchronous(chunks: readonly Buffer[]): AsyncGenerator<Buffer> {
  for (const chunk of chunks) yield await Promise.resolve(chunk);
}

test('the data of events is read, however the stream is divided', async () => {
  for (const size of [1, 2, 7, 1000]) assert.deepEqual(await dataOf(STREAM, size), ['{"a":"é"}', 'one\ntwo']);
});
