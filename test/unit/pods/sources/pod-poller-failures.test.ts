import { strict as assert } from 'node:assert';
import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { describe, test } from 'node:test';
import { equals, until } from '../../../support/until.ts';
import { type Fault, httpStatus } from '../../../support/api-faults.ts';
import { whyNoCertificates } from '../../../support/certificates.ts';
import { podObject } from '../pod-objects.ts';
import { LIST_FAILED, LIST_RESUMED, nextList, POLL_INTERVAL_MS, polledKubelet, untilDelay } from './polled-kubelet.ts';

const LIST = '{"kind":"PodList","metadata":{},"items":[]}';

function* blanks(mebibytes: number): Generator<Buffer, void, undefined> {
  for (let count = 0; count < mebibytes; count++) yield Buffer.alloc(1 << 20, ' ');
}

interface ListFailure {
  readonly what: string;
  readonly fault: Fault;
  readonly reason: string;
  /** Logged cause. */
  readonly cause: string;
}

const FAILURES: readonly ListFailure[] = [
  { what: '500', fault: httpStatus(500), reason: 'http_500', cause: 'HTTP 500 Internal Server Error' },
  { what: '404', fault: httpStatus(404), reason: 'http_404', cause: 'HTTP 404 Not Found' },
  { what: '302', fault: httpStatus(302, { Location: '/login' }), reason: 'http_302', cause: 'HTTP 302 Found' },
  {
    what: 'a connection that ends without a response',
    fault: (response) => response.socket?.destroy(),
    reason: 'connection',
    cause: 'connection failed: ECONNRESET',
  },
  {
    what: 'a connection that ends inside the list',
    fault: (response) => {
      response.writeHead(200, { 'Content-Length': '1000' });
      response.write('{"kind":"PodList","metadata":{},"items":[', () => response.socket?.end());
    },
    reason: 'connection',
    cause: 'connection failed: ECONNRESET',
  },
  {
    what: 'a truncated list',
    fault: (response) => response.end(LIST.slice(0, -3)),
    reason: 'bad_list',
    cause: 'the pod list is not JSON',
  },
  {
    what: 'an HTML page',
    fault: (response) => response.end('<html>secret</html>'),
    reason: 'bad_list',
    cause: 'the pod list is not JSON',
  },
  {
    what: 'an object that is not a list',
    fault: (response) => response.end('{"kind":"Status","metadata":{}}'),
    reason: 'bad_list',
    cause: 'the response is not a pod list',
  },
  {
    what: 'an endless list',
    fault: (response) => Readable.from(blanks(65)).pipe(response),
    reason: 'bad_list',
    cause: 'a pod in the list is too large',
  },
];

describe('a failed list of the kubelet', { skip: whyNoCertificates }, () => {
  for (const { what, fault, reason, cause } of FAILURES) {
    test(`${what}: logged once, counted each time, retried, index unchanged`, async (context) => {
      const polled = await polledKubelet(context);
      const { kubelet, source, log } = polled;
      await source.start();
      const record = source.index.find('uid-a');
      kubelet.faults.push(fault, fault, fault);
      for (const delayMs of [POLL_INTERVAL_MS, 500, 1000]) {
        await nextList(polled, delayMs);
        assert.equal(source.index.find('uid-a'), record);
        assert.deepEqual(
          [source.index.size, source.status.synced, source.status.lastListSeconds],
          [1, true, 1_800_000_000],
        );
      }
      assert.deepEqual([...source.status.restarts], [[reason, 3]]);
      kubelet.pods = [podObject('b')];
      await nextList(polled, 2000);
      assert.equal(source.index.find('uid-b')?.name, 'b');
      assert.equal(kubelet.requests.length, 5);
      assert.deepEqual(log.lines.slice(1), [`${LIST_FAILED} ${JSON.stringify({ cause })}`, LIST_RESUMED]);
      await untilDelay(polled, POLL_INTERVAL_MS);
    });
  }

  test('is retried with a delay that grows to 60 s and resets after a success', async (context) => {
    const polled = await polledKubelet(context);
    const { kubelet, source } = polled;
    kubelet.faults.push(...Array.from({ length: 9 }, () => httpStatus(503)));
    await source.start();
    assert.equal(source.status.synced, false);
    for (const delayMs of [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000])
      await nextList(polled, delayMs);
    assert.equal(source.status.synced, true);
    kubelet.faults.push(httpStatus(503));
    await nextList(polled);
    await untilDelay(polled, 500);
    assert.equal(kubelet.requests.length, 11);
  });

  test('is retried after Retry-After, at most 60 s later', async (context) => {
    const polled = await polledKubelet(context);
    const { kubelet, source } = polled;
    kubelet.faults.push(httpStatus(429, { 'Retry-After': '17' }), httpStatus(503, { 'Retry-After': '86400' }));
    await source.start();
    await nextList(polled, 17_500);
    await untilDelay(polled, 61_000);
  });

  for (const [code, cause] of [
    [401, 'HTTP 401 Unauthorized'],
    [403, 'HTTP 403 Forbidden: no permission to get nodes/pods'],
  ] as const) {
    test(`with ${code} is retried after 30 to 60 s and logged once`, async (context) => {
      let chance = 0;
      const polled = await polledKubelet(context, { random: () => chance });
      const { kubelet, source, log } = polled;
      kubelet.faults.push(...Array.from({ length: 5 }, () => httpStatus(code)));
      await source.start();
      await untilDelay(polled, 30_000);
      chance = 0.5;
      await nextList(polled, 30_000);
      for (let count = 0; count < 3; count++) await nextList(polled, 45_000);
      assert.deepEqual(log.lines, [`${LIST_FAILED} ${JSON.stringify({ cause })}`]);
      assert.deepEqual([...source.status.restarts], [[`http_${code}`, 5]]);
      await nextList(polled, 45_000);
      assert.equal(source.index.size, 1);
      assert.deepEqual(log.lines.slice(1), [LIST_RESUMED, 'info listed pods {"pods":1}']);
      assert.equal(kubelet.requests.length, 6);
    });
  }

  test('is aborted after 30 s without data', async (context) => {
    const polled = await polledKubelet(context);
    const { kubelet, source, clock, log } = polled;
    kubelet.faults.push(() => {});
    const starting = source.start();
    await until('the request', () => kubelet.requests.length, equals(1));
    clock.advance(29_999);
    assert.equal(source.status.restarts.size, 0);
    clock.advance(1);
    await starting;
    assert.deepEqual([...source.status.restarts], [['idle', 1]]);
    assert.deepEqual(log.lines, [`${LIST_FAILED} {"cause":"kubelet request timed out: no data received"}`]);
    await nextList(polled, 500);
    assert.equal(source.index.size, 1);
  });

  test('is aborted after two minutes although data arrives', async (context) => {
    const polled = await polledKubelet(context);
    const { kubelet, source, clock, log } = polled;
    const dripping = Promise.withResolvers<ServerResponse>();
    kubelet.faults.push((response) => dripping.resolve(response));
    const starting = source.start();
    const response = await dripping.promise;
    for (let drop = 0; drop < 6; drop++) {
      response.write(' ');
      await until(
        'the drop',
        () => clock.waits,
        (left) => left.includes(30_000),
      );
      clock.advance(drop < 5 ? 20_000 : 19_999);
    }
    assert.equal(source.status.restarts.size, 0);
    clock.advance(1);
    await starting;
    assert.deepEqual([...source.status.restarts], [['overdue', 1]]);
    assert.deepEqual(log.lines, [`${LIST_FAILED} {"cause":"kubelet request timed out"}`]);
    await nextList(polled, 500);
    assert.equal(source.index.size, 1);
  });
});

describe('stop() of a kubelet source', { skip: whyNoCertificates }, () => {
  test('between two lists sends no further request', async (context) => {
    const polled = await polledKubelet(context);
    const { kubelet, source, clock, log } = polled;
    await source.start();
    await untilDelay(polled, POLL_INTERVAL_MS);
    await source.stop();
    assert.deepEqual(clock.waits, []);
    source.requestRelist(['uid-x']);
    clock.advance(600_000);
    assert.deepEqual([clock.waits.length, kubelet.requests.length, source.index.size], [0, 1, 1]);
    assert.deepEqual(log.matching('warn'), []);
  });

  test('before a retry sends no further request', async (context) => {
    const polled = await polledKubelet(context);
    const { kubelet, source, clock } = polled;
    kubelet.faults.push(httpStatus(403));
    await source.start();
    await untilDelay(polled, 45_000);
    await source.stop();
    assert.deepEqual([clock.waits.length, kubelet.requests.length], [0, 1]);
  });

  for (const [what, fault] of [
    ['in a silent request', () => {}],
    ['within a list', (response: ServerResponse) => response.write(LIST.slice(0, -2))],
  ] as const) {
    test(`${what} aborts it and logs nothing`, async (context) => {
      const { kubelet, source, clock, log } = await polledKubelet(context);
      kubelet.faults.push(fault);
      const starting = source.start();
      await until('the request', () => kubelet.requests.length, equals(1));
      await source.stop();
      await starting;
      assert.deepEqual([clock.waits.length, source.status.restarts.size, log.lines.length], [0, 0, 0]);
      assert.equal(source.status.synced, false);
    });
  }

  test('right after the start, or twice, resolves', async (context) => {
    const { kubelet, source, log } = await polledKubelet(context);
    const starting = source.start();
    await Promise.all([source.stop(), source.stop(), starting]);
    await source.stop();
    assert.deepEqual([kubelet.requests.length, log.lines.length], [0, 0]);
  });

  test('without start() resolves', async (context) => {
    const { kubelet, source } = await polledKubelet(context);
    await source.stop();
    assert.equal(kubelet.requests.length, 0);
  });
});
