import { strict as assert } from 'node:assert';
import { describe, test, type TestContext } from 'node:test';
import { ApiFailure } from '../../../../src/cluster/failure.ts';
import { PodIndex } from '../../../../src/pods/pod-index.ts';
import { KubeletFallback } from '../../../../src/pods/sources/kubelet-fallback.ts';
import { PodWatcher } from '../../../../src/pods/sources/pod-watcher.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { LogRecord } from '../../../support/log-record.ts';
import { until } from '../../../support/until.ts';
import { OPTIONS, podObject } from '../pod-objects.ts';

const { signal } = new AbortController();

/** A fallback to a kubelet with these pods, or without a response. */
function fallbackTo(pods: { list: readonly unknown[] | undefined }) {
  const [log, clock, index] = [new LogRecord(), new FakeClock(), new PodIndex(OPTIONS)];
  const list = (onPod: (pod: unknown) => void): Promise<void> => {
    if (pods.list === undefined) return Promise.reject(new ApiFailure('connection', 'connection failed: ECONNREFUSED'));
    for (const pod of pods.list) onPod(pod);
    return Promise.resolve();
  };
  return { fallback: new KubeletFallback({ api: { list }, log, clock }), log, clock, index };
}

describe('the kubelet in place of the API server', () => {
  test('fills an empty index at once, and replaces a filled one after 10 s, then every 24 s', async () => {
    const { fallback, clock, index } = fallbackTo({ list: [podObject('a')] });
    assert.equal(await fallback.fill(index, false, signal), true);
    assert.equal(index.find('uid-a')?.name, 'a');
    fallback.reset();
    clock.advance(30_000);
    assert.equal(await fallback.fill(index, true, signal), false);
    clock.advance(9_000);
    assert.equal(await fallback.fill(index, true, signal), false);
    clock.advance(1_000);
    assert.equal(await fallback.fill(index, true, signal), true);
    clock.advance(23_000);
    assert.equal(await fallback.fill(index, true, signal), false);
    clock.advance(1_000);
    assert.equal(await fallback.fill(index, true, signal), true);
  });

  test('changes nothing if it does not respond or lists no pods, and is logged once', async () => {
    const pods: { list: readonly unknown[] | undefined } = { list: [podObject('a')] };
    const { fallback, log, clock, index } = fallbackTo(pods);
    await fallback.fill(index, false, signal);
    for (const list of [undefined, [], undefined]) {
      clock.advance(24_000);
      pods.list = list;
      assert.equal(await fallback.fill(index, true, signal), false);
      assert.equal(index.size, 1);
    }
    assert.deepEqual(log.lines, [
      'info listed pods from the kubelet until the API server is available {"pods":1}',
      'warn cannot list pods from the kubelet either {"cause":"connection failed: ECONNREFUSED"}',
      'warn cannot list pods from the kubelet either {"cause":"the kubelet lists no pods"}',
    ]);
  });
});

/** A watcher of an API server that fails, or lists pod `b`, with a fallback to a kubelet with pod `a`. */
function watcher(context: TestContext, server: { isUp: boolean }) {
  const { fallback, log, clock, index } = fallbackTo({ list: [podObject('a')] });
  const lists: (string | undefined)[] = [];
  const api = {
    list: (version: string | undefined, onPod: (pod: unknown) => void): Promise<string> => {
      lists.push(version);
      if (!server.isUp) return Promise.reject(new ApiFailure('connection', 'connection failed', { next: 'watch' }));
      onPod(podObject('b'));
      return Promise.resolve('7');
    },
    // eslint-disable-next-line require-yield
    async *watch(_: string, aborted: AbortSignal) {
      await new Promise((resolve) => aborted.addEventListener('abort', resolve));
      throw new ApiFailure('stopped', 'stopped');
    },
  };
  const source = new PodWatcher({ api, index, log, clock, random: () => 0.5, fallback });
  context.after(() => source.stop());
  return { source, clock, index, lists };
}

test('a source that starts without the API server has the pods of the kubelet, then those of the API server', async (t) => {
  const server = { isUp: false };
  const { source, clock, index } = watcher(t, server);
  await source.start();
  assert.deepEqual([index.find('uid-a')?.name, source.status.synced], ['a', true]);
  server.isUp = true;
  await until(
    'the delay',
    () => clock.waits.length,
    (waits) => waits > 0,
  );
  clock.advance(60_000);
  await until(
    'the list of the API server',
    () => index.find('uid-b')?.name,
    (name) => name === 'b',
  );
  assert.equal(index.isDeleted('uid-a'), true);
});
