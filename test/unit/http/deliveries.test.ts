import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { randomBytes } from 'node:crypto';
import { mock, test, type TestContext } from 'node:test';
import { gzipSync } from 'node:zlib';
import { Deliveries } from '../../../src/http/deliveries.ts';
import { GzipBody } from '../../../src/http/gzip-body.ts';
import { until } from '../../support/until.ts';

/** Larger than the buffers of a connection on the loopback interface, compressed as well. */
const LARGE = 16 * 1024 * 1024;

function bodyOf(bytes: Buffer): GzipBody {
  const compressed = gzipSync(bytes, { level: 1 });
  return new GzipBody(
    Array.from({ length: Math.ceil(compressed.length / 16_384) }, (_, index) =>
      compressed.subarray(index * 16_384, (index + 1) * 16_384),
    ),
  );
}

/** Responses of a server, and clients of it that do not read. */
async function rig(t: TestContext) {
  const responses: ServerResponse[] = [];
  const server = createServer((_request, response) => responses.push(response));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const dial = async (): Promise<{ response: ServerResponse; client: Socket }> => {
    const client = connect((server.address() as AddressInfo).port, '127.0.0.1').pause();
    t.after(() => client.destroy());
    client.on('error', () => {}).write('GET / HTTP/1.1\r\nHost: node\r\n\r\n');
    const count = responses.length;
    await until('a request', () => responses.length > count);
    return { response: responses[count] as ServerResponse, client };
  };
  return { dial };
}

for (const compressed of [true, false]) {
  const how = compressed ? 'compressed' : 'not compressed';

  test(`a client that takes nothing for 10 s is disconnected (${how})`, async (t) => {
    const { dial } = await rig(t);
    const { response } = await dial();
    const body = bodyOf(randomBytes(LARGE));
    mock.timers.enable({ apis: ['setTimeout'] });
    t.after(() => mock.timers.reset());
    const sent = new Deliveries().send(response, body, { compressed, deadline: performance.now() + 1e6 });
    const rejected = assert.rejects(sent, { name: 'ClientDisconnected' });
    mock.timers.tick(9999);
    assert.equal(response.destroyed, false);
    // What fits into the buffers of the connection is taken meanwhile, which starts the time again.
    const ticks = setInterval(() => mock.timers.tick(9999), 500);
    await rejected;
    clearInterval(ticks);
    assert.equal(response.destroyed, true);
  });

  test(`a response ends at its deadline (${how})`, async (t) => {
    const { dial } = await rig(t);
    const { response } = await dial();
    const sent = new Deliveries().send(response, bodyOf(randomBytes(LARGE)), {
      compressed,
      deadline: performance.now() + 50,
    });
    await assert.rejects(sent, { name: 'ClientDisconnected' });
  });

  test(`a client that reads gets all of it (${how})`, async (t) => {
    const { dial } = await rig(t);
    const { response, client } = await dial();
    const bytes = randomBytes(LARGE);
    const pieces: Buffer[] = [];
    client.on('data', (piece: Buffer) => pieces.push(piece)).resume();
    response.useChunkedEncodingByDefault = false;
    response.setHeader('Connection', 'close');
    await new Deliveries().send(response, bodyOf(bytes), { compressed, deadline: performance.now() + 1e6 });
    if (!client.closed) await once(client, 'close');
    const whole = Buffer.concat(pieces);
    const content = whole.subarray(whole.indexOf('\r\n\r\n') + 4);
    assert.ok(content.equals(compressed ? gzipSync(bytes, { level: 1 }) : bytes));
  });
}

test('when bodies need too much memory the client that has taken nothing for the longest time is disconnected', async (t) => {
  const { dial } = await rig(t);
  const deliveries = new Deliveries();
  const send = async (): Promise<{ response: ServerResponse; sent: Promise<unknown> }> => {
    const { response } = await dial();
    const options = { compressed: true, deadline: performance.now() + 1e6 };
    const sent = deliveries.send(response, bodyOf(randomBytes(LARGE)), options).catch((error: unknown) => error);
    return { response, sent };
  };
  const first = await send();
  const second = await send();
  assert.match(String(await first.sent), /ClientDisconnected/);
  assert.deepEqual([first.response.destroyed, second.response.destroyed], [true, false]);
});
