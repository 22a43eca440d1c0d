import { strict as assert } from 'node:assert';
import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { describe, test } from 'node:test';
import { equals, until } from '../../../support/until.ts';
import { type Fault, httpStatus } from '../../../support/api-faults.ts';
import { whyNoCertificates } from '../../../support/certificates.ts';
import { podObject } from '../pod-objects.ts';
import { BROKEN, MENDED, nextList, PERIOD, polledKubelet, waiting } from './polled-kubelet.ts';

const LIST = '{"kind":"PodList","metadata":{},"items":[]}';

function* blanks(mebibytes: number): Generator<Buffer, void, undefined> {
  for (let count = 0; count < mebibytes; count++) yield Buffer.alloc(1 << 20, ' ');
}

interface ListFailure {
  readonly what: string;
  readonly fault: Fault;
  readonly reason: string;
  /** What the log says of it. */
  readonly cause: string;
}

const FAILURES: readonly ListFailure[] = [
  { what: '500', fault: httpStatus(500), reason: 'http_500', cause: 'HTTP 500 Internal Server Error' },
  { what: '404', fault: httpStatus(404), reason: 'http_404', cause: 'HTTP 404 Not Found' },
  { what: '302', fault: httpStatus(302, { Location: '/login' }), reason: 'http_302', cause: 'HTTP 302 Found' },
  {
    what: 'a connection that ends without an answer',
    fault: (response) => response.socket?.destroy(),
    reason: 'connection',
    cause: 'connection failed: ECONNRESET',
  },
  {
    what: 'a connection that ends within the list',
    fault: (response) => {
      response.writeHead(200, { 'Content-Length': '1000' });
      response.write('{"kind":"PodList","metadata":{},"items":[', () => response.socket?.end());
    },
    reason: 'connection',
    cause: 'connection failed: ECONNRESET',
  },
  {
    what: 'a list that is cut short',
    fault: (response) => response.end(LIST.slice(0, -3)),
    reason: 'bad_list',
    cause: 'the list of pods is not JSON',
  },
  {
    what: 'a page for people',
    fault: (response) => response.end('<html>secret</html>'),
    reason: 'bad_list',
    cause: 'the list of pods is not JSON',
  },
  {
    what: 'an object that is no list',
    fault: (response) => response.end('{"kind":"Status","metadata":{}}'),
    reason: 'bad_list',
    cause: 'the answer is not a list of pods',
  },
  {
    what: 'a list without an end',
    fault: (response) => Readable.from(blanks(65)).pipe(response),
    reason: 'bad_list',
    cause: 'a pod in the list is too large',
  },
];

describe('a list of a kubelet that failed', { skip: whyNoCertificates }, () => {
  for (const { what, fault, reason, cause } of FAILURES) {
    test(`${what} is said once, counted each time, got over, and costs nothing that is known`, async (context) => {
      const polled = await polledKubelet(context);
      const { kubelet, source, log } = polled;
      await source.start();
      const record = source.index.find('uid-a');
      kubelet.faults.push(fault, fault, fault);
      for (const wait of [PERIOD, 500, 1000]) {
        await nextList(polled, wait);
        assert.equal(source.index.find('uid-a'), record);
        assert.deepEqual([source.index.size, source.status.synced, source.status.lastList], [1, true, 1_800_000_000]);
      }
      assert.deepEqual([...source.status.restarts], [[reason, 3]]);
      kubelet.pods = [podObject('b')];
      await nextList(polled, 2000);
      assert.equal(source.index.find('uid-b')?.name, 'b');
      assert.equal(kubelet.asked.length, 5);
      assert.deepEqual(log.lines.slice(1), [`${BROKEN} ${JSON.stringify({ cause })}`, MENDED]);
      await waiting(polled, PERIOD);
    });
  }

  test('is followed by longer and longer waits, up to a minute, and after a good one by a short one', async (context) => {
    const polled = await polledKubelet(context);
    const { kubelet, source } = polled;
    kubelet.faults.push(...Array.from({ length: 9 }, () => httpStatus(503)));
    await source.start();
    assert.equal(source.status.synced, false);
    for (const wait of [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]) await nextList(polled, wait);
    assert.equal(source.status.synced, true);
    kubelet.faults.push(httpStatus(503));
    await nextList(polled);
    await waiting(polled, 500);
    assert.equal(kubelet.asked.length, 11);
  });

  test('is sent again when the kubelet says, but within a minute', async (context) => {
    const polled = await polledKubelet(context);
    const { kubelet, source } = polled;
    kubelet.faults.push(httpStatus(429, { 'Retry-After': '17' }), httpStatus(503, { 'Retry-After': '86400' }));
    await source.start();
    await nextList(polled, 17_500);
    await waiting(polled, 61_000);
  });

  for (const [code, cause] of [
    [401, 'HTTP 401 Unauthorized'],
    [403, 'HTTP 403 Forbidden: no permission to get nodes/pods'],
  ] as const) {
    test(`with ${code} is sent again after 30 to 60 s, and said once`, async (context) => {
      let chance = 0;
      const polled = await polledKubelet(context, { random: () => chance });
      const { kubelet, source, log } = polled;
      kubelet.faults.push(...Array.from({ length: 5 }, () => httpStatus(code)));
      await source.start();
      await waiting(polled, 30_000);
      chance = 0.5;
      await nextList(polled, 30_000);
      for (let count = 0; count < 3; count++) await nextList(polled, 45_000);
      assert.deepEqual(log.lines, [`${BROKEN} ${JSON.stringify({ cause })}`]);
      assert.deepEqual([...source.status.restarts], [[`http_${code}`, 5]]);
      await nextList(polled, 45_000);
      assert.equal(source.index.size, 1);
      assert.deepEqual(log.lines.slice(1), [MENDED, 'info pods listed {"pods":1}']);
      assert.equal(kubelet.asked.length, 6);
    });
  }

  test('is given up after 30 s of silence', async (context) => {
    const polled = await polledKubelet(context);
    const { kubelet, source, clock, log } = polled;
    kubelet.faults.push(() => {});
    const starting = source.start();
    await until('the request', () => kubelet.asked.length, equals(1));
    clock.advance(29_999);
    assert.equal(source.status.restarts.size, 0);
    clock.advance(1);
    await starting;
    assert.deepEqual([...source.status.restarts], [['idle', 1]]);
    assert.deepEqual(log.lines, [`${BROKEN} {"cause":"kubelet request timed out: no data received"}`]);
    await nextList(polled, 500);
    assert.equal(source.index.size, 1);
  });

  test('is given up after two minutes however it drips', async (context) => {
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
    assert.deepEqual(log.lines, [`${BROKEN} {"cause":"kubelet request timed out"}`]);
    await nextList(polled, 500);
    assert.equal(source.index.size, 1);
  });
});

describe('a source of the kubelet that is stopped', { skip: whyNoCertificates }, () => {
  test('between two lists sends nothing more', async (context) => {
    const polled = await polledKubelet(context);
    const { kubelet, source, clock, log } = polled;
    await source.start();
    await waiting(polled, PERIOD);
    await source.stop();
    assert.deepEqual(clock.waits, []);
    source.requestRelist(['uid-x']);
    clock.advance(600_000);
    assert.deepEqual([clock.waits.length, kubelet.asked.length, source.index.size], [0, 1, 1]);
    assert.deepEqual(log.matching('warn'), []);
  });

  test('before its next attempt sends nothing more', async (context) => {
    const polled = await polledKubelet(context);
    const { kubelet, source, clock } = polled;
    kubelet.faults.push(httpStatus(403));
    await source.start();
    await waiting(polled, 45_000);
    await source.stop();
    assert.deepEqual([clock.waits.length, kubelet.asked.length], [0, 1]);
  });

  for (const [what, fault] of [
    ['in a silent request', () => {}],
    ['within a list', (response: ServerResponse) => response.write(LIST.slice(0, -2))],
  ] as const) {
    test(`${what} gives that up, without a word`, async (context) => {
      const { kubelet, source, clock, log } = await polledKubelet(context);
      kubelet.faults.push(fault);
      const starting = source.start();
      await until('the request', () => kubelet.asked.length, equals(1));
      await source.stop();
      await starting;
      assert.deepEqual([clock.waits.length, source.status.restarts.size, log.lines.length], [0, 0, 0]);
      assert.equal(source.status.synced, false);
    });
  }

  test('at once or twice ends all the same', async (context) => {
    const { kubelet, source, log } = await polledKubelet(context);
    const starting = source.start();
    await Promise.all([source.stop(), source.stop(), starting]);
    await source.stop();
    assert.deepEqual([kubelet.asked.length, log.lines.length], [0, 0]);
  });

  test('without having been started ends too', async (context) => {
    const { kubelet, source } = await polledKubelet(context);
    await source.stop();
    assert.equal(kubelet.asked.length, 0);
  });
});
