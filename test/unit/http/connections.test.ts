import { strict as assert } from 'node:assert';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { mock, test, type TestContext } from 'node:test';
import { until } from '../../support/until.ts';
import { Connections, MAX_CONNECTIONS, MAX_PIPELINED } from '../../../src/http/connections.ts';

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
  const server = createServer(({ socket }, response) => void connections.answering(socket, response));
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

test('a shutdown aborts a request that is in flight after 20 s, and reports that', async (t) => {
  const { failures, client, close } = await rig(t, 'GET / HTTP/1.1\r\nHost: node\r\n\r\n');
  client.on('error', () => {});
  const closed = close();
  mock.timers.tick(19_999);
  assert.deepEqual([failures, client.closed], [[], false]);
  mock.timers.tick(1);
  await closed;
  assert.deepEqual(failures, ['Error: aborted 20 s after the shutdown began']);
});

/** A server whose requests are counted and answered by the test, and its port. */
async function counting(t: TestContext) {
  const connections = new Connections(() => assert.fail('not called'));
  const turns: ServerResponse[] = [];
  let requests = 0;
  const server = createServer(({ socket }, response) => {
    requests++;
    void connections.answering(socket, response).then((isTurn) => isTurn && turns.push(response));
  });
  server.on('connection', (socket) => connections.opened(socket));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const dial = (request = ''): Socket => {
    const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
    t.after(() => client.destroy());
    client.on('error', () => {}).resume();
    client.write(request);
    return client;
  };
  return { turns, dial, requests: () => requests };
}

const REQUEST = 'GET / HTTP/1.1\r\nHost: node\r\n\r\n';

test('requests of a connection are answered one after the other', async (t) => {
  const { turns, dial, requests } = await counting(t);
  dial(REQUEST.repeat(MAX_PIPELINED));
  for (let answered = 0; answered < MAX_PIPELINED; answered++) {
    await until('the next turn', () => turns.length === answered + 1);
    assert.equal(requests(), MAX_PIPELINED);
    turns[answered]?.end();
  }
});

test('a client that pipelines too many requests is disconnected, others are not', async (t) => {
  const { turns, dial } = await counting(t);
  const other = dial(REQUEST);
  await until('a request of another client', () => turns.length === 1);
  const pipelining = dial(REQUEST.repeat(1000));
  if (!pipelining.closed) await once(pipelining, 'close');
  assert.equal(other.closed, false);
  assert.ok(turns.length <= 2);
});

test('one connection too many closes the one that was idle for the longest time', async (t) => {
  const { turns, dial } = await counting(t);
  const busy = dial(REQUEST);
  await until('a request', () => turns.length === 1);
  const idle = Array.from({ length: MAX_CONNECTIONS }, () => dial());
  await until('a closed connection', () => idle.some(({ closed }) => closed));
  assert.equal(idle.filter(({ closed }) => closed).length, 1);
  assert.equal(busy.closed, false);
});
