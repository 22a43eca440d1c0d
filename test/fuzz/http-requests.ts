import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { connect, type Socket } from 'node:net';

import { ExporterProcess } from '../support/exporter-process.ts';
import { httpRequest } from '../support/http-client.ts';
import { PlainNode } from '../support/plain-node.ts';
import type { Random } from '../support/seeded-random.ts';
import { orGiveUp, until } from '../support/until.ts';
import { type FuzzCase, fuzzCase, type Fuzzer } from './fuzzer.ts';
import { damaged } from './mutations.ts';

/** Requests whose head ends the connection, so that every answer is complete. */
const MAX_REQUESTS = 4;

/** More descriptors than an idle exporter gains while it serves. */
const MAX_MORE_DESCRIPTORS = 10;

/** Lines that thousands of malformed requests may cause: each cause is logged once. */
const MAX_LOG_LINES = 10;

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'OPTIONS', 'get', 'BREW', '', 'GET '];
const TARGETS = String.raw`
  /metrics / /healthz /readyz /stats/summary /metrics/cadvisor /metrics/resource /api/v1/pods /metrics?collect[]=cpu
  /metrics?collect[]=%ff /metrics?&&== /metrics#x // /.. /%00 /% /%zz /\ /ä /__proto__ * ? http:// http:///x https://[::1/
`
  .trim()
  .split(/\s+/)
  .concat(`/${'a'.repeat(5000)}`);
const VERSIONS = ['HTTP/1.1', 'HTTP/1.0', 'HTTP/0.9', 'HTTP/2.0', 'HTTP/9.9', 'http/1.1', ''];
const HEADERS = `
Host: node
Host: a|Host: b
Connection: keep-alive
Connection: close, x
Expect: 100-continue
Content-Length: 5
Content-Length: -1
Content-Length: 5|Content-Length: 6
Transfer-Encoding: chunked
Transfer-Encoding: x
Accept: application/openmetrics-text; version=1.0.0
Accept: */*;q=x,,;
Accept-Encoding: gzip
Accept-Encoding: gzip;q=0, identity;q=0
X-Prometheus-Scrape-Timeout-Seconds: 1e9
X-Prometheus-Scrape-Timeout-Seconds: -1
X-Prometheus-Scrape-Timeout-Seconds: NaN
Upgrade: h2c
Range: bytes=0-
If-None-Match: *
Authorization: Basic !
Authorization: Bearer
no colon
: x
A: \xff\xfe
A: b| folded
X-Long: ${'x'.repeat(20_000)}
`
  .trim()
  .split('\n')
  .map((header) => header.replace('|', '\r\n'));
const BODIES = ['', '', '', 'hello', '5\r\nhello\r\n0\r\n\r\n', '5\r\nhel', 'ffffffffff\r\n', '\0\0\0', '\r\n\r\n'];

/**
 * Odd requests on the loopback interface, pipelined, in pieces and cut off: the exporter closes the connection, goes on
 * answering others, and neither logs nor keeps anything of them.
 */
export const httpRequests: Fuzzer = {
  name: 'http-requests',
  async open() {
    const node = new PlainNode();
    const exporter = await ExporterProcess.start([...node.flags, `--pods=file:${node.podsFile}`]);
    await exporter.ready();
    await exporter.get('/metrics');
    const descriptors = (): number => readdirSync(`/proc/${exporter.pid}/fd`).length;
    const [atFirst, linesAtFirst] = [descriptors(), exporter.log.split('\n').length];
    return {
      makeCase: (random) => makeCase(exporter, random),
      async finish() {
        await until('closed descriptors', descriptors, (now) => now <= atFirst + MAX_MORE_DESCRIPTORS);
        const lines = exporter.log.split('\n').slice(linesAtFirst - 1);
        assert.ok(lines.length <= MAX_LOG_LINES, `${lines.length} lines, the last: ${lines.at(-2)}`);
      },
      async close() {
        await exporter.stop();
        node.remove();
      },
    };
  },
};

function makeCase(exporter: ExporterProcess, random: Random): FuzzCase {
  const parts = Array.from({ length: 1 + random.below(MAX_REQUESTS) }, () => requestParts(random)).flat();
  const isReset = random.chance(0.2);
  return fuzzCase(isReset ? 'then reset' : 'then end', parts, async (kept) => {
    await send(exporter, kept, isReset);
    assert.ok(exporter.running, 'exited');
    const { status } = await httpRequest(`${exporter.url}/healthz`);
    assert.equal(status, 200);
    assert.doesNotMatch(exporter.log, /level=error/);
  });
}

/** The parts of a request: its first line, headers, and body. */
function requestParts(random: Random): readonly string[] {
  const line = `${random.pick(METHODS)} ${random.pick(TARGETS)} ${random.pick(VERSIONS)}\r\n`;
  const isPlain = random.chance(0.5);
  const headers = random.several(5, () => `${random.pick(HEADERS)}\r\n`);
  const parts = [isPlain ? 'GET /metrics HTTP/1.1\r\nHost: node\r\n' : line, ...headers, '\r\n', random.pick(BODIES)];
  return parts.map((part) => (random.chance(0.05) ? damaged(part, random) : part));
}

/** Sends the parts one after the other; whatever is answered must begin like an answer. */
async function send(exporter: ExporterProcess, parts: readonly string[], isReset: boolean): Promise<void> {
  const socket = connect(Number(new URL(exporter.url).port), '127.0.0.1');
  socket.on('error', () => {});
  await once(socket, 'connect');
  const answer: Buffer[] = [];
  socket.on('data', (data: Buffer) => answer.push(data));
  const closed = new Promise((resolve) => {
    socket.once('close', resolve);
  });
  for (const part of parts) await written(socket, part);
  if (isReset) socket.resetAndDestroy();
  else socket.end();
  await orGiveUp('the end of the connection', closed);
  const text = Buffer.concat(answer).toString('latin1');
  assert.match(text, /^(?:$|HTTP\/1\.1 \d{3} )/);
  assert.doesNotMatch(text, /^HTTP\/1\.1 5(?!03)/m);
}

/** Resolves when the system has the part, or the connection is gone. */
function written(socket: Socket, part: string): Promise<void> {
  return new Promise((resolve) => {
    socket.write(Buffer.from(part, 'latin1'), () => resolve());
  });
}
