import { strict as assert } from 'node:assert';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { mock, test, type TestContext } from 'node:test';
import { Connections } from '../../../src/http/connections.ts';

interface Rig {
  readonly failures: string[];
  readonly client: Socket;
  /** Closes the server; resolves when all connections are closed. */
  readonly close: () => Promise<void>;
}

/** A server that never responds, a client of it, and a shutdown grace period that expires when the test ticks. */
async function rig(t: TestContext, request: string): Promise<Rig> {
  const failures: string[] = [];
  const connections = new Connections((error) => failures.push(String(error)));
  const server = createServer(({ socket }, response) => connections.answering(socket, response));
  server.on('connection', (socket) => connections.opened(socket));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  t.after(() => client.destroy());
  client.write(request);
  await once(server, request === '' ? 'connection' : 'request');
  mock.timers.enable({ apis: ['setTimeout'] });
  t.after(() => mock.timers.reset());
  return { failures, client, close: () => connections.close(server) };
}

test('a shutdown closes an idle connection at once', async (t) => {
  const { failures, client, close } = await rig(t, '');
  const closed = once(client.resume(), 'close');
  await close();
  await closed;
  assert.deepEqual(failures, []);
});

test('a shutdown aborts a request that is in flight after 30 s, and reports that', async (t) => {
  const { failures, client, close } = await rig(t, 'GET / HTTP/1.1\r\nHost: node\r\n\r\n');
  client.on('error', () => {});
  const closed = close();
  mock.timers.tick(29_999);
  assert.deepEqual([failures, client.closed], [[], false]);
  mock.timers.tick(1);
  await closed;
  assert.deepEqual(failures, ['Error: aborted 30 s after the shutdown began']);
});
