import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { mock, test, type TestContext } from 'node:test';
import { Collections } from '../../../src/collect/collections.ts';
import { startServer } from '../../../src/http/server.ts';
import { KEEP_ALIVE_MS, MAX_STREAM_MS } from '../../../src/http/streams.ts';
import type { StreamEvent } from '../../../src/views/endpoint.ts';
import { httpRequest, readResponse, sendRequest } from '../../support/http-client.ts';
import { until } from '../../support/until.ts';
import { ControlledScraper } from '../collect/controlled-scraper.ts';

/** A stream that a client requested. */
interface Opened {
  readonly signal: AbortSignal;
  /** Events that were requested. */
  pulled: number;
  returned: boolean;
}

interface Rig {
  readonly url: string;
  readonly opened: readonly Opened[];
  /** Errors that the server reported. */
  readonly errors: readonly unknown[];
  readonly close: () => Promise<void>;
}

/** A server with one endpoint, whose stream has these events and then none until its signal is aborted. */
async function rig(t: TestContext, events: Iterable<StreamEvent>, maxRequests = 40): Promise<Rig> {
  const opened: Opened[] = [];
  const errors: unknown[] = [];
  async function* open(signal: AbortSignal): AsyncGenerator<StreamEvent> {
    const stream: Opened = { signal, pulled: 0, returned: false };
    opened.push(stream);
    try {
      for (const event of events) {
        stream.pulled++;
        yield event;
      }
      if (!signal.aborted) await once(signal, 'abort');
    } finally {
      stream.returned = true;
    }
  }
  const parts = {
    collections: new Collections(new ControlledScraper([]).asScraper, () => {}),
    maxRequests,
    failed: (error: unknown) => errors.push(error),
    endpoints: [
      {
        path: '/events',
        methods: ['GET'],
        about: '',
        scopes: ['node'],
        collectors: [],
        answer: () => ({ kind: 'stream', events: open }) as const,
      } as const,
    ],
  };
  const server = await startServer(parts, [{ host: '127.0.0.1', port: 0 }]);
  const close = (): Promise<void> => server.close();
  t.after(close);
  return { url: `http://${server.addresses[0] ?? ''}/events`, opened, errors, close };
}

/** What has arrived of a response so far. */
function received(response: IncomingMessage): () => string {
  let text = '';
  response.on('data', (piece: Buffer) => {
    text += piece.toString();
  });
  return () => text;
}

const EVENTS: readonly StreamEvent[] = [
  { data: '{"a":1}' },
  { id: '7', event: 'kill', data: 'first line\nsecond line' },
];

const TEXT = 'data: {"a":1}\n\nid: 7\nevent: kill\ndata: first line\ndata: second line\n\n';

test('a stream sends events as they come, not compressed, and ends at shutdown', async (t) => {
  const { url, close, opened } = await rig(t, EVENTS);
  const response = await sendRequest(url, { headers: { 'Accept-Encoding': 'gzip' } });
  const { headers } = response;
  assert.deepEqual(
    [response.statusCode, headers['content-type'], headers['content-encoding'], headers['cache-control']],
    [200, 'text/event-stream', undefined, 'no-store'],
  );
  const text = received(response);
  await until('both events', () => text() === TEXT);
  const ended = once(response, 'end');
  await close();
  await ended;
  assert.ok(opened[0]?.returned);
});

test('HEAD has the headers of a stream and opens none', async (t) => {
  const { url, opened } = await rig(t, EVENTS);
  const { status, headers, text } = await httpRequest(url, { method: 'HEAD' });
  assert.deepEqual([status, headers['content-type'], text], [200, 'text/event-stream', '']);
  assert.equal(opened.length, 0);
});

test('streams take half of the requests, and a place becomes free when a client disconnects', async (t) => {
  const { url, opened } = await rig(t, EVENTS, 3);
  const first = await sendRequest(url);
  await sendRequest(url);
  const refused = await httpRequest(url);
  assert.deepEqual(
    [refused.status, refused.headers['retry-after'], refused.text],
    [503, '1', 'too many streams, retry later\n'],
  );
  first.destroy();
  await until('the end of a stream', () => opened[0]?.returned);
  assert.equal((await sendRequest(url)).statusCode, 200);
});

test('streams are limited without a limit of requests too', async (t) => {
  const { url } = await rig(t, EVENTS, 0);
  for (let count = 0; count < 100; count++) assert.equal((await sendRequest(url)).statusCode, 200);
  assert.equal((await httpRequest(url)).status, 503);
});

test('a client that does not read costs one event and is disconnected after 10 s', async (t) => {
  const endless: StreamEvent[] = Array.from({ length: 100 }, () => ({ data: 'x'.repeat(4_000_000) }));
  const { url, opened } = await rig(t, endless);
  mock.timers.enable({ apis: ['setTimeout'] });
  t.after(() => mock.timers.reset());
  const client = connect(Number(new URL(url).port), '127.0.0.1').pause();
  t.after(() => client.destroy());
  client.on('error', () => {}).write('GET /events HTTP/1.1\r\nHost: node\r\n\r\n');
  // What fits into the buffers of the connection is taken meanwhile, which starts the time again.
  const ticks = setInterval(() => mock.timers.tick(9999), 200);
  t.after(() => clearInterval(ticks));
  await until('the end of the stream', () => opened[0]?.returned);
  assert.ok((opened[0]?.pulled ?? 0) < 5, `${opened[0]?.pulled} events`);
  assert.ok(opened[0]?.signal.aborted);
});

test('a stream without events has comments, and ends after an hour', async (t) => {
  const { url } = await rig(t, []);
  mock.timers.enable({ apis: ['setTimeout'] });
  t.after(() => mock.timers.reset());
  const response = await sendRequest(url);
  const text = received(response);
  const ended = once(response, 'end');
  for (const comments of [1, 2]) {
    mock.timers.tick(KEEP_ALIVE_MS);
    await until('a comment', () => text() === ':\n\n'.repeat(comments));
  }
  mock.timers.tick(MAX_STREAM_MS - 2 * KEEP_ALIVE_MS - 1);
  await until('another comment', () => text() === ':\n\n'.repeat(3));
  mock.timers.tick(1);
  await ended;
  assert.equal(text(), ':\n\n'.repeat(3));
});

test('a stream that fails closes the connection, and the error is reported', async (t) => {
  const failing = (function* (): Generator<StreamEvent> {
    yield { data: 'one' };
    throw new Error('cannot read');
  })();
  const { url, opened, errors } = await rig(t, failing);
  const response = await sendRequest(url);
  await assert.rejects(readResponse(response), { code: 'ECONNRESET' });
  assert.ok(opened[0]?.returned);
  assert.deepEqual(errors.map(String), ['Error: cannot read']);
});

test('the client that reads the slowest is disconnected when different events are too large together', async (t) => {
  /** Another event for each client. */
  const events = {
    *[Symbol.iterator](): Generator<StreamEvent> {
      yield { data: 'x'.repeat(13 * 2 ** 20) };
    },
  };
  const { url, opened } = await rig(t, events);
  const slow = await sendRequest(url);
  slow.on('error', () => {});
  await until('an event', () => opened[0]?.pulled === 1);
  const quick = await sendRequest(url);
  let bytes = 0;
  quick.on('data', (piece: Buffer) => (bytes += piece.length));
  await until('the end of the slow stream', () => opened[0]?.returned);
  await until('the whole event', () => bytes > 13 * 2 ** 20);
  assert.equal(opened[1]?.signal.aborted, false);
});
