import assert from 'node:assert/strict';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';

import { freePort } from '../support/free-port.ts';
import { PlainNode } from '../support/plain-node.ts';
import { EXPORTER, Program } from '../support/program.ts';
import { serveNode } from '../support/served-node.ts';
import { until } from '../support/until.ts';

describe('a log that cannot be written does not end the exporter', () => {
  /** Starts the exporter with `stderr` as its standard error; resolves once it answers. */
  async function start(t: TestContext, stderr: 'pipe' | number): Promise<{ child: ChildProcess; url: string }> {
    const node = new PlainNode();
    t.after(() => node.remove());
    const port = await freePort();
    const [program = '', ...args] = EXPORTER;
    const flags = ['--log.level=debug', '--pods=none', `--web.listen-address=127.0.0.1:${port}`, ...node.flags];
    const child = spawn(program, [...args, ...flags], { stdio: ['ignore', 'ignore', stderr] });
    t.after(() => child.kill('SIGKILL'));
    const url = `http://127.0.0.1:${port}`;
    await until('an answer', () => isAnswering(url));
    return { child, url };
  }

  async function isAnswering(url: string): Promise<boolean> {
    return fetch(`${url}/healthz`).then(
      ({ ok }) => ok,
      () => false,
    );
  }

  async function exits(child: ChildProcess): Promise<void> {
    child.kill('SIGTERM');
    if (child.exitCode === null) await once(child, 'exit');
    assert.equal(child.exitCode, 0);
  }

  test('whose reader has gone', async (t) => {
    const { child, url } = await start(t, 'pipe');
    child.stderr?.destroy();
    for (let scrapes = 0; scrapes < 3; scrapes++) assert.equal((await fetch(`${url}/metrics`)).status, 200);
    await failRequest(url);
    assert.ok(await isAnswering(url));
    await exits(child);
  });

  test('on a full disk', async (t) => {
    const full = openSync('/dev/full', 'w');
    t.after(() => closeSync(full));
    const { child, url } = await start(t, full);
    await failRequest(url);
    assert.ok(await isAnswering(url));
    await exits(child);
  });

  test('into a full pipe that nobody drains', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'pod-exporter-log-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const path = join(folder, 'pipe');
    assert.equal(spawnSync('mkfifo', [path]).status, 0);
    const ours = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
    t.after(() => closeSync(ours));
    assert.throws(() => {
      for (;;) writeSync(ours, Buffer.alloc(4096));
    }, /EAGAIN/);
    const theirs = openSync(path, 'w');
    t.after(() => closeSync(theirs));
    const { child, url } = await start(t, theirs);
    assert.equal((await fetch(`${url}/metrics`)).status, 200);
    await exits(child);
  });
});

/** Sends a request that the exporter cannot answer, and waits for the end of the connection. */
async function failRequest(url: string): Promise<void> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.on('error', () => {});
  socket.resume();
  socket.end('GET http://[::1/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  await once(socket, 'close');
}

test('--log.level=debug logs collections and API requests, and nothing secret', async (t) => {
  const { apiServer, flags } = await serveNode(t);
  const debug = ['--log.level=debug', '--web.listen-address=127.0.0.1:0'];
  const program = await Program.start([...EXPORTER, ...flags, ...debug]);
  t.after(() => program.stop());
  const url = await program.listening();
  await until('an open watch', () => apiServer.openWatches === 1);
  assert.equal((await fetch(`${url}/metrics`)).status, 200);
  const request =
    /level=debug msg="finished an API request" method=GET path="?\/api\/v1\/pods\?\S* result=http_200 bytes=\d+ duration_ms=\d+$/m;
  await program.logs(request);
  const facts = String.raw`duration_ms=[\d.]+ walk_ms=[\d.]+ collectors=\d+(?: failed=[\w,-]+)? subjects=[1-9]\d* unmatched=0 descriptors=\d+`;
  await program.logs(new RegExp(`level=debug msg="collected metrics" ${facts} indexed_pods=1$`, 'm'));
  assert.ok(!program.stderr.includes(apiServer.token));
});
