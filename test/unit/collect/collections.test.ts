import { strict as assert } from 'node:assert';
import { afterEach, beforeEach, describe, mock, test } from 'node:test';
import { Collections } from '../../../src/collect/collections.ts';
import type { Snapshot } from '../../../src/snapshot/snapshot.ts';
import { ControlledScraper, type ControlledScrape } from './controlled-scraper.ts';

const LONG_MS = 3_600_000;

interface Rig {
  readonly scraper: ControlledScraper;
  readonly collections: Collections;
  /** Snapshots of the collections that have ended, as they were reported. */
  readonly finished: readonly Snapshot[];
  /** Requests collectors; resolves with the snapshot of the answer. */
  readonly request: (wanted: string, timeoutMs?: number) => Promise<Snapshot>;
}

/** `order`: collectors of the plan; others cannot be added to a running collection. */
function rig(...order: readonly string[]): Rig {
  const scraper = new ControlledScraper(order.map((name) => ({ name, about: 'Test.', enabled: true })));
  const finished: Snapshot[] = [];
  const collections = new Collections(scraper.asScraper, (snapshot) => finished.push(snapshot));
  const request: Rig['request'] = (wanted, timeoutMs = LONG_MS) =>
    collections.use(new Set(wanted.split(' ')), performance.now() + timeoutMs, (snapshot) => Promise.resolve(snapshot));
  return { scraper, collections, finished, request };
}

beforeEach(() => mock.timers.enable({ apis: ['setTimeout'] }));
afterEach(() => mock.timers.reset());

/** The scrape at a position, which must have started. */
function scrapeAt({ scraper }: Rig, position: number): ControlledScrape {
  return scraper.scrapes[position] ?? assert.fail(`scrape ${position} has not started`);
}

/** Runs everything that can run without a timer. */
async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

function collectorsOf(snapshot: Snapshot): string[] {
  return snapshot.outcomes.map(({ collector }) => collector);
}

describe('a collection', () => {
  test('starts at once and returns its snapshot when it ends', async () => {
    const one = rig();
    const answer = one.request('cpu');
    const scrape = scrapeAt(one, 0);
    assert.deepEqual([...scrape.wanted], ['cpu']);
    scrape.read('cpu');
    const snapshot = scrape.finish();
    assert.equal(await answer, snapshot);
    assert.deepEqual(collectorsOf(snapshot), ['cpu']);
    await settled();
    assert.equal(one.finished.length, 1);
    assert.equal(one.finished[0], snapshot);
    assert.deepEqual(one.scraper.recycled, [scrape.builder]);
  });

  test('is shared by requests for the same or fewer collectors', async () => {
    const all = rig();
    const answers = ['cpu io memory', 'memory cpu io', 'io', 'cpu memory'].map((wanted) => all.request(wanted));
    await settled();
    assert.equal(all.scraper.scrapes.length, 1);
    const snapshot = scrapeAt(all, 0).finish();
    for (const answer of await Promise.all(answers)) assert.equal(answer, snapshot);
    await settled();
    assert.equal(all.finished.length, 1);
    assert.deepEqual(all.scraper.recycled, [scrapeAt(all, 0).builder]);
  });

  test('is not shared by a request that comes after its end', async () => {
    const both = rig();
    const first = both.request('cpu');
    scrapeAt(both, 0).finish();
    await first;
    const second = both.request('cpu');
    const snapshot = scrapeAt(both, 1).finish();
    assert.equal(await second, snapshot);
    assert.equal(both.finished.length, 2);
  });
});

describe('a running collection', () => {
  test('is extended to collectors that have yet to be read', async () => {
    const all = rig('cpu', 'memory', 'io');
    const first = all.request('cpu memory');
    const { builder, wanted, finish } = scrapeAt(all, 0);
    builder.reached = 1;
    const second = all.request('cpu io');
    await settled();
    assert.equal(all.scraper.scrapes.length, 1);
    assert.deepEqual([...wanted].toSorted(), ['cpu', 'io', 'memory']);
    const snapshot = finish();
    assert.equal(await first, snapshot);
    assert.equal(await second, snapshot);
  });

  test('is not extended if it is too late for one of the collectors', async () => {
    const all = rig('cpu', 'memory', 'io');
    const first = all.request('io');
    const { builder, wanted, finish } = scrapeAt(all, 0);
    builder.reached = 1;
    const others = [all.request('memory'), all.request('cpu io')];
    assert.deepEqual([...wanted], ['io']);
    const snapshot = finish();
    assert.equal(await first, snapshot);
    await settled();
    assert.deepEqual([...scrapeAt(all, 1).wanted].toSorted(), ['cpu', 'io', 'memory']);
    scrapeAt(all, 1).finish();
    await Promise.all(others);
  });
});

describe('the next collection', () => {
  test('waits for the running one and is shared by all requests for other collectors', async () => {
    const all = rig();
    const first = all.request('cpu');
    const others = [all.request('io'), all.request('memory cpu'), all.request('io pids')];
    await settled();
    assert.equal(all.scraper.scrapes.length, 1);
    scrapeAt(all, 0).finish();
    await first;
    await settled();
    assert.equal(all.scraper.scrapes.length, 2);
    assert.deepEqual([...scrapeAt(all, 1).wanted].toSorted(), ['cpu', 'io', 'memory', 'pids']);
    assert.notEqual(scrapeAt(all, 1).builder, scrapeAt(all, 0).builder);
    const snapshot = scrapeAt(all, 1).finish();
    for (const answer of await Promise.all(others)) assert.equal(answer, snapshot);
  });

  test('is followed by another one, and never runs beside it', async () => {
    const all = rig();
    const answers = [all.request('a'), all.request('b')];
    scrapeAt(all, 0).finish();
    await answers[0];
    await settled();
    answers.push(all.request('c'), all.request('b'));
    await settled();
    assert.equal(all.scraper.running, 1);
    assert.equal(all.scraper.scrapes.length, 2);
    scrapeAt(all, 1).finish();
    await Promise.all([answers[1], answers[3]]);
    await settled();
    assert.deepEqual([...scrapeAt(all, 2).wanted], ['c']);
    const snapshot = scrapeAt(all, 2).finish();
    assert.equal(await answers[2], snapshot);
    assert.equal(all.finished.length, 3);
  });

  test('starts although the previous one failed, which its snapshot reports as a notice', async () => {
    const both = rig();
    const [first, second] = [both.request('a'), both.request('b')];
    scrapeAt(both, 0).fail(new Error('no such luck'));
    const { notices } = await first;
    assert.deepEqual(notices, [{ message: 'cannot scrape', fields: { error: 'Error: no such luck' } }]);
    await settled();
    scrapeAt(both, 1).finish();
    assert.deepEqual((await second).notices, []);
    assert.equal(both.finished.length, 2);
  });

  test('reports that the previous one could not be reported, once', async () => {
    const scraper = new ControlledScraper();
    let isBroken = true;
    const collections = new Collections(scraper.asScraper, () => {
      if (isBroken) throw new Error('no such luck');
    });
    const collect = async (): Promise<Snapshot['notices']> => {
      const answer = collections.use(new Set(['cpu']), performance.now() + LONG_MS, ({ notices }) =>
        Promise.resolve(notices),
      );
      scraper.scrapes.at(-1)?.finish();
      return answer;
    };
    assert.deepEqual(await collect(), []);
    isBroken = false;
    const fields = { error: 'Error: no such luck' };
    assert.deepEqual(await collect(), [{ message: 'cannot report the previous scrape', fields }]);
    assert.deepEqual(await collect(), []);
  });
});

describe('a request whose deadline passes', () => {
  test('gets what has been read by then, while the collection continues for the others', async () => {
    const both = rig();
    const early = both.request('cpu io', 1000);
    const late = both.request('cpu io');
    const scrape = scrapeAt(both, 0);
    scrape.read('cpu');
    mock.timers.tick(1000);
    const partial = await early;
    assert.deepEqual(collectorsOf(partial), ['cpu']);
    await settled();
    assert.deepEqual([both.finished, both.scraper.recycled], [[], []]);
    scrape.read('io');
    const snapshot = scrape.finish();
    assert.equal(await late, snapshot);
    assert.deepEqual(collectorsOf(snapshot), ['cpu', 'io']);
    assert.deepEqual(collectorsOf(partial), ['cpu']);
    await settled();
    assert.deepEqual(both.scraper.recycled, [scrape.builder]);
  });

  test('leaves the collection running; its builder is recycled at its end', async () => {
    const one = rig();
    const early = one.request('cpu', 1000);
    mock.timers.tick(1000);
    await early;
    await settled();
    assert.deepEqual(one.scraper.recycled, []);
    const snapshot = scrapeAt(one, 0).finish();
    await settled();
    assert.deepEqual(one.scraper.recycled, [scrapeAt(one, 0).builder]);
    assert.equal(one.finished.length, 1);
    assert.equal(one.finished[0], snapshot);
  });

  test('gets an empty snapshot if the next collection has not started', async () => {
    const both = rig();
    const [first, early] = [both.request('a'), both.request('b', 1000)];
    scrapeAt(both, 0).read('a');
    mock.timers.tick(1000);
    assert.deepEqual(collectorsOf(await early), []);
    scrapeAt(both, 0).finish();
    await first;
    await settled();
    for (const scrape of both.scraper.scrapes.slice(1)) scrape.finish();
    await settled();
    assert.equal(both.scraper.running, 0);
    assert.equal(new Set(both.scraper.recycled).size, both.scraper.recycled.length);
  });

  test('gets an answer even if the deadline is in the past', async () => {
    const one = rig();
    const answer = one.request('cpu', -1000);
    mock.timers.tick(1);
    assert.deepEqual(collectorsOf(await answer), []);
    scrapeAt(one, 0).finish();
    await settled();
    assert.equal(one.scraper.recycled.length, 1);
  });
});

describe('the deadline of a collection', () => {
  test('is the latest of its requests', async () => {
    const all = rig();
    const answers = [all.request('cpu', LONG_MS)];
    const scrape = scrapeAt(all, 0);
    const first = scrape.deadline.at;
    answers.push(all.request('cpu', LONG_MS / 2));
    assert.equal(scrape.deadline.at, first);
    answers.push(all.request('cpu', LONG_MS * 2));
    assert.ok(scrape.deadline.at > first + LONG_MS / 2);
    answers.push(all.request('io', LONG_MS), all.request('memory', LONG_MS * 3), all.request('pids', LONG_MS));
    scrape.finish();
    await settled();
    assert.ok(scrapeAt(all, 1).deadline.at > first + LONG_MS);
    scrapeAt(all, 1).finish();
    await Promise.all(answers);
  });
});

describe('a builder', () => {
  test('is not recycled while a request reads its snapshot', async () => {
    const { scraper, collections, request } = rig();
    const work: PromiseWithResolvers<void> = Promise.withResolvers();
    const slow = collections.use(new Set(['cpu']), performance.now() + LONG_MS, () => work.promise);
    const quick = request('cpu');
    scraper.scrapes[0]?.finish();
    await quick;
    await settled();
    assert.deepEqual(scraper.recycled, []);
    work.resolve();
    await slow;
    assert.equal(scraper.recycled.length, 1);
  });

  test('is recycled if the work fails, and the request fails with the same error', async () => {
    const { scraper, collections } = rig();
    const failed = collections.use(new Set(['cpu']), performance.now() + LONG_MS, () =>
      Promise.reject(new Error('disconnected')),
    );
    scraper.scrapes[0]?.finish();
    await assert.rejects(failed, /disconnected/);
    assert.equal(scraper.recycled.length, 1);
  });

  test('is recycled once, in whatever order the requests that share it end', async () => {
    for (const order of [
      [0, 1, 2],
      [2, 1, 0],
      [1, 2, 0],
    ]) {
      const { scraper, collections } = rig();
      const works = order.map((): PromiseWithResolvers<void> => Promise.withResolvers());
      const uses = works.map(({ promise }) =>
        collections.use(new Set(['cpu']), performance.now() + LONG_MS, () => promise),
      );
      scraper.scrapes[0]?.finish();
      await settled();
      for (const [done, position] of order.entries()) {
        assert.equal(scraper.recycled.length, 0, `after ${done}`);
        works[position]?.resolve();
        await uses[position];
      }
      assert.equal(scraper.recycled.length, 1);
    }
  });
});
