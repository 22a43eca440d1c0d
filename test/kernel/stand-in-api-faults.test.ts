import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { request as requestSecurely } from 'node:https';
import { text as textOf } from 'node:stream/consumers';
import { describe, test } from 'node:test';
import type { TestContext } from 'node:test';

import { drip, flood, half, halfAndEnd, halfAndSilence, opening, reset, text } from '../support/api-faults.ts';
import { ApiServer } from '../support/api-server.ts';
import type { ApiServerOptions } from '../support/api-server.ts';
import { authority, selfSigned, signedBy, whyNoCertificates } from '../support/certificates.ts';
import type { PodObject } from '../support/pod-object.ts';

/** What it takes to believe a test of a client against the stand-in: that the stand-in does what it is told. */
describe('the stand-in API server', () => {
  test('gives a list any state, one not older than a version, or the latest', async (t) => {
    const api = await serve(t);
    api.replicas[0]?.hold();
    api.setPod(pod('b'));
    assert.deepEqual(await list(api, 'resourceVersion=0'), ['1001', 'a']);
    assert.deepEqual(await list(api, 'resourceVersion=1001'), ['1001', 'a']);
    assert.deepEqual(await list(api, ''), ['1002', 'a', 'b']);
    const early = await answer(api, 'resourceVersion=1002');
    assert.deepEqual([early.statusCode, early.headers['retry-after']], [504, '1']);
    api.recover();
    assert.deepEqual(await list(api, 'resourceVersion=0'), ['1002', 'a', 'b']);
  });

  test('delays the watch of a server that lags, and then sends all of it', async (t) => {
    const api = await serve(t);
    const lines = await watch(api, 'resourceVersion=1001');
    api.replicas[0]?.hold();
    api.setPod(pod('b'));
    const ahead = await watch(api, 'resourceVersion=1002');
    api.sendBookmarks();
    assert.equal(await lines(), 'BOOKMARK 1001');
    assert.equal(await ahead(), 'BOOKMARK 1001');
    api.recover();
    api.setPod(pod('c'));
    assert.deepEqual([await lines(), await lines(), await ahead()], ['ADDED 1002', 'ADDED 1003', 'ADDED 1003']);
  });

  test('has servers take turns, each with watches of its own', async (t) => {
    const api = await serve(t, { replicas: 2 });
    api.replicas[1]?.hold();
    api.setPod(pod('b'));
    assert.deepEqual(await list(api, 'resourceVersion=0'), ['1002', 'a', 'b']);
    assert.deepEqual(await list(api, 'resourceVersion=0'), ['1001', 'a']);
    await watch(api, 'resourceVersion=0');
    await watch(api, 'resourceVersion=0');
    assert.deepEqual(
      api.replicas.map(({ watches }) => watches.size),
      [1, 1],
    );
  });

  test('lets watches that are up to date go on after a compaction, and no others', async (t) => {
    const api = await serve(t, { replicas: 2 });
    const [fresh, behind] = [await watch(api, 'resourceVersion=0'), await watch(api, 'resourceVersion=0')];
    assert.deepEqual([await fresh(), await behind()], ['ADDED 1001', 'ADDED 1001']);
    api.replicas[1]?.hold();
    api.setPod(pod('b'));
    api.compact();
    api.recover();
    assert.deepEqual([await fresh(), await behind()], ['ADDED 1002', 'ERROR 410']);
  });

  test('loses changes for the watches that are open, and for no others', async (t) => {
    const api = await serve(t);
    const open = await watch(api, 'resourceVersion=1001');
    api.replacePods([pod('b')]);
    api.losePod('b');
    api.setPod(pod('c'));
    const later = await watch(api, 'resourceVersion=1001');
    assert.equal(await open(), 'ADDED 1005');
    const told = ['DELETED 1002', 'ADDED 1003', 'DELETED 1004', 'ADDED 1005'];
    assert.deepEqual([await later(), await later(), await later(), await later()], told);
  });

  test('garbles a change in every watch until it recovers', async (t) => {
    const api = await serve(t);
    const first = await watch(api, 'resourceVersion=1001');
    api.garblePod(pod('b'));
    const second = await watch(api, 'resourceVersion=1001');
    await assert.rejects(first, SyntaxError);
    await assert.rejects(second, SyntaxError);
    assert.ok(api.watches.every(({ isHeard }) => !isHeard));
    api.recover();
    assert.equal(await (await watch(api, 'resourceVersion=1001'))(), 'ADDED 1002');
  });

  test('takes the newest token only', async (t) => {
    const api = await serve(t);
    const old = api.token;
    api.renewToken();
    assert.equal((await answer(api, '', old)).statusCode, 401);
    assert.equal((await answer(api, '')).statusCode, 200);
  });

  test('gives other answers than the right one', async (t) => {
    const api = await serve(t);
    const right = await textOf(await answer(api, ''));
    const next: (() => void)[] = [];
    api.failNext(
      'list',
      text('{}'),
      half,
      halfAndEnd,
      halfAndSilence,
      drip((due) => next.push(due)),
      reset,
    );
    assert.equal(await textOf(await answer(api, '')), '{}');
    assert.equal(await textOf(await answer(api, '')), right.slice(0, right.length / 2));
    await assert.rejects(textOf(await answer(api, '')), { code: 'ECONNRESET' });
    const silent = await answer(api, '');
    assert.equal(silent.headers['content-length'], String(right.length));
    silent.destroy();
    const dripping = await answer(api, '');
    for (let due = next.shift(); due !== undefined; due = next.shift()) due();
    assert.equal(await textOf(dripping), right);
    await assert.rejects(answer(api, ''), { code: 'ECONNRESET' });
    api.failAll('watch', opening('{}\n'));
    const [chunk] = (await once(await answer(api, 'watch=1'), 'data')) as [Buffer];
    assert.equal(chunk.toString(), '{}\n');
  });

  test('floods a list with pods that are made while they are sent', async (t) => {
    const api = await serve(t);
    api.failAll(
      'list',
      flood(() => [pod('x'), pod('y')]),
    );
    assert.deepEqual(await list(api, ''), ['1001', 'a', 'x', 'y']);
    api.deletePod('a');
    assert.deepEqual(await list(api, ''), ['1002', 'x', 'y']);
    api.failAll(
      'list',
      flood(() => []),
    );
    assert.deepEqual(await list(api, ''), ['1002']);
  });

  test('goes away and comes back at the same address', async (t) => {
    const api = await serve(t);
    const { url } = api;
    const open = await watch(api, '');
    assert.equal(await open(), 'ADDED 1001');
    await api.close();
    await assert.rejects(open, { code: 'ECONNRESET' });
    await assert.rejects(answer(api, ''), { code: 'ECONNREFUSED' });
    await api.open();
    assert.equal(api.url, url);
    assert.deepEqual(await list(api, ''), ['1001', 'a']);
  });

  test('works without a network', async (t) => {
    const api = await serve(t, { inMemory: true });
    assert.deepEqual(await list(api, ''), ['1001', 'a']);
    const lines = await watch(api, 'resourceVersion=0');
    assert.equal(await lines(), 'ADDED 1001');
    api.setPod({ ...pod('b'), status: { note: 'x'.repeat(1 << 20) } });
    assert.equal(await lines(), 'ADDED 1002');
    api.endWatches();
    assert.equal(await lines(), undefined);
    const cut = await watch(api, 'resourceVersion=1002');
    api.resetWatches();
    await assert.rejects(cut, { code: 'ECONNRESET' });
    const left = await answer(api, 'watch=1');
    assert.equal(api.openWatches, 1);
    left.destroy();
    await once(api.requests.at(-1)?.response ?? assert.fail('no request'), 'close');
    assert.equal(api.openWatches, 0);
    await api.close();
    await assert.rejects(answer(api, ''), { code: 'ECONNREFUSED' });
  });

  test('speaks TLS with the certificate it is given', { skip: whyNoCertificates }, async (t) => {
    const [first, second] = [authority('first'), authority('second')];
    const api = await serve(t, { certificate: signedBy(first) });
    const status = async (ca: string): Promise<number | undefined> => (await answer(api, '', api.token, ca)).statusCode;
    assert.equal(await status(first.cert), 200);
    await assert.rejects(status(second.cert), { code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' });
    api.certify(signedBy(second));
    assert.equal(await status(second.cert), 200);
    const own = selfSigned();
    api.certify(own);
    assert.equal(await status(own.cert), 200);
  });
});

/** A server with the pod `a` in version 1001. */
async function serve(t: TestContext, options: ApiServerOptions = {}): Promise<ApiServer> {
  const api = await ApiServer.start(options);
  t.after(() => api.close());
  api.setPod(pod('a'));
  return api;
}

function pod(uid: string): PodObject {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { namespace: 'n', name: uid, uid }, spec: {}, status: {} };
}

async function answer(api: ApiServer, query: string, token = api.token, ca?: string): Promise<IncomingMessage> {
  const path = `/api/v1/pods?allowWatchBookmarks=true&${query}`;
  const headers = { authorization: `Bearer ${token}` };
  const connection = api.url.endsWith(':0') ? { createConnection: () => api.connect() } : { agent: false };
  const send = ca === undefined ? request : requestSecurely;
  const sent = send(api.url + path, { headers, ...connection, ...(ca === undefined ? {} : { ca }) });
  sent.on('error', () => {});
  sent.end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  return response;
}

/** Version of a list, and the UIDs of its pods. */
async function list(api: ApiServer, query: string): Promise<readonly string[]> {
  const response = await answer(api, query);
  assert.equal(response.statusCode, 200);
  const { metadata, items } = JSON.parse(await textOf(response)) as {
    metadata: { resourceVersion: string };
    items: readonly PodObject[];
  };
  return [metadata.resourceVersion, ...items.map((item) => item.metadata.uid)];
}

/** Opens a watch; each call gives its next event as `TYPE version`, or `undefined` at its end. */
async function watch(api: ApiServer, query: string): Promise<() => Promise<string | undefined>> {
  const response = await answer(api, `watch=1&${query}`);
  assert.equal(response.statusCode, 200);
  async function* events(): AsyncGenerator<string> {
    let rest = '';
    for await (const chunk of response.setEncoding('utf8')) {
      const lines = (rest + String(chunk)).split('\n');
      rest = lines.pop() ?? '';
      yield* lines;
    }
  }
  const lines = events();
  return async () => {
    const next = await lines.next();
    if (next.done === true) return undefined;
    const { type, object } = JSON.parse(next.value) as { type: string; object: PodObject & { code?: number } };
    return `${type} ${object.metadata.resourceVersion ?? object.code}`;
  };
}
