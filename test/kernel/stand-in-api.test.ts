import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import type { TestContext } from 'node:test';

import { httpStatus } from '../support/api-faults.ts';
import { ApiServer } from '../support/api-server.ts';
import type { ApiServerOptions } from '../support/api-server.ts';
import type { PodObject } from '../support/pod-object.ts';

const SELECT = 'fieldSelector=spec.nodeName%3Dhere';

describe('the stand-in API server', () => {
  test('lists the pods of one node with a version, and of all nodes when it ignores the selector', async (t) => {
    for (const [options, uids] of [
      [{}, ['a']],
      [{ ignoreFieldSelector: true }, ['a', 'b']],
    ] as const) {
      const api = await serve(t, options);
      api.setPod(pod('a', 'here'));
      api.setPod(pod('b', 'elsewhere'));
      const { items, metadata } = await list(api, SELECT);
      assert.deepEqual(
        items.map((item) => item.metadata.uid),
        uids,
      );
      assert.equal(metadata.resourceVersion, '1002');
      assert.equal(items[0]?.metadata.resourceVersion, '1001');
    }
  });

  test('watches from a version: what was missed, what comes, and nothing of other nodes', async (t) => {
    const api = await serve(t);
    api.setPod(pod('a', 'here'));
    const { metadata } = await list(api, SELECT);
    api.setPod(pod('b', 'here'));
    const events = await watch(api, `${SELECT}&resourceVersion=${metadata.resourceVersion}`);
    assert.equal(api.openWatches, 1);
    api.setPod(pod('c', 'elsewhere'));
    api.setPod(pod('a', 'here'));
    api.deletePod('b');
    assert.deepEqual(await take(events, 3), ['ADDED b 1002', 'MODIFIED a 1004', 'DELETED b 1005']);
  });

  test('watches from nothing: every pod that exists, and bookmarks if they were requested', async (t) => {
    const api = await serve(t);
    api.setPod(pod('a', 'here'));
    const without = await watch(api, SELECT);
    const events = await watch(api, `${SELECT}&allowWatchBookmarks=true`);
    api.sendBookmarks();
    assert.deepEqual(await take(events, 2), ['ADDED a 1001', 'BOOKMARK undefined 1001']);
    api.setPod(pod('b', 'here'));
    assert.deepEqual(await take(without, 2), ['ADDED a 1001', 'ADDED b 1002']);
  });

  test('ends a watch from a forgotten version, and one that it fails, with an ERROR event', async (t) => {
    const api = await serve(t);
    api.setPod(pod('a', 'here'));
    api.compact();
    const stale = await watch(api, 'resourceVersion=1001');
    assert.deepEqual((await rest(stale)).map(summary), ['ERROR 410']);
    const failed = await watch(api, 'resourceVersion=1002');
    api.failWatches(500);
    assert.deepEqual((await rest(failed)).map(summary), ['ERROR 500']);
  });

  test('answers with planned errors, as often as planned', async (t) => {
    const api = await serve(t);
    const busy = httpStatus(429, { 'Retry-After': '7' });
    api.failNext('list', busy, busy);
    api.failNext('watch', httpStatus(410));
    const [first, second, third] = [await get(api, ''), await get(api, ''), await get(api, '')];
    assert.deepEqual([first.status, second.status, third.status], [429, 429, 200]);
    assert.equal(first.headers.get('retry-after'), '7');
    assert.equal((await get(api, 'watch=1')).status, 410);
    assert.deepEqual([api.count('list'), api.count('watch'), api.count('other')], [3, 1, 0]);
  });

  test('refuses clients without its token, and other paths', async (t) => {
    const api = await serve(t);
    assert.equal((await fetch(`${api.url}/api/v1/pods`)).status, 401);
    const headers = { authorization: `Bearer ${api.token}` };
    assert.equal((await fetch(`${api.url}/api/v1/nodes`, { headers })).status, 404);
    assert.ok(api.kubeconfig.includes(`server: ${api.url}`));
    assert.ok(api.kubeconfig.includes(`token: ${api.token}`));
  });

  test('ends watches cleanly, resets them, or sends half a line', async (t) => {
    const api = await serve(t);
    const ended = await watch(api, '');
    api.garblePod(pod('a', 'here'));
    api.endWatches();
    const [line = '', ...others] = await rest(ended);
    assert.match(line, /^\{"type":"ADDED","object":\{"apiVersion"/);
    assert.throws(() => JSON.parse(line));
    assert.deepEqual(others, []);
    const reset = await watch(api, '');
    api.resetWatches();
    await assert.rejects(rest(reset), isReset);
  });

  test('swallows requests until it recovers', async (t) => {
    const api = await serve(t);
    const silent = await watch(api, '');
    api.swallow();
    const controller = new AbortController();
    const unanswered = get(api, '', controller.signal);
    await once(api.events, 'list');
    api.setPod(pod('a', 'here'));
    api.recover();
    assert.equal((await list(api, '')).items.length, 1);
    controller.abort();
    await assert.rejects(unanswered, { name: 'AbortError' });
    await api.close();
    await assert.rejects(rest(silent));
  });
});

interface PodList {
  readonly metadata: { readonly resourceVersion: string };
  readonly items: readonly PodObject[];
}

async function serve(t: TestContext, options: ApiServerOptions = {}): Promise<ApiServer> {
  const api = await ApiServer.start(options);
  t.after(() => api.close());
  return api;
}

function pod(uid: string, nodeName: string): PodObject {
  const metadata = { namespace: 'n', name: uid, uid };
  return { apiVersion: 'v1', kind: 'Pod', metadata, spec: { nodeName }, status: {} };
}

function get(api: ApiServer, query: string, signal?: AbortSignal): Promise<Response> {
  const headers = { authorization: `Bearer ${api.token}` };
  const cancel = signal === undefined ? {} : { signal };
  return fetch(`${api.url}/api/v1/pods?${query}`, { headers, ...cancel });
}

async function list(api: ApiServer, query: string): Promise<PodList> {
  const response = await get(api, query);
  assert.equal(response.status, 200);
  return (await response.json()) as PodList;
}

/** Opens a watch and gives its lines, see {@link summary}. */
async function watch(api: ApiServer, query: string): Promise<AsyncGenerator<string>> {
  const { status, body } = await get(api, `watch=1&${query}`);
  assert.equal(status, 200);
  assert.ok(body !== null);
  return linesOf(body);
}

async function* linesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let pending = '';
  for await (const bytes of body) {
    const lines = (pending + decoder.decode(bytes, { stream: true })).split('\n');
    pending = lines.pop() ?? '';
    yield* lines;
  }
}

async function take(lines: AsyncGenerator<string>, count: number): Promise<readonly string[]> {
  const taken: string[] = [];
  while (taken.length < count) {
    const next = await lines.next();
    if (next.done === true) assert.fail(`only ${taken.length} events`);
    taken.push(summary(next.value));
  }
  return taken;
}

async function rest(lines: AsyncGenerator<string>): Promise<readonly string[]> {
  const all: string[] = [];
  for await (const line of lines) all.push(line);
  return all;
}

function isReset({ cause }: Error): boolean {
  return cause instanceof Error && 'code' in cause && cause.code === 'ECONNRESET';
}

/** `ADDED uid version`, or `ERROR code`. */
function summary(line: string): string {
  const { type, object } = JSON.parse(line) as { type: string; object: PodObject & { code?: number } };
  if (type === 'ERROR') return `ERROR ${object.code}`;
  return `${type} ${object.metadata.uid} ${object.metadata.resourceVersion}`;
}
