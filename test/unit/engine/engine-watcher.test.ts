import { strict as assert } from 'node:assert';
import { describe, test, type TestContext } from 'node:test';
import { engineApi } from '../../../src/engine/engine-api.ts';
import { EngineWatcher } from '../../../src/engine/engine-watcher.ts';
import { METADATA_LIMITS } from '../../../src/pods/records/exported-metadata.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { LogRecord } from '../../support/log-record.ts';
import { StandInEngine } from '../../support/stand-in-engine.ts';
import { until } from '../../support/until.ts';

const ID = 'a'.repeat(64);
const OTHER_ID = 'b'.repeat(64);

const WEB = {
  Id: ID,
  Names: ['/db/alias', '/web'],
  Image: 'busybox:1',
  ImageID: 'sha256:0123',
  Created: 1_795_000_000,
  Labels: { 'com.docker.compose.project': 'shop', 'com.docker.compose.service': 'cart', tier: 'front', secret: 'x' },
};

interface Watched {
  readonly engine: StandInEngine;
  readonly watcher: EngineWatcher;
  readonly clock: FakeClock;
  readonly log: LogRecord;
  /** Lets time pass until `isMet`. */
  readonly waitFor: (what: string, isMet: () => boolean) => Promise<void>;
}

/** Long enough for a slow machine. */
const NEVER_MS = 300_000;

function watched(
  t: TestContext,
  { runtime, timeoutMs = NEVER_MS }: { runtime?: string; timeoutMs?: number } = {},
): Watched {
  const engine = StandInEngine.create(t, runtime);
  const clock = new FakeClock();
  const log = new LogRecord();
  const watcher = new EngineWatcher({
    api: engineApi(engine.socket, timeoutMs),
    log,
    clock,
    random: () => 0.5,
    containerLabels: ['tier'],
    metadataLimits: METADATA_LIMITS,
  });
  t.after(() => watcher.stop());
  const waitFor = async (what: string, isMet: () => boolean): Promise<void> => {
    await until(what, () => {
      clock.advance(1000);
      return isMet();
    });
  };
  return { engine, watcher, clock, log, waitFor };
}

/** Returns when the watcher has read an event about a container of this name. */
async function readEvent(engine: StandInEngine, watcher: EngineWatcher, name: string): Promise<void> {
  await engine.report({ Action: 'rename', Actor: { ID: OTHER_ID, Attributes: { name } } });
  await until('the event', () => watcher.life(OTHER_ID)?.name === name);
}

describe('EngineWatcher', () => {
  test('lists the running containers, with the labels on the allow-list', async (t) => {
    const { engine, watcher, log } = watched(t);
    engine.containers = [WEB];
    await engine.listen();
    await watcher.start();
    assert.deepEqual(watcher.records.get(ID), {
      id: ID,
      name: 'web',
      image: 'busybox:1',
      imageId: 'sha256:0123',
      runtime: 'docker',
      composeProject: 'shop',
      composeService: 'cart',
      createdAt: 1_795_000_000,
      labels: { tier: 'front' },
    });
    assert.ok(watcher.isSynced);
    assert.deepEqual(log.lines, [
      `info listed containers ${JSON.stringify({ socket: engine.socket, runtime: 'docker', containers: 1 })}`,
    ]);
  });

  test('recognises Podman by its version', async (t) => {
    const { engine, watcher } = watched(t, { runtime: 'Podman Engine' });
    engine.containers = [WEB];
    await engine.listen();
    await watcher.start();
    assert.equal(watcher.records.get(ID)?.runtime, 'podman');
  });

  test('only reads, and asks for events since the list', async (t) => {
    const { engine, watcher } = watched(t);
    await engine.listen();
    await watcher.start();
    await until('the request of events', () => engine.count('/events') === 1);
    const filters = encodeURIComponent('{"type":["container"],"event":["start","rename","die","died"]}');
    assert.deepEqual(engine.requests.slice(0, 3), [
      '/version',
      '/containers/json',
      `/events?since=1800000000&filters=${filters}`,
    ]);
  });

  test('lists again after an event, and keeps the records that have not changed', async (t) => {
    const { engine, watcher, waitFor } = watched(t);
    engine.containers = [WEB];
    await engine.listen();
    await watcher.start();
    const before = watcher.records.get(ID);
    engine.containers = [WEB, { Id: OTHER_ID, Names: ['/db'] }];
    await engine.report({ Action: 'start' });
    await waitFor('the second container', () => watcher.records.has(OTHER_ID));
    assert.equal(watcher.records.get(ID), before);
    engine.containers = [{ ...WEB, Names: ['/shop'] }];
    await engine.report({ Action: 'rename' });
    await waitFor('the new name', () => watcher.records.get(ID)?.name === 'shop');
    assert.ok(!watcher.records.has(OTHER_ID));
  });

  test('reads an event that arrives in pieces, which may end within a character', async (t) => {
    const { engine, watcher } = watched(t);
    await engine.listen();
    await watcher.start();
    const event = { Action: 'die', Actor: { ID, Attributes: { name: 'prüfung-測試', exitCode: '3' } } };
    await engine.reportIn([...Buffer.from(`${JSON.stringify(event)}\n`)].map((byte) => Buffer.of(byte)));
    await until('the event', () => watcher.life(ID) !== undefined);
    assert.deepEqual(watcher.life(ID), { name: 'prüfung-測試', exitCode: 3 });
  });

  test('lists at most once per second, however many events there are', async (t) => {
    const { engine, watcher, clock } = watched(t);
    await engine.listen();
    await watcher.start();
    for (let event = 0; event < 100; event++) await engine.report({ Action: 'start' });
    await until('the delay', () => clock.waits.includes(1000));
    assert.equal(engine.count('/containers/json'), 1);
  });

  test('connects again when the engine restarts, without losing names meanwhile', async (t) => {
    const { engine, watcher, log, waitFor } = watched(t);
    engine.containers = [WEB];
    await engine.listen();
    await watcher.start();
    await readEvent(engine, watcher, 'web');
    await engine.close();
    await waitFor('the failure', () => !watcher.isSynced);
    assert.equal(watcher.records.get(ID)?.name, 'web');
    await engine.listen();
    await waitFor('the list', () => watcher.isSynced);
    const lines = log.lines.map((line) => line.slice(0, line.indexOf('{') - 1));
    assert.deepEqual(lines.slice(-1), ['info resumed listing containers of the engine']);
    assert.deepEqual(new Set(lines.slice(1, -1)), new Set(['warn cannot list containers of the engine, retrying']));
  });

  test('does not take the end of the events for a failure', async (t) => {
    const { engine, watcher, log, waitFor } = watched(t);
    await engine.listen();
    await watcher.start();
    await until('the stream', () => engine.count('/events') === 1);
    await engine.report({});
    engine.endEvents();
    await waitFor('another stream', () => engine.count('/events') === 2);
    assert.deepEqual(log.matching('warn'), []);
  });

  test('retries less and less often if the events end at once', async (t) => {
    const { engine, watcher, clock, waitFor } = watched(t);
    engine.faults.set('/events', (response) => response.end());
    await engine.listen();
    await watcher.start();
    // Neither the time after which a stream counts, 10 s, nor the interval of lists, 5 min.
    await waitFor('a long delay', () => clock.waits.some((delay) => delay > 12_000 && delay < 60_000));
  });

  test('asks for events since the end of the last stream, at most of the last minute', async (t) => {
    const { engine, watcher, clock, waitFor } = watched(t);
    await engine.listen();
    await watcher.start();
    const since = (): readonly number[] =>
      engine.requests.flatMap((path) => /^\/events\?since=(\d+)/.exec(path)?.[1] ?? []).map(Number);
    /** Times at which the engine stops and is there again; in between, the clock is set by `seconds`. */
    const restart = async (milliseconds: number, seconds = 0): Promise<readonly [stopped: number, started: number]> => {
      await readEvent(engine, watcher, String(milliseconds));
      const streams = since().length;
      const stopped = clock.time();
      await engine.close();
      await waitFor('the failure', () => !watcher.isSynced);
      clock.advance(milliseconds);
      clock.shift(seconds);
      const started = clock.time();
      await engine.listen();
      await waitFor('another stream', () => since().length > streams);
      return [stopped, started];
    };
    const [stopped, started] = await restart(30_000);
    const [, second = 0] = since();
    assert.ok(second >= stopped && second <= started - 30, `${stopped} ${second} ${started}`);
    const [, later] = await restart(300_000);
    assert.ok((since()[2] ?? 0) >= later - 60);
    await restart(1000, -3600);
    assert.ok((since()[3] ?? Infinity) <= clock.time());
  });

  const FAULTS: Readonly<
    Record<string, { readonly path: string; readonly send: (response: Response) => void; cause: string }>
  > = {
    'an answer that is not JSON': {
      path: '/containers/json',
      send: (response) => response.end('{"Id": '),
      cause: 'the answer to GET /containers/json is not JSON',
    },
    'an answer that is no list': {
      path: '/containers/json',
      send: (response) => response.end('{"message":"x"}'),
      cause: 'the answer to GET /containers/json is no list',
    },
    'an error': {
      path: '/version',
      send: (response) => response.writeHead(500).end('{"message":"broken"}'),
      cause: 'GET /version: status 500',
    },
    'an answer without end': {
      path: '/containers/json',
      send: (response) => flood(response),
      cause: 'the answer to GET /containers/json exceeds 8388608 bytes',
    },
    'an answer that never comes': {
      path: '/containers/json',
      send: () => {},
      cause: 'no complete answer to GET /containers/json in time',
    },
    'an answer that never ends': {
      path: '/containers/json',
      send: (response) => response.write('['),
      cause: 'no complete answer to GET /containers/json in time',
    },
    'an event without end': {
      path: '/events',
      send: (response) => flood(response),
      cause: 'an event exceeds the limit of its length',
    },
    'events that break off': {
      path: '/events',
      send: (response) => {
        response.flushHeaders();
        response.destroy();
      },
      cause: 'the engine closed the connection',
    },
    'events that are refused': {
      path: '/events',
      send: (response) => response.writeHead(501).end(),
      cause: 'GET /events: status 501',
    },
    'events that never come': {
      path: '/events',
      send: () => {},
      cause: 'no complete answer to GET /events in time',
    },
  };
  for (const [fault, { path, send, cause }] of Object.entries(FAULTS)) {
    test(`reports ${fault} once, and recovers`, async (t) => {
      const { engine, watcher, log, waitFor } = watched(t, cause.endsWith('in time') ? { timeoutMs: 100 } : {});
      engine.containers = [WEB];
      engine.faults.set(path, send);
      await engine.listen();
      await watcher.start();
      await waitFor('three attempts', () => engine.count(path) >= 3);
      const what =
        path === '/events'
          ? 'cannot watch events of the engine, retrying; containers are listed when a scrape finds new ones'
          : 'cannot list containers of the engine, retrying';
      assert.deepEqual(log.matching('warn'), [`warn ${what} ${JSON.stringify({ socket: engine.socket, cause })}`]);
      assert.equal(watcher.isSynced, path === '/events');
      const kind = cause.endsWith('in time') ? 'silent' : 'answer';
      assert.equal(watcher.failure?.kind, path === '/events' ? undefined : kind);
      engine.faults.clear();
      await waitFor('the recovery', () => log.matching('info resumed').length > 0);
      assert.equal(watcher.records.get(ID)?.name, 'web');
    });
  }

  test('names what to do if there is no socket', async (t) => {
    const { engine, watcher, log } = watched(t);
    await watcher.start();
    const cause = 'no such socket: is the engine running, and the socket mounted?';
    assert.equal(watcher.failure?.kind, 'missing');
    assert.deepEqual(log.lines, [
      `warn cannot list containers of the engine, retrying ${JSON.stringify({ socket: engine.socket, cause })}`,
    ]);
  });

  test('skips entries and fields that are not valid', async (t) => {
    const { engine, watcher } = watched(t);
    const nothing: unknown = JSON.parse('null');
    engine.containers = [
      nothing,
      7,
      { Id: 'short', Names: ['/a'] },
      { Id: [ID] },
      { Id: ID, Names: '/web', Image: { a: 1 }, Created: -1, Labels: ['tier'] },
      { Id: OTHER_ID, Names: [nothing, '/', `/${'x'.repeat(1000)}`], Image: 'x'.repeat(1000), Labels: { tier: 7 } },
    ];
    await engine.listen();
    await watcher.start();
    assert.deepEqual(
      [...watcher.records.values()],
      [
        { id: ID, runtime: 'docker', labels: {} },
        { id: OTHER_ID, runtime: 'docker', labels: {} },
      ],
    );
  });

  test('replaces what UTF-8 cannot have in a name', async (t) => {
    const { engine, watcher } = watched(t);
    engine.containers = [
      { Id: ID, Names: ['/a\uD800'] },
      { Id: OTHER_ID, Names: ['/a\uDBFF'] },
    ];
    await engine.listen();
    await watcher.start();
    assert.deepEqual(
      [...watcher.records.values()].map(({ name }) => name),
      ['a\uFFFD', 'a\uFFFD'],
    );
  });

  test('stops while a request is pending', async (t) => {
    const { engine, watcher, log } = watched(t);
    engine.faults.set('/version', () => {});
    await engine.listen();
    const started = watcher.start();
    await until('the request', () => engine.count('/version') === 1);
    await watcher.stop();
    await started;
    assert.deepEqual(log.lines, []);
  });
});

type Response = Parameters<NonNullable<ReturnType<StandInEngine['faults']['get']>>>[0];

function flood(response: Response): void {
  const page = Buffer.alloc(1024 * 1024, ' ');
  const more = (): void => {
    while (!response.destroyed && response.write(page));
    if (!response.destroyed) response.once('drain', more);
  };
  more();
}
