import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { OutgoingHttpHeaders } from 'node:http';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { text as whole } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';

import { httpRequest, sendRequest } from '../support/http-client.ts';
import { Cleanup } from '../support/cleanup.ts';
import { ExporterProcess } from '../support/exporter-process.ts';
import { parseExposition } from '../support/exposition.ts';
import { PlainNode } from '../support/plain-node.ts';
import { until } from '../support/until.ts';
import { assertComplete } from '../support/complete-exposition.ts';

const GZIP = { 'Accept-Encoding': 'gzip' };
const HANG_UPS = 10;
const MEBIBYTE = 2 ** 20;
const REQUEST = 'GET /metrics HTTP/1.1\r\nHost: node\r\n';

type HangUp = (socket: Socket) => void;
const close: HangUp = (socket) => socket.destroy();
const reset: HangUp = (socket) => socket.resetAndDestroy();

const isStopping = (log: string): boolean => log.includes('msg=stopping');

describe('connections to an exporter with an answer that fits into no socket', () => {
  const cleanup = new Cleanup();
  let node: PlainNode;
  let exporter: ExporterProcess;
  let metrics: string;

  before(async () => {
    node = new PlainNode({ pods: Array.from({ length: 20 }, (_, number) => `web-${number}`), devices: 500 });
    cleanup.defer(() => node.remove());
    exporter = await ExporterProcess.start([...node.flags, `--pods=file:${node.podsFile}`]);
    cleanup.defer(() => exporter.stop());
    await exporter.ready();
    metrics = `${exporter.url}/metrics`;
    // Descriptors that are kept are all there after this.
    await httpRequest(metrics);
  });

  after(() => cleanup.run());

  async function descriptors(): Promise<number> {
    const { text } = await httpRequest(`${metrics}?collect[]=pids`);
    return parseExposition(text).find(({ name }) => name === 'process_open_fds')?.value ?? Number.NaN;
  }

  async function dial(request: string): Promise<Socket> {
    const socket = connect(Number(new URL(metrics).port), '127.0.0.1');
    socket.on('error', () => {});
    await once(socket, 'connect');
    socket.write(request);
    return socket;
  }

  async function assertNothingIsLeftBy(connections: () => Promise<void>): Promise<void> {
    const earlier = await descriptors();
    await connections();
    await until(`at most ${earlier} open descriptors`, descriptors, (count) => count <= earlier);
    for (const headers of [{}, GZIP]) assertComplete((await httpRequest(metrics, { headers })).text, node);
  }

  const inTheMiddle: readonly (readonly [string, OutgoingHttpHeaders, HangUp])[] = [
    ['are closed in the middle of an answer', {}, close],
    ['are closed in the middle of a compressed answer', GZIP, close],
    ['are reset in the middle of an answer', {}, reset],
    ['are reset in the middle of a compressed answer', GZIP, reset],
  ];
  for (const [what, headers, hangUp] of inTheMiddle) {
    test(`that ${what} leave nothing behind`, async () => {
      await assertNothingIsLeftBy(async () => {
        for (let count = 0; count < HANG_UPS; count++) hangUp((await sendRequest(metrics, { headers })).socket);
      });
    });
  }

  for (const [what, hangUp] of Object.entries({ closed: close, reset })) {
    test(`that are ${what} before the answer begins leave nothing behind`, async () => {
      await assertNothingIsLeftBy(async () => {
        for (let count = 0; count < HANG_UPS; count++) hangUp(await dial(`${REQUEST}Accept-Encoding: gzip\r\n\r\n`));
      });
    });
  }

  test('that are not read do not hold up others', async () => {
    const unread = await Promise.all([sendRequest(metrics), sendRequest(metrics), sendRequest(metrics)]);
    assertComplete((await httpRequest(metrics)).text, node);
    for (const response of unread) response.destroy();
  });

  test('that are not read do not hold up the compression of others', async () => {
    // What is compressed for this one cannot go out, because before it there is an answer that nobody reads.
    const socket = await dial(`${REQUEST}\r\n${`${REQUEST}Accept-Encoding: gzip\r\n\r\n`.repeat(4)}`);
    try {
      await once(socket, 'readable');
      // It takes longer than to fill whatever holds what cannot go out.
      assertComplete((await httpRequest(metrics)).text, node);
      assertComplete((await httpRequest(metrics, { headers: GZIP })).text, node);
    } finally {
      socket.destroy();
    }
  });
});

test('of several questions in one piece all are answered before the program ends', async (t) => {
  const node = new PlainNode({ pods: Array.from({ length: 20 }, (_, number) => `web-${number}`), devices: 500 });
  t.after(() => node.remove());
  const exporter = await ExporterProcess.start([...node.flags, `--pods=file:${node.podsFile}`]);
  t.after(() => exporter.stop());
  await exporter.ready();
  const socket = connect(Number(new URL(exporter.url).port), '127.0.0.1');
  socket.write(`${REQUEST}\r\n`.repeat(3));
  await once(socket, 'readable');
  const stopped = exporter.stop();
  await until('"stopping" on standard error', () => exporter.log, isStopping);
  const answers = (await whole(socket)).split('HTTP/1.1 200 OK').slice(1);
  assert.deepEqual(
    answers.map((one) => one.endsWith('\r\n0\r\n\r\n')),
    [true, true, true],
  );
  assert.equal(await stopped, 0);
});

test('connections that end while an answer waits for them are no failure of the server', async (t) => {
  const node = new PlainNode({ pods: Array.from({ length: 20 }, (_, number) => `web-${number}`), devices: 500 });
  t.after(() => node.remove());
  const exporter = await ExporterProcess.start([...node.flags, `--pods=file:${node.podsFile}`]);
  t.after(() => exporter.stop());
  await exporter.ready();
  for (const hangUp of [close, reset]) {
    const unread = await sendRequest(`${exporter.url}/metrics`);
    // After a whole answer to somebody else it has long filled its socket.
    await httpRequest(`${exporter.url}/metrics`);
    hangUp(unread.socket);
  }
  // The server sees both ends before it answers this, and has written its log before it ends.
  await httpRequest(`${exporter.url}/metrics`);
  await exporter.stop();
  await until('"stopping" on standard error', () => exporter.log, isStopping);
  assert.doesNotMatch(exporter.log, /level=error/);
});

test('an invalid request behind one that is being answered is no failure of the server', async (t) => {
  const node = new PlainNode({ pods: Array.from({ length: 20 }, (_, number) => `web-${number}`), devices: 500 });
  t.after(() => node.remove());
  const exporter = await ExporterProcess.start([...node.flags, `--pods=file:${node.podsFile}`]);
  t.after(() => exporter.stop());
  await exporter.ready();
  const socket = connect(Number(new URL(exporter.url).port), '127.0.0.1');
  socket.write(`${REQUEST}Connection: close\r\n\r\n`);
  await once(socket, 'readable');
  socket.write('hello');
  await whole(socket).catch(() => {});
  await exporter.stop();
  assert.doesNotMatch(exporter.log, /level=error/);
});

test('hundreds of short requests leave neither memory nor descriptors taken', async (t) => {
  const node = new PlainNode({ pods: ['a', 'b', 'c'], devices: 10 });
  t.after(() => node.remove());
  const exporter = await ExporterProcess.start([...node.flags, `--pods=file:${node.podsFile}`]);
  t.after(() => exporter.stop());
  await exporter.ready();
  const paths = ['/metrics', '/metrics?collect[]=cpu', '/', '/healthz', '/metrics?collect[]=bogus', '/nothing'];
  const requests = async (count: number): Promise<void> => {
    for (let sent = 0; sent < count; sent += 10) {
      const batch = Array.from({ length: 10 }, (_, position) => paths[(sent + position) % paths.length] ?? '/');
      await Promise.all(batch.map((path) => httpRequest(exporter.url + path, { headers: GZIP })));
    }
  };
  const usage = async (): Promise<{ readonly memory: number; readonly descriptors: number }> => {
    const samples = parseExposition((await httpRequest(`${exporter.url}/metrics`)).text);
    const value = (name: string): number => samples.find((sample) => sample.name === name)?.value ?? Number.NaN;
    return { memory: value('process_resident_memory_bytes'), descriptors: value('process_open_fds') };
  };
  await requests(300);
  const earlier = await usage();
  // The heap of a young process grows now and then; what is never released makes every round grow.
  const growths: number[] = [];
  let previous = earlier.memory;
  while (growths.length < 4 && Math.min(...growths) >= 10 * MEBIBYTE) {
    await requests(300);
    const { memory } = await usage();
    growths.push(memory - previous);
    previous = memory;
  }
  assert.ok(Math.min(...growths) < 10 * MEBIBYTE, `bytes more after each round: ${growths.join(', ')}`);
  await until(
    `at most ${earlier.descriptors} open descriptors`,
    async () => (await usage()).descriptors,
    (count) => count <= earlier.descriptors,
  );
  assertComplete((await httpRequest(`${exporter.url}/metrics`)).text, node);
});
