import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, test, type TestContext } from 'node:test';
import { RemoteSource } from '../../../src/top/remote-source.ts';

/** A source whose exporter sends these events on one stream after the other, and ends each. */
async function sourceOf(t: TestContext, streams: readonly (readonly string[])[]): Promise<RemoteSource> {
  const left = [...streams];
  const server = createServer((_, response) => {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    response.end((left.shift() ?? []).map((data) => `data: ${data}\n\n`).join(''));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  return new RemoteSource({ url, path: '/api/v1/pods', intervalSeconds: 1 });
}

describe('the stream of a running exporter', () => {
  test('is followed by the next one when it ends, as after an hour', async (t) => {
    const source = await sourceOf(t, [['1', '2'], ['3']]);
    const documents: string[] = [];
    const read = async (): Promise<void> => {
      for await (const document of source.documents(new AbortController().signal)) documents.push(document);
    };
    await assert.rejects(read(), { name: 'SourceError', isTemporary: true, message: /ended the stream$/ });
    assert.deepEqual(documents, ['1', '2', '3']);
  });

  test('ends without an error when the reader stops', async (t) => {
    const source = await sourceOf(t, [['1']]);
    const stop = new AbortController();
    for await (const document of source.documents(stop.signal)) {
      assert.equal(document, '1');
      stop.abort();
    }
  });
});
