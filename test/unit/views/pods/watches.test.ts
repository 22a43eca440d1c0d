import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { StreamEvent } from '../../../../src/views/endpoint.ts';
import { parsePodsDocument, type PodsDocument } from '../../../support/pods-document.ts';
import { until } from '../../../support/until.ts';
import { liveNode, type LiveNode } from './live-node.ts';

/** A client that reads events when the test calls for them. */
class Client {
  readonly #events: AsyncIterator<StreamEvent, unknown>;
  readonly #disconnected = new AbortController();

  constructor({ view }: LiveNode, seconds: number, collectors: readonly string[] = ['cpu']) {
    const stream = view.watch(new Set(collectors), seconds * 1000);
    assert.ok('events' in stream);
    this.#events = stream.events(this.#disconnected.signal)[Symbol.asyncIterator]();
  }

  async next(): Promise<PodsDocument> {
    const result = await this.#events.next();
    assert.ok(result.done !== true, 'the stream has ended');
    return parsePodsDocument(result.value.data.toString());
  }

  /** Disconnects; resolves when the stream has ended. */
  async disconnect(): Promise<void> {
    this.#disconnected.abort();
    while ((await this.#events.next()).done !== true);
  }
}

/** Time since the start of a node, and seconds that the rates cover. */
function timing({ time_seconds: time, node: { rates } }: PodsDocument): readonly [number, number | undefined] {
  return [time - 1000, (rates as { interval_seconds: number } | undefined)?.interval_seconds];
}

/** Moves the clock to the next event, which is due after this time. */
async function due(node: LiveNode, milliseconds: number): Promise<void> {
  await until('the timer of the next event', () => node.timers.waits[0] === milliseconds);
  node.advance(milliseconds);
}

describe('?watch of /api/v1/pods', () => {
  test('has at most three different documents, which any number of clients share', async (t) => {
    const node = liveNode(t);
    const clients = [1, 2, 3].map((seconds) => new Client(node, seconds));
    await Promise.all(clients.map((client) => client.next()));
    const another = (): unknown => node.view.watch(new Set(['cpu']), 5000).kind;
    assert.equal(another(), 'plain');
    assert.equal(node.view.watch(new Set(['cpu']), 3000).kind, 'stream');
    await clients[0]?.disconnect();
    assert.equal(another(), 'stream');
    await Promise.all(clients.slice(1).map((client) => client.disconnect()));
  });

  test('sends a document at once and then one per interval, with the rates in between', async (t) => {
    const node = liveNode(t);
    const client = new Client(node, 2);
    assert.deepEqual(timing(await client.next()), [0, undefined]);
    for (const at of [2, 4, 6]) {
      const next = client.next();
      await due(node, 2000);
      assert.deepEqual(timing(await next), [at, 2]);
    }
    await client.disconnect();
  });

  test('makes one collection for all whose events are due', async (t) => {
    const node = liveNode(t);
    const clients = [new Client(node, 2), new Client(node, 2), new Client(node, 4), new Client(node, 4, ['memory'])];
    const everyone = (): Promise<readonly PodsDocument[]> => Promise.all(clients.map((client) => client.next()));
    await everyone();
    assert.equal(node.collected.length, 1);
    const slow = clients.slice(2).map((client) => client.next());
    let fast = clients.slice(0, 2).map((client) => client.next());
    await due(node, 2000);
    assert.deepEqual((await Promise.all(fast)).map(timing), [
      [2, 2],
      [2, 2],
    ]);
    fast = clients.slice(0, 2).map((client) => client.next());
    await due(node, 2000);
    assert.deepEqual((await Promise.all([...fast, ...slow])).map(timing), [
      [4, 2],
      [4, 2],
      [4, 4],
      [4, undefined],
    ]);
    assert.deepEqual(
      node.collected.map((each) => [...each].join()),
      ['cpu,memory,node-cpu,node-memory', 'cpu,node-cpu', 'cpu,memory,node-cpu,node-memory'],
    );
    for (const client of clients) await client.disconnect();
  });

  test('sends the last document to a client that comes later, and a new one if that is too old', async (t) => {
    const node = liveNode(t);
    const [first, second, third] = [new Client(node, 2), new Client(node, 2), new Client(node, 2)];
    await first.next();
    node.advance(500);
    assert.deepEqual(timing(await second.next()), [0, undefined]);
    assert.equal(node.collected.length, 1);
    // No client has taken the last event, so none was read.
    node.advance(9000);
    assert.deepEqual(timing(await third.next()), [9.5, 9.5]);
    for (const client of [first, second, third]) await client.disconnect();
  });

  test('reads nothing while no client waits, and keeps nothing without a client', async (t) => {
    const node = liveNode(t);
    const client = new Client(node, 1);
    await client.next();
    const waiting = client.next();
    await due(node, 1000);
    await waiting;
    // Only the counters are still kept for a minute.
    assert.deepEqual(node.timers.waits, [60_000]);
    await client.disconnect();
    node.advance(60_000);
    assert.equal(node.collected.length, 2);
    assert.deepEqual(node.timers.waits, []);
    const later = new Client(node, 1);
    assert.deepEqual(timing(await later.next()), [61, undefined]);
    await later.disconnect();
  });

  test('cancels its timer when the last client that waits disconnects', async (t) => {
    const node = liveNode(t);
    const client = new Client(node, 2);
    await client.next();
    const next = client.next().catch(() => undefined);
    await until('the timer of the next event', () => node.timers.waits[0] === 2000);
    await client.disconnect();
    await next;
    assert.deepEqual(node.timers.waits, [60_000]);
  });
});
